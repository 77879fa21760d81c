/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Reading: what is to be read, between the walk over a plan that finds it (walk.c), the sorting
 * (order.c) and the reading itself (submit.c). Private to prefetch.
 */
#include "observe/residency.h"
#include "observe/storage.h"
#include "prefetch/prime.h"
#include "prefetch/readahead.h"
#include "prefetch/run.h"
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* A file of which something is to be read. It is opened anew for that: thousands cannot stay open.
 */
typedef struct {
    const char *path; /* borrowed from the plan */
    guint entry;      /* in the ledger */
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

static inline Reading reading_make(void)
{
    return (Reading){.targets = g_array_new(FALSE, FALSE, sizeof(Target)),
                     .ranges = g_array_new(FALSE, FALSE, sizeof(Range)),
                     .portions = g_array_new(FALSE, FALSE, sizeof(Portion))};
}

static inline void reading_empty(Reading *reading)
{
    g_array_set_size(reading->targets, 0);
    g_array_set_size(reading->ranges, 0);
    g_array_set_size(reading->portions, 0);
}

static inline void reading_clear(Reading *reading)
{
    g_array_unref(reading->targets);
    g_array_unref(reading->ranges);
    g_array_unref(reading->portions);
}

static inline Target *reading_target(const Reading *reading, const Portion *portion)
{
    return &g_array_index(reading->targets, Target, portion->target);
}

static inline const Range *reading_ranges(const Reading *reading, const Portion *portion)
{
    return &g_array_index(reading->ranges, Range, portion->first_range);
}

/* The way through a plan, or a part of it: what of it is missing goes into a reading. */
typedef struct {
    Run *run;
    Reading *reading;
    SortStrategy sort;
    GArray *missing;  /* Range, of one run of blocks */
    guint at;         /* the present item of the plan */
    bool cold;        /* names are not in memory: directories are listed */
    bool evicted;     /* data is not in memory: nor may be what the names were found by */
    Primer *primer;   /* NULL: none as yet */
    GArray *vicinity; /* of the plan, owned; NULL: not asked for as yet */
    Placement *placement;
    Placement *own_placement; /* the same, where the rules have none */
} Walk;

void walk_begin(Walk *walk, Run *run, Reading *reading, SortStrategy sort);
void walk_item(Walk *walk, const PlanItem *item);
/* All items. From the first on whose name is not in memory, helpers look up the names ahead of the
 * walk. */
void walk_plan(Walk *walk);
/* Waits for these helpers. */
void walk_end(Walk *walk);

/* Whether portions on this disk are sorted by physical place. */
bool order_wants_place(SortStrategy sort, const Disk *disk);
/*
 * Disk by disk, those with a head behind the others, and on each as the strategy says. Returns the
 * number of portions that are on disks without a head.
 */
guint order_portions(Reading *reading, SortStrategy sort);

/* Reads all portions in their order and waits for the disks. */
void submit_reading(Run *run, Reading *reading, guint n_headless);
/* Asks for all portions, in this thread, and waits for nothing. */
void submit_unverified(Run *run, Reading *reading);
