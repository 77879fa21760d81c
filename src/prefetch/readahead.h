/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Readahead: gets a plan into memory. Blocks; runs in a worker's thread.
 *
 * Items are taken in the order of the plan. Each is opened safely, what of it is resident is left
 * out and costs nothing, what does not fit into the rest of the budget is cut, and reading goes on
 * with the next. What is missing is then read in the order that its disk wants, in requests that
 * the kernel does not cut (storage.h), by posix_fadvise(WILLNEED).
 *
 * An item without blocks is opened, so that its inode is in memory, and nothing of it is read. A
 * directory is listed if a name of the plan was not in memory (or in an assist anything at all):
 * whether its own blocks are is not told. Metadata is not charged to the budget, but that is not
 * asked for either when the budget is used up.
 */
#include "observe/residency.h"
#include "observe/storage.h"
#include "predict/plan.h"
#include "prefetch/drops.h"
#include "prefetch/limiter.h"
#include "prefetch/placement.h"
#include "prefetch/turns.h"
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum {
    SORT_NONE, /* as planned: the most wanted first */
    SORT_PATH,
    SORT_INODE,
    SORT_BLOCK, /* by physical place (FIEMAP), by inode where that is not told */
    SORT_AUTO,  /* block on rotational disks, none on others */
} SortStrategy;

typedef struct {
    SortStrategy sort;
    HeadBelief head;
    Heads *heads; /* what was measured of disks; borrowed; NULL: nothing */
    /* Threads of each kind at once on disks without a head, of which we never have more than a few;
     * 0: just this one. */
    uint32_t maxprocs;
    /*
     * For a launch that is under way, and that waits for what it does not find: the metadata of all
     * that is planned is asked for at once, beside the data; the plan's order is kept where the
     * disk has no head, whatever `sort` says, and nothing is waited for but what would make the
     * launch wait behind us (flight.h). A plan that is in memory costs a look at each item and
     * starts no thread.
     */
    bool assist;
    /* What paces it; borrowed. NULL: nothing does. An assist never asks it. */
    Limiter *limiter;
    LimiterRules limits;
    /*
     * What is asked for in one go at most, over gaps of up to a 128th of that (a fourth on disks
     * with a head) (run.c has why). 0: gaps are not read, and the disk's limit alone counts.
     */
    uint64_t merging_bytes;
    /* All that follows is borrowed; NULL for none. */
    ReadClass class;
    Turns *turns;         /* in which a request is made only when it is the class' turn */
    Drops *drops;         /* files that are no longer wanted */
    Placement *placement; /* remembers where files lie */
    /* Behind each request, in the thread that made it. */
    void (*progress)(gpointer data, uint64_t submitted_bytes);
    gpointer progress_data;
} ReadaheadRules;

/* Of one file of the plan, all its items together. */
typedef struct {
    GRefString *path; /* owned */
    BlockSet missing; /* planned blocks of which something was not in memory before */
    BlockSet loaded;  /* of those, what was asked for (and, but for assist, found in memory then) */
} ReadaheadFile;

typedef struct {
    uint32_t n_files; /* with something to read; a path that comes again counts once */
    uint32_t n_requests;
    uint32_t n_skipped; /* files not touched: gone, not regular, on a network, ...; once each */
    uint32_t n_failed;  /* files whose reading failed */
    uint64_t planned_bytes;
    uint64_t resident_bytes; /* of those, in memory before */
    uint64_t submitted_bytes;
    uint64_t loaded_bytes; /* of those, found in memory afterwards; only of files that tell; 0 of an
                              assist, which does not look */
    uint64_t untold_bytes; /* submitted, but the kernel does not tell us whether it was loaded */
    uint32_t n_merged;     /* gaps that were read over */
    uint64_t gap_bytes;    /* in them, which nobody asked for; submitted, not planned */
    uint64_t cancelled_bytes; /* was to be read, but was cancelled or dropped before */
    uint64_t left_bytes; /* over the budget: missing, or not even looked at when it was used up */
    uint32_t n_primed;   /* names not in memory that were looked up, directories that were listed */
    uint64_t took_usec;
    uint64_t
        timed_bytes;     /* of what was submitted; the disk alone took timed_usec for it; 0: that */
    uint64_t timed_usec; /* is not known */
    bool cancelled;
    LimiterLeave stopped; /* why the limiter ended it; LIMITER_GO: it did not */
    GArray *files;        /* ReadaheadFile, of those of which something was missing; owned */
} ReadaheadReport;

/* May be called on zeroes, and again. */
void readahead_report_clear(ReadaheadReport *report);

/*
 * cancel: set from any thread to stop before the next request (g_atomic_int). Refreshes the
 * storage. Returns when the disks have delivered, so that what was loaded can be told, and so that
 * plans do not pile up; an assist when all is asked for.
 */
void readahead_run(const Plan *plan, const ReadaheadRules *rules, Storage *storage,
                   const Residency *residency, const int *cancel, ReadaheadReport *ret_report);
/* Puts the calling thread into the idle I/O class (ioprio_set(2)); false where that is not
 * permitted. */
bool readahead_idle_class(void);
