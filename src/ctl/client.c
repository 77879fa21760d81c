/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "ctl/client.h"
#include "build-config.h"
#include <stdbool.h>

#define INTERFACE "org.preload.Daemon1"
#define OBJECT_PATH "/org/preload/Daemon1"
#define TIMEOUT_MSEC 10000
/* Where so many knock at once that the kernel has us come again. */
#define TRIES 20
#define TRY_USEC 50000

G_DEFINE_QUARK(preload - client - error, client_error)

GDBusConnection *client_connect(const char *path, GError **error)
{
    g_autoptr(GError) problem = NULL;
    g_autofree char *escaped = g_dbus_address_escape_value(path != NULL ? path : PRELOAD_SOCKET);
    g_autofree char *address = g_strconcat("unix:path=", escaped, NULL);
    GDBusConnection *client = NULL;
    for (int i = 0; client == NULL && i < TRIES; i++) {
        if (i > 0)
            g_usleep(TRY_USEC);
        g_clear_error(&problem);
        client = g_dbus_connection_new_for_address_sync(
            address, G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT, NULL, NULL, &problem);
        if (!g_error_matches(problem, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
            break;
    }
    if (client == NULL)
        g_set_error(error, CLIENT_ERROR, CLIENT_ERROR_ABSENT,
                    "preload does not answer at %s (%s): is it running? systemctl start preload",
                    path != NULL ? path : PRELOAD_SOCKET, problem->message);
    return client;
}

GVariant *client_call_with(GDBusConnection *client, const char *method, GVariant *args,
                           GUnixFDList *fds, GError **error)
{
    g_autoptr(GError) problem = NULL;
    g_autoptr(GVariant) reply = g_dbus_connection_call_with_unix_fd_list_sync(
        client, NULL, OBJECT_PATH, INTERFACE, method, args, NULL, G_DBUS_CALL_FLAGS_NONE,
        TIMEOUT_MSEC, fds, NULL, NULL, &problem);
    if (reply != NULL)
        return g_variant_n_children(reply) > 0 ? g_variant_get_child_value(reply, 0) : NULL;
    bool remote = g_dbus_error_is_remote_error(problem);
    (void)g_dbus_error_strip_remote_error(problem); /* false: there was nothing to strip */
    g_set_error(error, CLIENT_ERROR, remote ? CLIENT_ERROR_REFUSED : CLIENT_ERROR_ABSENT, "%s",
                problem->message);
    return NULL;
}

GVariant *client_call(GDBusConnection *client, const char *method, GVariant *args, GError **error)
{
    return client_call_with(client, method, args, NULL, error);
}
