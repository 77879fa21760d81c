/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Accounting: what reading ahead did, by class, since the start and since the last cycle. One
 * struct, for whoever shows it. Of the main loop's thread.
 */
#include "prefetch/readahead.h"
#include "prefetch/turns.h"
#include <stdbool.h>
#include <stdint.h>

typedef struct {
    uint64_t n_plans;
    uint64_t n_stopped; /* of those, ended before all was read: cancelled, or stopped by a limit */
    uint64_t n_files;
    uint64_t n_skipped;
    uint64_t n_failed;
    uint64_t n_requests;
    uint64_t n_merged; /* requests that were saved by reading over a gap */
    uint64_t n_primed;
    uint64_t asked_bytes; /* planned, and looked at */
    uint64_t resident_bytes;
    uint64_t read_bytes;   /* submitted, gaps included */
    uint64_t gap_bytes;    /* of those, not asked for */
    uint64_t loaded_bytes; /* of those, seen in memory afterwards; nobody looks after an assist */
    uint64_t cancelled_bytes; /* was to be read, but its reason went */
    uint64_t left_bytes;      /* over the budget */
    uint64_t took_usec;       /* of all plans, so of several at once more than has passed */
} AccountingRow;

typedef struct {
    AccountingRow all[CLASSES];
    AccountingRow cycle[CLASSES];
    /* Read ahead and dropped unused, by the model's metrics: in all, and since the last cycle. */
    uint64_t wasted_bytes;
    uint64_t cycle_wasted_bytes;
    uint64_t
        wasted_before_bytes; /* by the model, when it was first told: of earlier runs of ours */
    bool wasted_told;
} Accounting;

void accounting_note(Accounting *accounting, ReadClass class, const ReadaheadReport *report);
/* A cycle begins. */
void accounting_begin_cycle(Accounting *accounting);
/* What was wasted since ever; the first time, before the start. */
void accounting_note_wasted(Accounting *accounting, uint64_t wasted_bytes);
