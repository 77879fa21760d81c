/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Metrics: what reading ahead was good for. Counted at launches, per Exe and in all, and kept in
 * the state.
 *
 * A block that we read ahead is "ours" until a launch that needs it finds it in memory (it was
 * useful), or it is found missing again (it was wasted).
 */
#include "base/blocks.h"
#include <stdbool.h>
#include <stdint.h>

typedef struct Model Model;
typedef struct Exe Exe;

/* Bounds: sums that reach them are halved, all of one Metrics together, so that shares stay. */
#define METRICS_LAUNCHES_MAX UINT64_C(1000000000000)
#define METRICS_BYTES_MAX (UINT64_C(1) << 60)

/* Always: ours <= resident <= footprint, late <= footprint - resident. */
typedef struct {
    uint64_t launches;        /* that were measured */
    uint64_t footprint_bytes; /* of these, in all */
    uint64_t resident_bytes;  /* in memory at the exec */
    uint64_t ours_bytes;      /* of those, because we had read them ahead */
    uint64_t late_bytes;      /* not in memory, and read by us after the exec */
    uint64_t wasted_bytes;    /* read ahead for it and evicted before any launch touched them */
} Metrics;

/* The bytes of a launch that had to be waited for, or not: footprint - resident. */
static inline uint64_t metrics_missed_bytes(const Metrics *metrics)
{
    return metrics->footprint_bytes - metrics->resident_bytes;
}

static inline bool metrics_are_none(const Metrics *metrics)
{
    return metrics->launches == 0 && metrics->footprint_bytes == 0 && metrics->wasted_bytes == 0;
}

/* Of a file, `loaded` was read ahead before a launch. */
void metrics_note_read(Model *model, const char *path, const BlockSet *loaded);
/* Of a file, `missing` was found not to be in memory: what of it is ours was wasted, in all and by
 * the Exe most likely meant, which is the one with the best bid of those that want the file. */
void metrics_note_missing(Model *model, const char *path, const BlockSet *missing);

/* Of a file, `lost` is no longer in memory, for a reason that prediction has no part in: what of it
 * is ours is so no more, and counts for nothing. */
void metrics_note_lost(Model *model, const char *path, const BlockSet *lost);

/* One file of a launch's footprint as it was found at the exec. */
typedef struct {
    const char *path;
    const BlockSet *missing; /* of what is wanted of it; NULL: nothing */
} MetricsFile;

/*
 * A launch of the Exe: footprint_bytes of which resident_bytes were in memory, and late_bytes were
 * read by us then. `missing` are the files of which something was missing. Blocks that are ours,
 * wanted and not missing were useful, and are ours no more; those that are missing were wasted.
 */
void metrics_note_launch(Model *model, Exe *exe, uint64_t footprint_bytes, uint64_t resident_bytes,
                         uint64_t late_bytes, const MetricsFile *missing, uint32_t n_missing);
