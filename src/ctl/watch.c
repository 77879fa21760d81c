/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "ctl/exit.h"
#include "ctl/json.h"
#include "ctl/live.h"
#include "ctl/view.h"
#include <glib-unix.h>
#include <signal.h>
#include <stdio.h>

typedef struct {
    const Request *request;
    bool ended; /* by a signal */
    bool lost;  /* the daemon is gone */
} Watch;

static char *json_event(const char *signal, GVariant *args)
{
    GVariantBuilder event;
    g_variant_builder_init(&event, G_VARIANT_TYPE_VARDICT);
    g_variant_builder_add(&event, "{sv}", "unix_sec",
                          g_variant_new_int64(g_get_real_time() / G_USEC_PER_SEC));
    g_variant_builder_add(&event, "{sv}", "event", g_variant_new_string(signal));
    g_variant_builder_add(&event, "{sv}", "values", args);
    g_autoptr(GVariant) value = g_variant_ref_sink(g_variant_builder_end(&event));
    return json_of(value, FALSE);
}

static void on_event(GDBusConnection *client, const gchar *sender, const gchar *path,
                     const gchar *interface, const gchar *signal, GVariant *args, gpointer data)
{
    const Watch *watch = data;
    g_autofree char *text = view_event(signal, args);
    if (text == NULL)
        return;
    if (watch->request->json) {
        g_autofree char *json = json_event(signal, args);
        printf("%s\n", json);
    } else {
        g_autoptr(GDateTime) now = g_date_time_new_now_local();
        g_autofree char *time = g_date_time_format(now, "%H:%M:%S");
        printf("%s  %s\n", time, text);
    }
    (void)fflush(stdout); /* a pipe that is closed ends us by SIGPIPE */
}

static gboolean on_end(gpointer data)
{
    ((Watch *)data)->ended = true;
    return G_SOURCE_CONTINUE;
}

static void on_closed(GDBusConnection *client, gboolean vanished, GError *error, gpointer data)
{
    ((Watch *)data)->lost = true;
}

int live_watch(GDBusConnection *client, const Request *request)
{
    Watch watch = {.request = request};
    guint subscription = g_dbus_connection_signal_subscribe(
        client, NULL, NULL, NULL, NULL, NULL, G_DBUS_SIGNAL_FLAGS_NONE, on_event, &watch, NULL);
    gulong closed = g_signal_connect(client, "closed", G_CALLBACK(on_closed), &watch);
    guint ends[] = {g_unix_signal_add(SIGINT, on_end, &watch),
                    g_unix_signal_add(SIGTERM, on_end, &watch)};
    while (!watch.ended && !watch.lost && !g_dbus_connection_is_closed(client))
        g_main_context_iteration(NULL, TRUE);
    for (gsize i = 0; i < G_N_ELEMENTS(ends); i++)
        g_source_remove(ends[i]);
    g_signal_handler_disconnect(client, closed);
    g_dbus_connection_signal_unsubscribe(client, subscription);
    if (watch.ended)
        return EXIT_SUCCESS;
    fprintf(stderr, "preloadctl: preload has ended\n");
    return EXIT_ABSENT;
}
