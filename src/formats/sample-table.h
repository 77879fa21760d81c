/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * SampleTable: where the samples of a track of an MP4 file are (ISO/IEC 14496-12, 8.6.1.2, 8.7):
 * samples of so many units of time each (stts), of sizes of their own (stsz, stz2), so many to a
 * chunk (stsc), chunks anywhere in the file (stco, co64).
 */
#include "formats/window.h"
#include <glib.h>
#include <stdbool.h>

/* Of one track, whatever its tables claim. */
#define SAMPLE_TABLE_SAMPLES_MAX 20000u

/* Each place is that of the box's contents, 0 where there is no such box. */
typedef struct {
    uint32_t scale; /* units of time to a second */
    uint64_t times_at;
    uint64_t chunks_at; /* stsc */
    uint64_t sizes_at;
    uint64_t offsets_at;
    bool compact; /* stz2 */
    bool wide;    /* co64 */
} SampleTable;

/*
 * Adds where the samples of the first seconds are, at most so many bytes of them: Range, in their
 * order, not cut at the end of the file. False if the tables end before.
 */
bool sample_table_first(const SampleTable *table, Window *window, uint32_t seconds,
                        uint64_t most_bytes, GArray *ranges);
