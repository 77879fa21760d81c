/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Run: what one readahead_run() is about, and what its parts and threads share: the budget that is
 * left and the report. Private to prefetch.
 *
 * The functions may be called by any thread of the run, but for those of the storage, which is of
 * the thread that began it.
 */
#include "observe/residency.h"
#include "observe/storage.h"
#include "prefetch/ledger.h"
#include "prefetch/readahead.h"
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct {
    const Plan *plan;
    const ReadaheadRules *rules;
    Storage *storage;
    const Residency *residency;
    const int *cancel;  /* g_atomic_int */
    LimiterPlan *paced; /* owned; NULL: nothing paces it */
    int stopped; /* LimiterLeave; g_atomic_int: LIMITER_GO unless the limiter ended the run */
    /* Makes a request: posix_fadvise(3), WILLNEED, but in tests. 0 or an errno; any thread. */
    int (*ask)(gpointer data, int fd, Range range);
    gpointer ask_data;
    Ledger *ledger;
    GMutex lock;
    ReadaheadReport *report; /* under lock, as all below */
    uint64_t read_left_bytes;
    uint64_t keep_left_bytes;
    uint64_t taken_bytes; /* that were to be read */
    uint64_t failed_bytes;
    bool dropped;    /* some of it was no longer wanted */
    guint n_helpers; /* threads that were started */
} Run;

/* Refreshes the storage. The report is filled in by run_end(). */
void run_begin(Run *run, const Plan *plan, const ReadaheadRules *rules, Storage *storage,
               const Residency *residency, const int *cancel, ReadaheadReport *report);
void run_end(Run *run);
bool run_cancelled(const Run *run);
/* Waits while a higher class reads; false if the run is cancelled. */
bool run_await_turn(Run *run);
/* Only one thread at a time asks a disk with a head: see turns.h. */
bool run_take_head(Run *run, const Disk *disk);
void run_give_head(Run *run, const Disk *disk);
/* Whether the file is still wanted. */
bool run_wants(Run *run, const char *path);

/* Some of the plan was looked at: so much of it is in memory, and counts among what is kept. */
void run_count_looked(Run *run, uint64_t planned_bytes, uint64_t resident_bytes);
/* What may still be read. */
uint64_t run_room(Run *run);
/* How much of a missing range is to be read: all if it fits, else whole blocks; the rest is left.
 */
uint64_t run_take(Run *run, uint64_t length_bytes);
/* Up to which gap two ranges of a file are asked for as one: see ReadaheadRules. */
uint64_t run_gap_bytes(const Run *run, const Disk *disk);
/* A gap is read over. */
void run_count_gap(Run *run, uint64_t length_bytes);
/* What was taken cannot be read. */
void run_count_lost(Run *run, uint64_t length_bytes);
/* An item is not even looked at. */
void run_leave(Run *run, const PlanItem *item);
void run_skip(Run *run, GRefString *path);
void run_count_primed(Run *run);
void run_count_untold(Run *run, uint64_t length_bytes);
void run_count_loaded(Run *run, uint64_t length_bytes);
void run_count_failed(Run *run, uint32_t n_files);
/* The file of that entry in the ledger is going to be read. */
void run_count_file(Run *run, guint entry);

/*
 * Asks for some of a file in requests that the kernel does not cut, each when the limiter lets it,
 * until the run is cancelled.
 * after (may be NULL) is called behind each. False if the kernel refuses.
 */
typedef void (*RunAfter)(gpointer data, int fd, Range request);
bool run_request(Run *run, guint entry, int fd, Range range, const Disk *disk, RunAfter after,
                 gpointer data);
/* Before metadata is asked for: waits until the limiter lets it. False if the run is cancelled. */
bool run_pause(Run *run, const Disk *disk);

/* Fewer threads than wanted is no error; NULL: none. They inherit our I/O priority. */
GThread *run_start_helper(Run *run, const char *name, GThreadFunc func, gpointer data);

/* An item of the plan, and the disk that it is on. */
typedef struct {
    const PlanItem *item; /* borrowed from the plan */
    const Disk *disk;     /* borrowed from the storage */
} LaneItem;

/* Those items from index `from` on, in their order, that are on disks with a head (or without). In
 * front of them the directories before. */
GArray *run_lane(Run *run, guint from, bool rotational);
