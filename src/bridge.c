/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */

/*
 * preload-bus: the daemon's object on the system bus (service/bridge.h), started by the bus when
 * somebody asks for it (data/org.preload.Daemon1.service.in).
 */
#include "build-config.h"
#include "service/bridge-run.h"
#include <stdio.h>
#include <stdlib.h>

static int complain(const GError *error)
{
    fprintf(stderr, "preload-bus: %s\n", error->message);
    return EXIT_FAILURE;
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
    if (!bridge_run(address, socket_path != NULL ? socket_path : PRELOAD_SOCKET, &error))
        return complain(error);
    return EXIT_SUCCESS;
}
