/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/* Client: the connection to the daemon. */
#include <gio/gio.h>
#include <gio/gunixfdlist.h>

#define CLIENT_ERROR client_error_quark()
GQuark client_error_quark(void);
typedef enum {
    CLIENT_ERROR_ABSENT,  /* nobody answers there */
    CLIENT_ERROR_REFUSED, /* the daemon would not, or could not */
} ClientError;

/* NULL with error set, which says what to do. path: NULL for the default. */
GDBusConnection *client_connect(const char *path, GError **error);
/* The one value that the method returns, or NULL for one that returns none or with error set. args:
 * a tuple, taken if it is floating; NULL for none. */
GVariant *client_call_with(GDBusConnection *client, const char *method, GVariant *args,
                           GUnixFDList *fds, GError **error);
/* The same without descriptors to be sent. */
GVariant *client_call(GDBusConnection *client, const char *method, GVariant *args, GError **error);
