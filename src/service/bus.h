/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Bus: what speaks D-Bus, apart from what is said. It needs GIO, which the daemon is too small to
 * carry for nothing: so it is a module, preload-control.so, that is loaded when the first client
 * comes (service/control.h), and stays then, as GIO cannot be unloaded.
 *
 * All of it belongs to the main loop's thread. Values are GVariants, which GLib has without GIO.
 */
#include "service/caller.h"
#include <glib.h>
#include <stdbool.h>

#define BUS_INTERFACE "org.preload.Daemon1"
#define BUS_PATH "/org/preload/Daemon1"
#define BUS_LIBRARY "preload-control.so"
#define BUS_SYMBOL "preload_control_module"
/* Module and daemon are installed together; a number that differs is another one's module. */
#define BUS_VERSION 2

typedef struct Bus Bus;

/* Whom the module asks for everything. */
typedef struct {
    gpointer data;
    /* A floating tuple, or NULL with an error of CONTROL_ERROR. */
    GVariant *(*call)(gpointer data, const Caller *caller, const char *method, GVariant *args,
                      GError **error);
    /* Floating; NULL: there is none of that name. NULL for the name: all, as a{sv}. */
    GVariant *(*property)(gpointer data, const char *name);
    /* Whether the caller may hear of signals that take such a right. */
    bool (*may)(gpointer data, const Caller *caller, Deed deed);
    /* Whether the caller may go on now; costs a call's worth. */
    bool (*has_time)(gpointer data, const Caller *caller);
} BusHost;

typedef struct {
    unsigned version; /* BUS_VERSION */
    Bus *(*open)(const BusHost *host);
    void (*close)(Bus *bus);
    /* A client that has connected, not blocking; the descriptor is taken. */
    void (*adopt)(Bus *bus, int fd, const Caller *caller);
    /* To all who may hear of it; `args` is a tuple, and taken if it is floating. */
    void (*emit)(Bus *bus, const char *interface, const char *signal, GVariant *args, Deed deed);
    guint (*clients)(const Bus *bus);
} BusModule;
