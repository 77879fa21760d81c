/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Headroom: whether there still is memory to read ahead into, while it is read. What a budget was
 * made of may be gone a moment later. Pure.
 */
#include "observe/meminfo.h"
#include "predict/budget.h"
#include <stdint.h>

typedef struct {
    Meminfo memory;        /* the machine's, or what is left of it (cgroup-memory.h) */
    uint64_t stalled_usec; /* that somebody but us waited for memory, since ever (psi.h) */
    uint64_t at_usec;
} HeadroomSample;

typedef struct {
    HeadroomSample first;
    HeadroomSample last;
} Headroom;

typedef enum {
    HEADROOM_FINE,
    HEADROOM_WRITEBACK, /* the disk is busy writing: to be asked again in a moment */
    HEADROOM_SPENT,     /* what the budget is now has been read */
    HEADROOM_SHORT,     /* memory is short, or will be in a moment: somebody is taking it, is
                           swapped out or waits for it */
} HeadroomVerdict;

/* At the beginning of a run. */
Headroom headroom_make(const HeadroomSample *sample);
/* Of the run, read_bytes were asked for so far. Two calls should be 50 ms or more apart: of less,
 * nothing is concluded about how fast things change. */
HeadroomVerdict headroom_judge(Headroom *headroom, const HeadroomSample *sample,
                               const BudgetRules *rules, uint64_t read_bytes);
