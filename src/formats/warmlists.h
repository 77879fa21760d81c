/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * WarmLists: what the lists (list.h) of a directory, NAME.list, come to: those files, and all in
 * those directories, that are on disks of this machine, in the order of the lists by name.
 */
#include "observe/mounts.h"
#include "predict/plan.h"
#include <glib.h>

#define WARM_LISTS_DIRECTORY "/etc/preload/warm.d"
#define WARM_LISTS_MAX 256u
#define WARM_LISTS_LIMIT_BYTES ((size_t)4 << 20)
/* What is opened at each start. */
#define WARM_LISTS_FILES_MAX 20000u

typedef struct {
    guint n_lists;
    guint n_refused; /* lines that are none, and lists that cannot be read */
    guint n_files;   /* in the plan */
    guint n_missing; /* entries that are not there, or on no disk of this machine */
} WarmLists;

/* Adds to the plan. Reads directories: for a worker. cancel: atomic. */
void warm_lists_read(const char *directory, const Mounts *mounts, const int *cancel, Plan *plan,
                     WarmLists *ret);
