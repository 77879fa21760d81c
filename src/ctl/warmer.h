/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Warmer: reads goals ahead in this process, by the daemon's engine (prefetch/readahead.h), in
 * waves of some MiB: from wave to wave the order is that of the goals, within one that of the disk.
 * Each wave is in memory, as far as the kernel tells, before the next begins, so that progress is
 * what was read and not what was asked for.
 */
#include "predict/budget.h"
#include "prefetch/limiter.h"
#include "prefetch/readahead.h"
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct {
    const GPtrArray *goals; /* Goal */
    BudgetRules memory;     /* what of it may be used */
    uint64_t budget_bytes;  /* no more than this; 0: no bound but memory's */
    bool force;             /* memory is not looked at */
    bool yield;             /* others come first at a disk */
    uint64_t rate_bytes;    /* a second; 0: no limit */
    uint32_t n_threads;
    uint64_t merging_bytes;
} WarmOrder;

typedef struct {
    uint64_t goal_bytes;
    uint64_t done_bytes; /* of those: read, or in memory before */
    uint64_t read_bytes;
    uint64_t took_usec;
} WarmProgress;

typedef struct {
    WarmProgress progress;
    uint64_t resident_bytes; /* in memory before */
    uint64_t loaded_bytes;   /* read, and seen in memory then */
    uint64_t untold_bytes;   /* read, but the kernel does not tell whether it is in memory */
    uint64_t gap_bytes;      /* read, though nobody asked for it */
    uint64_t left_bytes;     /* for which there was no budget */
    uint64_t budget_bytes;   /* that there was; UINT64_MAX: no bound */
    uint32_t n_requests;
    uint32_t n_skipped; /* files that are on no disk of this machine, or are gone */
    uint32_t n_failed;
    LimiterLeave stopped; /* LIMITER_GO unless something ended it */
    bool interrupted;     /* by SIGINT, SIGTERM or SIGHUP */
} WarmOutcome;

/* Ten times a second, in the caller's thread; may be NULL. Returns when all is done. Those signals
 * are blocked meanwhile, and one that came is taken. */
typedef void (*WarmTick)(const WarmProgress *progress, gpointer data);
void warmer_run(const WarmOrder *order, WarmTick tick, gpointer data, WarmOutcome *ret);
