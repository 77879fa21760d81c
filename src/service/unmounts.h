/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Unmounts: what is being read, or waits to be, is dropped when the device that it is on goes away
 * or another one takes its place. The kernel tells of a change of the mounts
 * (proc_pid_mountinfo(5), POLLPRI); what is compared is text, no path is touched.
 */
#include "observe/mounts.h"
#include "prefetch/queue.h"
#include <glib.h>
#include <stdbool.h>

typedef struct Unmounts Unmounts;

/* queue: borrowed. context: NULL for the default one. NULL if the mounts cannot be read. */
Unmounts *unmounts_new(const char *mountinfo_path, Queue *queue, GMainContext *context);
void unmounts_free(Unmounts *unmounts);
/* Whether the path was on a device, and is not on that one any more. Pure. */
bool unmounts_lost(const Mounts *before, const Mounts *after, const char *path);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Unmounts, unmounts_free)
