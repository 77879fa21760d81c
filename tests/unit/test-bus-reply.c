/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "service/bus-reply.h"
#include "service/control-error.h"
#include "unit.h"

static GVariant *call(gpointer data, const Caller *caller, const char *method, GVariant *args,
                      GError **error)
{
    if (strcmp(method, "Status") == 0)
        return g_variant_new("(u)", (guint32)caller->uid);
    g_set_error(error, CONTROL_ERROR, CONTROL_ERROR_METHOD, "there is no method '%s'", method);
    return NULL;
}

static GVariant *property(gpointer data, const char *name)
{
    if (name == NULL)
        return g_variant_new_parsed("{'Paused': <true>}");
    return strcmp(name, "Paused") == 0 ? g_variant_new_variant(g_variant_new_boolean(TRUE)) : NULL;
}

static bool may(gpointer data, const Caller *caller, Deed deed)
{
    return true;
}

static bool has_time(gpointer data, const Caller *caller)
{
    return *(bool *)data;
}

#define PROPERTIES "org.freedesktop.DBus.Properties"
#define INTROSPECTABLE "org.freedesktop.DBus.Introspectable"

static const struct {
    const char *path;
    const char *interface; /* NULL: none */
    const char *member;
    const char *args; /* as text; NULL: no body */
    const char *said; /* in the reply's body, as text, or the name of its error */
} calls[] = {
    {BUS_PATH, BUS_INTERFACE, "Status", NULL, "(7,)"},
    {BUS_PATH, NULL, "Status", NULL, "(7,)"},
    {BUS_PATH, BUS_INTERFACE, "Nothing", NULL, "org.freedesktop.DBus.Error.UnknownMethod"},
    {"/", BUS_INTERFACE, "Status", NULL, "org.freedesktop.DBus.Error.UnknownMethod"},
    {BUS_PATH, "a.b", "Status", NULL, "org.freedesktop.DBus.Error.UnknownMethod"},
    {"/", "org.freedesktop.DBus.Peer", "Ping", NULL, ""},
    {"/", INTROSPECTABLE, "Introspect", NULL, "name=\"org\""},
    {"/org", INTROSPECTABLE, "Introspect", NULL, "name=\"preload\""},
    {"/or", INTROSPECTABLE, "Introspect", NULL, "org.freedesktop.DBus.Error.UnknownMethod"},
    {BUS_PATH "/x", INTROSPECTABLE, "Introspect", NULL, "org.freedesktop.DBus.Error.UnknownMethod"},
    {BUS_PATH, INTROSPECTABLE, "Introspect", NULL, "method name=\"Explain\""},
    {BUS_PATH, PROPERTIES, "Get", "('" BUS_INTERFACE "', 'Paused')", "(<true>,)"},
    {BUS_PATH, PROPERTIES, "Get", "('" BUS_INTERFACE "', 'X')",
     "org.freedesktop.DBus.Error.InvalidArgs"},
    {BUS_PATH, PROPERTIES, "Get", "('a.b', 'Paused')", "org.freedesktop.DBus.Error.InvalidArgs"},
    {BUS_PATH, PROPERTIES, "Get", "(1,)", "org.freedesktop.DBus.Error.UnknownMethod"},
    {BUS_PATH, PROPERTIES, "GetAll", "('" BUS_INTERFACE "',)", "({'Paused': <true>},)"},
    {BUS_PATH, PROPERTIES, "Set", "('" BUS_INTERFACE "', 'Paused', <false>)",
     "org.freedesktop.DBus.Error.AccessDenied"},
    {"/org/freedesktop/DBus", "org.freedesktop.DBus", "Hello", NULL, "(':1.1',)"},
    {"/org/freedesktop/DBus", "org.freedesktop.DBus", "AddMatch", "('x',)", ""},
    {"/org/freedesktop/DBus", "org.freedesktop.DBus", "ListNames", NULL,
     "org.freedesktop.DBus.Error.UnknownMethod"},
};

static GDBusMessage *reply_of(int row, bool time, GDBusMessageFlags flags)
{
    const BusHost host = {&time, call, property, may, has_time};
    const Caller caller = {.uid = 7};
    g_autoptr(GDBusMessage) message = g_dbus_message_new_method_call(
        NULL, calls[row].path, calls[row].interface, calls[row].member);
    g_dbus_message_set_serial(message, 3);
    g_dbus_message_set_flags(message, flags);
    if (calls[row].args != NULL)
        g_dbus_message_set_body(message, g_variant_new_parsed(calls[row].args));
    return bus_reply(&host, &caller, message);
}

static char *text_of(GDBusMessage *reply)
{
    const char *error = g_dbus_message_get_error_name(reply);
    GVariant *body = g_dbus_message_get_body(reply);
    if (error != NULL)
        return g_strdup(error);
    return body != NULL ? g_variant_print(body, FALSE) : g_strdup("");
}

START_TEST(each_call_has_its_reply)
{
    g_autoptr(GDBusMessage) reply = reply_of(_i, true, G_DBUS_MESSAGE_FLAGS_NONE);
    ck_assert_ptr_nonnull(reply);
    ck_assert_uint_eq(g_dbus_message_get_reply_serial(reply), 3);
    g_autofree char *text = text_of(reply);
    ck_assert_msg(strstr(text, calls[_i].said) != NULL, "%s", text);
    ck_assert_ptr_null(reply_of(_i, true, G_DBUS_MESSAGE_FLAGS_NO_REPLY_EXPECTED));
}
END_TEST

START_TEST(who_asks_too_much_waits)
{
    for (gsize i = 0; i < G_N_ELEMENTS(calls); i++) {
        if (calls[i].interface == NULL || strcmp(calls[i].interface, BUS_INTERFACE) == 0)
            continue; /* that is the host's to say */
        g_autoptr(GDBusMessage) reply = reply_of((int)i, false, G_DBUS_MESSAGE_FLAGS_NONE);
        ck_assert_str_eq(g_dbus_message_get_error_name(reply),
                         "org.freedesktop.DBus.Error.LimitsExceeded");
    }
}
END_TEST

START_TEST(what_is_no_call_has_no_reply)
{
    bool time = true;
    const BusHost host = {&time, call, property, may, has_time};
    const Caller caller = {.uid = 7};
    g_autoptr(GDBusMessage) signal = g_dbus_message_new_signal(BUS_PATH, BUS_INTERFACE, "Status");
    ck_assert_ptr_null(bus_reply(&host, &caller, signal));
}
END_TEST

/* As GDBus reads it. */
START_TEST(the_description_describes)
{
    g_autoptr(GDBusNodeInfo) node = g_dbus_node_info_new_for_xml(bus_interface_xml, NULL);
    ck_assert_ptr_nonnull(node);
    GDBusInterfaceInfo *interface = g_dbus_node_info_lookup_interface(node, BUS_INTERFACE);
    ck_assert_ptr_nonnull(interface);
    ck_assert_ptr_nonnull(g_dbus_interface_info_lookup_method(interface, "Pause"));
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("bus-reply");
    UNIT_ADD_ROWS(suite, each_call_has_its_reply, calls);
    UNIT_ADD(suite, who_asks_too_much_waits);
    UNIT_ADD(suite, what_is_no_call_has_no_reply);
    UNIT_ADD(suite, the_description_describes);
    return suite;
}
