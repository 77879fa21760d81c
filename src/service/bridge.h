/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Bridge: the daemon's object on a message bus, as a process of its own (preload-bus), which the
 * bus starts when somebody asks for the name, and which ends when nobody has for a while. So the
 * daemon has no part in the bus: it neither waits for one nor notices that it goes, and pays no
 * memory for it.
 *
 * A call is passed on to the daemon's private socket once its caller may make it: the user is asked
 * of the bus, what the user may of caller.h, and where that is not enough polkit, if there is one,
 * each time and without waiting. How much each method asks for is said in its introspection data
 * (org.preload.Deed); of one that does not say it, root is needed. To the daemon the bridge is
 * itself, so nothing is passed on that was not judged here.
 *
 * Signals that have no names in them are passed on while it runs.
 */
#include <gio/gio.h>

typedef struct Bridge Bridge;

typedef struct {
    const char *socket_path; /* of the daemon */
    guint idle_sec;          /* ends after so long without a call */
    void (*ended)(gpointer data);
    gpointer data;
} BridgeSetup;

/* On that connection to a bus, whose name it takes. NULL with error set. */
Bridge *bridge_new(GDBusConnection *bus, const BridgeSetup *setup, GError **error);
void bridge_free(Bridge *bridge);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Bridge, bridge_free)
