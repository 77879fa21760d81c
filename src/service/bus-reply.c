/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "service/bus-reply.h"
#include "service/control-error.h"

#define PEER "org.freedesktop.DBus.Peer"
#define INTROSPECTABLE "org.freedesktop.DBus.Introspectable"
#define PROPERTIES "org.freedesktop.DBus.Properties"

static GDBusMessage *refuse(GDBusMessage *message, int code, const char *text)
{
    return g_dbus_message_new_method_error_literal(message, control_error_name(code), text);
}

static GDBusMessage *reply_with(GDBusMessage *message, GVariant *tuple)
{
    GDBusMessage *reply = g_dbus_message_new_method_reply(message);
    if (tuple != NULL)
        g_dbus_message_set_body(reply, tuple);
    return reply;
}

/* The arguments, never NULL. */
static GVariant *arguments(GDBusMessage *message)
{
    GVariant *body = g_dbus_message_get_body(message);
    return body != NULL ? g_variant_ref(body) : g_variant_ref_sink(g_variant_new("()"));
}

/* Above the object there are nodes that lead to it. */
static GDBusMessage *introspect(GDBusMessage *message)
{
    const char *path = g_dbus_message_get_path(message);
    if (g_str_equal(path, BUS_PATH))
        return reply_with(message, g_variant_new("(s)", bus_interface_xml));
    gsize length = g_str_equal(path, "/") ? 0 : strlen(path);
    if (!g_str_has_prefix(BUS_PATH, path) || BUS_PATH[length] != '/')
        return refuse(message, CONTROL_ERROR_METHOD, "there is no such object");
    g_auto(GStrv) rest = g_strsplit(&BUS_PATH[length + 1], "/", 2);
    g_autofree char *xml = g_strdup_printf("<node><node name=\"%s\"/></node>", rest[0]);
    return reply_with(message, g_variant_new("(s)", xml));
}

static GDBusMessage *get_property(const BusHost *host, GDBusMessage *message, GVariant *args)
{
    const char *name = NULL;
    const char *interface = NULL;
    g_variant_get(args, "(&s&s)", &interface, &name);
    GVariant *value =
        g_str_equal(interface, BUS_INTERFACE) ? host->property(host->data, name) : NULL;
    if (value == NULL)
        return refuse(message, CONTROL_ERROR_ARGUMENTS, "there is no such property");
    return reply_with(message, g_variant_new_tuple(&value, 1));
}

static GDBusMessage *get_all(const BusHost *host, GDBusMessage *message)
{
    GVariant *all = host->property(host->data, NULL);
    return reply_with(message, g_variant_new_tuple(&all, 1));
}

static GDBusMessage *reply_properties(const BusHost *host, GDBusMessage *message, GVariant *args)
{
    const char *member = g_dbus_message_get_member(message);
    if (g_str_equal(member, "Get") && g_variant_is_of_type(args, G_VARIANT_TYPE("(ss)")))
        return get_property(host, message, args);
    if (g_str_equal(member, "GetAll") && g_variant_is_of_type(args, G_VARIANT_TYPE("(s)")))
        return get_all(host, message);
    if (g_str_equal(member, "Set"))
        return refuse(message, CONTROL_ERROR_DENIED, "properties are to be read only");
    return refuse(message, CONTROL_ERROR_METHOD, "there is no such method");
}

static GDBusMessage *reply_call(const BusHost *host, const Caller *caller, GDBusMessage *message,
                                GVariant *args)
{
    g_autoptr(GError) error = NULL;
    const char *member = g_dbus_message_get_member(message);
    GVariant *answer = host->call(host->data, caller, member, args, &error);
    if (answer != NULL)
        return reply_with(message, answer);
    return refuse(message, error->code, error->message);
}

/* What the tools that take any address for that of a bus begin with (busctl, gdbus). */
static GDBusMessage *reply_as_bus(GDBusMessage *message)
{
    const char *member = g_dbus_message_get_member(message);
    if (g_str_equal(member, "Hello"))
        return reply_with(message, g_variant_new("(s)", ":1.1"));
    if (g_str_equal(member, "AddMatch") || g_str_equal(member, "RemoveMatch"))
        return reply_with(message, NULL);
    return refuse(message, CONTROL_ERROR_METHOD, "this is no bus");
}

static GDBusMessage *dispatch(const BusHost *host, const Caller *caller, GDBusMessage *message)
{
    g_autoptr(GVariant) args = arguments(message);
    const char *interface = g_dbus_message_get_interface(message);
    const char *member = g_dbus_message_get_member(message);
    bool ours = interface == NULL || g_str_equal(interface, BUS_INTERFACE);
    if (!ours && !host->has_time(host->data, caller))
        return refuse(message, CONTROL_ERROR_LIMITS, "too many calls: wait a few seconds");
    if (g_strcmp0(interface, PEER) == 0 && g_str_equal(member, "Ping"))
        return reply_with(message, NULL);
    if (g_strcmp0(interface, INTROSPECTABLE) == 0 && g_str_equal(member, "Introspect"))
        return introspect(message);
    if (g_strcmp0(interface, "org.freedesktop.DBus") == 0)
        return reply_as_bus(message);
    if (!g_str_equal(g_dbus_message_get_path(message), BUS_PATH))
        return refuse(message, CONTROL_ERROR_METHOD, "there is no such object");
    if (g_strcmp0(interface, PROPERTIES) == 0)
        return reply_properties(host, message, args);
    if (ours)
        return reply_call(host, caller, message, args);
    return refuse(message, CONTROL_ERROR_METHOD, "there is no such interface");
}

GDBusMessage *bus_reply(const BusHost *host, const Caller *caller, GDBusMessage *message)
{
    if (g_dbus_message_get_message_type(message) != G_DBUS_MESSAGE_TYPE_METHOD_CALL)
        return NULL;
    GDBusMessage *reply = dispatch(host, caller, message);
    bool wanted = (g_dbus_message_get_flags(message) & G_DBUS_MESSAGE_FLAGS_NO_REPLY_EXPECTED) == 0;
    if (!wanted)
        g_clear_object(&reply);
    return reply;
}
