/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * OpenGroup: the fanotify group that Opens reads, and its marks: all of it that needs
 * CAP_SYS_ADMIN, apart, so that a privileged helper can do it for a daemon that has less. A group
 * is a file descriptor; to read it takes no privilege. No state of its own: any thread.
 */
#include "observe/mounts.h"
#include <stdint.h>

/* A group costs a mark a file system; what has more of them has images (snaps) or containers. */
#define OPEN_GROUP_MARKS_MAX 64

/*
 * A descriptor, not blocking, closed on exec, or a negative errno: -EPERM, -ENOSYS, -EMFILE (also:
 * fs.fanotify.max_user_groups). The queue has the kernel's bound, fs.fanotify.max_queued_events.
 */
int open_group_new(void);
/*
 * Marks each local file system that a mount point leads to, once, whichever are marked already.
 * Mount points are touched only where mounts_reachable(), and proved to be on the device that the
 * table says. Returns how many are marked. *ret_unmarked: how many could not be; *ret_why: for the
 * first of these "MOUNT POINT: why", to be freed, NULL if there are none.
 */
uint32_t open_group_mark(int fd, const Mounts *mounts, uint32_t *ret_unmarked, char **ret_why);
/* Takes all marks away. What is in the queue stays there. */
void open_group_unmark(int fd);
