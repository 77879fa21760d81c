/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Notify: what the service manager is told (sd_notify(3)): READY, RELOADING, STOPPING, STATUS and
 * WATCHDOG.
 *
 * The protocol is a datagram to $NOTIFY_SOCKET, which sd_notify(3) promises to stay as it is. Not
 * by libsystemd, whose sd_notify() waits for as long as the manager's queue is full, and with it
 * the main loop; and which costs 1 MiB of memory with the libraries that it needs. Here nothing
 * waits: what does not fit into the queue is left out, or said before what comes next if the
 * manager waits for it. Without a manager all is a no-op.
 */
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct Notify Notify;

Notify *notify_new(GError **error); /* never NULL; error: told why the manager cannot be told */
void notify_free(Notify *notify);
/* Whether there is a manager that listens. */
bool notify_managed(const Notify *notify);
void notify_ready(Notify *notify);
void notify_reloading(Notify *notify); /* with MONOTONIC_USEC; followed by notify_ready */
void notify_stopping(Notify *notify);
void notify_status(Notify *notify, const char *format, ...) G_GNUC_PRINTF(2, 3);
void notify_watchdog(Notify *notify);
/* How often notify_watchdog is to be called, half of what the manager allows; 0: not at all. */
uint64_t notify_watchdog_usec(const Notify *notify);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Notify, notify_free)
