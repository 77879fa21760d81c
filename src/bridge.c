/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */

/*
 * preload-bus: the daemon's object on the system bus (service/bridge.h), started by the bus when
 * somebody asks for it (data/org.preload.Daemon1.service.in).
 */
#include "service/bridge.h"
#include "build-config.h"
#include <stdio.h>
#include <stdlib.h>

#define IDLE_SEC 120

static void quit(gpointer data)
{
    g_main_loop_quit(data);
}

static void on_closed(GDBusConnection *bus, gboolean remote, GError *error, gpointer data)
{
    g_main_loop_quit(data);
}

static int complain(const GError *error)
{
    fprintf(stderr, "preload-bus: %s\n", error->message);
    return EXIT_FAILURE;
}

static int run(const char *address, const char *socket_path)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);
    g_autoptr(GDBusConnection) bus =
        g_dbus_connection_new_for_address_sync(address,
                                               G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                                   G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                               NULL, NULL, &error);
    if (bus == NULL)
        return complain(error);
    g_signal_connect(bus, "closed", G_CALLBACK(on_closed), loop);
    const BridgeSetup setup = {socket_path, IDLE_SEC, quit, loop};
    g_autoptr(Bridge) bridge = bridge_new(bus, &setup, &error);
    if (bridge == NULL)
        return complain(error);
    g_main_loop_run(loop);
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    g_autofree char *address = NULL;
    g_autofree char *socket_path = NULL;
    const GOptionEntry entries[] = {
        {"address", 0, 0, G_OPTION_ARG_STRING, &address, "of the bus, if not the system's", "BUS"},
        {"socket", 0, 0, G_OPTION_ARG_FILENAME, &socket_path, "of the daemon (" PRELOAD_SOCKET ")",
         "PATH"},
        {0},
    };
    g_autoptr(GError) error = NULL;
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, &argc, &argv, &error))
        return complain(error);
    if (address == NULL)
        address = g_dbus_address_get_for_bus_sync(G_BUS_TYPE_SYSTEM, NULL, &error);
    if (address == NULL)
        return complain(error);
    return run(address, socket_path != NULL ? socket_path : PRELOAD_SOCKET);
}
