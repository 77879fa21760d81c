/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Giveback: when memory is short, what we read ahead is the first to go.
 *
 * What was read ahead and not needed by a launch since is known (model/metrics.h, "ours"). Whether
 * some other program has read it in the meantime is not: the kernel keeps that to itself (the
 * referenced and active bits of /proc/kpageflags are for CAP_SYS_ADMIN). So files that a program
 * which runs wants are left alone; and posix_fadvise(DONTNEED) leaves every page that is mapped,
 * dirty or locked (mm/truncate.c, mapping_evict_folio()). At worst, a file that an unknown program
 * reads now and then is read once more.
 *
 * Large folios that reach beyond a range stay: some of what was read ahead may.
 */
#include "base/blocks.h"
#include "model/model.h"
#include "observe/meminfo.h"
#include "observe/residency.h"
#include "observe/storage.h"
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct {
    GRefString *path; /* owned */
    BlockSet blocks;
} GivebackItem;

/*
 * GivebackItem of all that is ours, of what no running Exe wants: the least likely to be needed
 * first, as of the last prophecy, and what only the observation pool wants before all else. Owned
 * by the caller.
 */
GArray *giveback_list(const Model *model);

typedef struct {
    uint64_t given_bytes; /* that are not in memory any more; only of files that tell */
    uint32_t n_files;
    GArray *given; /* GivebackItem, what is not in memory any more of each; owned */
} GivebackReport;

typedef struct {
    Storage *storage; /* of this thread */
    const Residency *residency;
    /* Asked after each file. False: not known. */
    bool (*memory)(gpointer data, Meminfo *ret);
    gpointer memory_data;
    const int *cancel; /* g_atomic_int */
} GivebackSetup;

/* Whether so much is free, a tenth, that nothing needs to be given back. */
bool giveback_is_enough(const Meminfo *memory);
/* In the order of the list, until that is enough. Blocks for moments; a worker's thread.
 * Refreshes the storage. */
void giveback_run(const GArray *list, const GivebackSetup *setup, GivebackReport *ret_report);
void giveback_report_clear(GivebackReport *report);
