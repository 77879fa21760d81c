/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "service/bridge-run.h"

#define IDLE_SEC 120

static void quit(gpointer data)
{
    g_main_loop_quit(data);
}

static void on_closed(GDBusConnection *bus, gboolean remote, GError *error, gpointer data)
{
    g_main_loop_quit(data);
}

bool bridge_run(const char *address, const char *socket_path, GError **error)
{
    g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);
    g_autoptr(GDBusConnection) bus =
        g_dbus_connection_new_for_address_sync(address,
                                               G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                                   G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                               NULL, NULL, error);
    if (bus == NULL)
        return false;
    g_signal_connect(bus, "closed", G_CALLBACK(on_closed), loop);
    const BridgeSetup setup = {socket_path, IDLE_SEC, quit, loop};
    g_autoptr(Bridge) bridge = bridge_new(bus, &setup, error);
    if (bridge == NULL)
        return false;
    g_main_loop_run(loop);
    return true;
}
