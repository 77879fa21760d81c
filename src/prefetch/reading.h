/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Reading: what is to be read, between the walk over a plan that finds it (readahead.c), the
 * sorting (order.c) and the reading itself (submit.c). Private to prefetch.
 */
#include "observe/storage.h"
#include "prefetch/readahead.h"
#include "observe/residency.h"
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* A file of which something is to be read. It is opened anew for that: thousands cannot stay open.
 */
typedef struct {
    const char *path; /* borrowed from the plan */
    const Disk *disk; /* borrowed from the storage */
    dev_t dev;        /* dev and ino: what was looked at, and nothing else, is read */
    ino_t ino;
    bool told;  /* residency tells */
    int failed; /* g_atomic_int */
} Target;

/* What is read in one go, by one thread: some of one file. */
typedef struct {
    uint32_t target;      /* in targets */
    uint32_t first_range; /* in ranges */
    uint32_t n_ranges;
    bool placed; /* place is a physical address; else the inode */
    uint64_t place;
    uint64_t length_bytes;
} Portion;

typedef struct {
    GArray *targets;  /* Target */
    GArray *ranges;   /* Range: rising within a portion */
    GArray *portions; /* Portion */
} Reading;

static inline Target *reading_target(const Reading *reading, const Portion *portion)
{
    return &g_array_index(reading->targets, Target, portion->target);
}

static inline const Range *reading_ranges(const Reading *reading, const Portion *portion)
{
    return &g_array_index(reading->ranges, Range, portion->first_range);
}

/* Whether portions on this disk are sorted by physical place. */
bool order_wants_place(SortStrategy sort, const Disk *disk);
/*
 * Disk by disk, those with a head behind the others, and on each as the strategy says. Returns the
 * number of portions that are on disks without a head.
 */
guint order_portions(Reading *reading, SortStrategy sort);

/* Reads all portions in their order and waits for the disks. Adds to the report. */
void submit_reading(Reading *reading, const ReadaheadRules *rules, guint n_headless,
                    const Residency *residency, const int *cancel, ReadaheadReport *report);
