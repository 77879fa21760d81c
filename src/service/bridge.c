/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "service/bridge.h"
#include "service/allowance.h"
#include "service/bus-reply.h"
#include "service/caller.h"
#include "service/control-error.h"
#include <unistd.h>

#define BUS_NAME "org.preload.Daemon1"
#define CALL_TIMEOUT_MSEC 25000
/* Somebody may have to type a password. */
#define ASK_TIMEOUT_MSEC (5 * 60 * 1000)
/* Calls that wait for an answer of somebody else: more are refused. */
#define PENDING_MAX 256

struct Bridge {
    GDBusConnection *bus;
    GDBusConnection *daemon; /* NULL until it is needed, and after it went */
    GDBusNodeInfo *node;
    BridgeSetup setup;
    Allowances *allowances;
    GCancellable *cancel;
    guint object;
    guint owner;
    guint idle_source;
    guint n_pending;
};

/* Of a call on its way. */
typedef struct {
    Bridge *bridge;
    GDBusMethodInvocation *invocation; /* owned until it is answered */
    Deed deed;
    bool root_only;
} Passage;

static void ended(Bridge *bridge)
{
    bridge->setup.ended(bridge->setup.data);
}

static gboolean on_idle(gpointer data)
{
    Bridge *bridge = data;
    if (bridge->n_pending > 0)
        return G_SOURCE_CONTINUE;
    bridge->idle_source = 0;
    ended(bridge);
    return G_SOURCE_REMOVE;
}

static void stay(Bridge *bridge)
{
    if (bridge->idle_source != 0)
        g_source_remove(bridge->idle_source);
    bridge->idle_source = g_timeout_add_seconds(bridge->setup.idle_sec, on_idle, bridge);
}

static void passage_free(Passage *passage)
{
    passage->bridge->n_pending--;
    g_free(passage);
}

static void refuse(Passage *passage, int code, const char *why)
{
    g_dbus_method_invocation_return_dbus_error(g_steal_pointer(&passage->invocation),
                                               control_error_name(code), why);
    passage_free(passage);
}

/* The bridge is being freed: nothing of it may be touched. */
static bool is_over(const GError *error)
{
    return g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void drop(Passage *passage)
{
    g_object_unref(passage->invocation);
    g_free(passage);
}

static void on_answer(GObject *source, GAsyncResult *result, gpointer data)
{
    Passage *passage = data;
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) answer =
        g_dbus_connection_call_finish(G_DBUS_CONNECTION(source), result, &error);
    if (is_over(error)) {
        drop(passage);
        return;
    }
    if (answer != NULL) {
        g_dbus_method_invocation_return_value(g_steal_pointer(&passage->invocation), answer);
        passage_free(passage);
        return;
    }
    g_autofree char *name = g_dbus_error_get_remote_error(error);
    (void)g_dbus_error_strip_remote_error(error); /* false: there was nothing to strip */
    g_dbus_method_invocation_return_dbus_error(
        g_steal_pointer(&passage->invocation),
        name != NULL ? name : control_error_name(CONTROL_ERROR_FAILED), error->message);
    passage_free(passage);
}

static void on_daemon_signal(GDBusConnection *connection, const char *sender, const char *path,
                             const char *interface, const char *signal, GVariant *args,
                             gpointer data)
{
    const Bridge *bridge = data;
    bool named = !g_str_equal(signal, "PropertiesChanged") && !g_str_equal(signal, "ReadAhead");
    if (!named) /* to all, so that names of programs are not for it */
        (void)g_dbus_connection_emit_signal(bridge->bus, NULL, BUS_PATH, interface, signal, args,
                                            NULL); /* false if the bus is gone, which is noticed */
}

static void on_daemon_gone(GDBusConnection *connection, gboolean remote, GError *error,
                           gpointer data)
{
    Bridge *bridge = data;
    g_signal_handlers_disconnect_by_data(connection, bridge);
    g_clear_object(&bridge->daemon);
}

static void call_daemon(Passage *passage)
{
    const Bridge *bridge = passage->bridge;
    GDBusMethodInvocation *invocation = passage->invocation;
    g_dbus_connection_call(
        bridge->daemon, NULL, BUS_PATH, g_dbus_method_invocation_get_interface_name(invocation),
        g_dbus_method_invocation_get_method_name(invocation),
        g_dbus_method_invocation_get_parameters(invocation), NULL, G_DBUS_CALL_FLAGS_NONE,
        CALL_TIMEOUT_MSEC, bridge->cancel, on_answer, passage);
}

static void keep_daemon(Bridge *bridge, GDBusConnection *taken)
{
    if (bridge->daemon != NULL) { /* another call was first */
        g_object_unref(taken);
        return;
    }
    bridge->daemon = taken;
    g_signal_connect(taken, "closed", G_CALLBACK(on_daemon_gone), bridge);
    (void)g_dbus_connection_signal_subscribe(taken, NULL, NULL, NULL, BUS_PATH, NULL,
                                             G_DBUS_SIGNAL_FLAGS_NONE, on_daemon_signal, bridge,
                                             NULL); /* ends with the connection */
}

static void on_connected(GObject *source, GAsyncResult *result, gpointer data)
{
    Passage *passage = data;
    g_autoptr(GError) error = NULL;
    GDBusConnection *daemon = g_dbus_connection_new_for_address_finish(result, &error);
    if (is_over(error)) {
        drop(passage);
    } else if (daemon == NULL) {
        refuse(passage, CONTROL_ERROR_FAILED,
               "preload does not answer: is it running? systemctl start preload");
    } else {
        keep_daemon(passage->bridge, daemon);
        call_daemon(passage);
    }
}

static void pass_on(Passage *passage)
{
    const Bridge *bridge = passage->bridge;
    if (bridge->daemon != NULL && !g_dbus_connection_is_closed(bridge->daemon)) {
        call_daemon(passage);
        return;
    }
    g_autofree char *path = g_dbus_address_escape_value(bridge->setup.socket_path);
    g_autofree char *address = g_strconcat("unix:path=", path, NULL);
    g_dbus_connection_new_for_address(address, G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT, NULL,
                                      bridge->cancel, on_connected, passage);
}

static void on_judged(GObject *source, GAsyncResult *result, gpointer data)
{
    Passage *passage = data;
    gboolean authorized = FALSE;
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) answer =
        g_dbus_connection_call_finish(G_DBUS_CONNECTION(source), result, &error);
    if (is_over(error)) {
        drop(passage);
        return;
    }
    if (answer != NULL)
        g_variant_get(answer, "((bba{ss}))", &authorized, NULL, NULL);
    if (authorized)
        pass_on(passage);
    else /* also where there is no polkit */
        refuse(passage, CONTROL_ERROR_DENIED, deed_refusal(passage->deed));
}

static void ask_polkit(Passage *passage)
{
    GDBusMessage *message = g_dbus_method_invocation_get_message(passage->invocation);
    bool interactive = (g_dbus_message_get_flags(message) &
                        G_DBUS_MESSAGE_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION) != 0;
    GVariantBuilder subject;
    g_variant_builder_init(&subject, G_VARIANT_TYPE_VARDICT);
    g_variant_builder_add(
        &subject, "{sv}", "name",
        g_variant_new_string(g_dbus_method_invocation_get_sender(passage->invocation)));
    GVariant *args = g_variant_new("((sa{sv})sa{ss}us)", "system-bus-name", &subject,
                                   deed_action(passage->deed), NULL, interactive ? 1U : 0U, "");
    g_dbus_connection_call(passage->bridge->bus, "org.freedesktop.PolicyKit1",
                           "/org/freedesktop/PolicyKit1/Authority",
                           "org.freedesktop.PolicyKit1.Authority", "CheckAuthorization", args,
                           G_VARIANT_TYPE("((bba{ss}))"), G_DBUS_CALL_FLAGS_NONE,
                           interactive ? ASK_TIMEOUT_MSEC : CALL_TIMEOUT_MSEC,
                           passage->bridge->cancel, on_judged, passage);
}

static void judge(Passage *passage, uid_t uid)
{
    const Bridge *bridge = passage->bridge;
    const Caller caller = {.uid = uid};
    if (uid != 0 && !allowances_take(bridge->allowances, uid, 1, (uint64_t)g_get_monotonic_time()))
        refuse(passage, CONTROL_ERROR_LIMITS, "too many calls: wait a few seconds");
    else if (caller_may(&caller, geteuid(), passage->deed))
        pass_on(passage);
    else if (passage->root_only)
        refuse(passage, CONTROL_ERROR_DENIED, deed_refusal(passage->deed));
    else
        ask_polkit(passage);
}

static void on_user(GObject *source, GAsyncResult *result, gpointer data)
{
    Passage *passage = data;
    guint32 uid = 0;
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) answer =
        g_dbus_connection_call_finish(G_DBUS_CONNECTION(source), result, &error);
    if (is_over(error)) {
        drop(passage);
        return;
    }
    if (answer == NULL) {
        refuse(passage, CONTROL_ERROR_DENIED, "the bus does not tell who asks");
        return;
    }
    g_variant_get(answer, "(u)", &uid);
    judge(passage, uid);
}

/* What is said of a method; of the bus's own, and of what says nothing, there is a default. */
static void classify(Passage *passage)
{
    const GDBusMethodInfo *info = g_dbus_method_invocation_get_method_info(passage->invocation);
    const char *deed = info != NULL
                           ? g_dbus_annotation_info_lookup(info->annotations, "org.preload.Deed")
                           : "read"; /* a property */
    passage->deed = g_strcmp0(deed, "read") == 0      ? DEED_READ
                    : g_strcmp0(deed, "inspect") == 0 ? DEED_INSPECT
                                                      : DEED_CHANGE;
    passage->root_only = passage->deed == DEED_CHANGE && g_strcmp0(deed, "change") != 0;
}

static void on_call(GDBusConnection *bus, const char *sender, const char *path,
                    const char *interface, const char *method, GVariant *args,
                    GDBusMethodInvocation *invocation, gpointer data)
{
    Bridge *bridge = data;
    Passage *passage = g_new0(Passage, 1);
    *passage = (Passage){.bridge = bridge, .invocation = invocation};
    bridge->n_pending++;
    stay(bridge);
    classify(passage);
    if (bridge->n_pending > PENDING_MAX) {
        refuse(passage, CONTROL_ERROR_LIMITS, "too many calls: wait a few seconds");
        return;
    }
    g_dbus_connection_call(
        bus, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
        "GetConnectionUnixUser", g_variant_new("(s)", sender), G_VARIANT_TYPE("(u)"),
        G_DBUS_CALL_FLAGS_NONE, CALL_TIMEOUT_MSEC, bridge->cancel, on_user, passage);
}

static void on_name_lost(GDBusConnection *bus, const char *name, gpointer data)
{
    ended(data); /* the bus is gone, or another bridge is there */
}

Bridge *bridge_new(GDBusConnection *bus, const BridgeSetup *setup, GError **error)
{
    static const GDBusInterfaceVTable vtable = {.method_call = on_call};
    Bridge *bridge = g_new0(Bridge, 1);
    bridge->bus = g_object_ref(bus);
    bridge->setup = *setup;
    bridge->cancel = g_cancellable_new();
    bridge->allowances = allowances_new();
    bridge->node = g_dbus_node_info_new_for_xml(bus_interface_xml, error);
    GDBusInterfaceInfo *info = bridge->node != NULL
                                   ? g_dbus_node_info_lookup_interface(bridge->node, BUS_INTERFACE)
                                   : NULL;
    if (info != NULL)
        bridge->object =
            g_dbus_connection_register_object(bus, BUS_PATH, info, &vtable, bridge, NULL, error);
    if (bridge->object == 0) {
        bridge_free(bridge);
        return NULL;
    }
    bridge->owner = g_bus_own_name_on_connection(bus, BUS_NAME, G_BUS_NAME_OWNER_FLAGS_DO_NOT_QUEUE,
                                                 NULL, on_name_lost, bridge, NULL);
    stay(bridge);
    return bridge;
}

void bridge_free(Bridge *bridge)
{
    if (bridge == NULL)
        return;
    g_cancellable_cancel(bridge->cancel); /* what is on its way comes back and is dropped */
    if (bridge->idle_source != 0)
        g_source_remove(bridge->idle_source);
    if (bridge->owner != 0)
        g_bus_unown_name(bridge->owner);
    if (bridge->object != 0)
        (void)g_dbus_connection_unregister_object(bridge->bus, bridge->object); /* it is there */
    if (bridge->daemon != NULL)
        g_signal_handlers_disconnect_by_data(bridge->daemon, bridge);
    g_clear_object(&bridge->daemon);
    g_clear_object(&bridge->bus);
    g_clear_object(&bridge->cancel);
    g_clear_pointer(&bridge->node, g_dbus_node_info_unref);
    allowances_free(bridge->allowances);
    g_free(bridge);
}
