/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Days: what reading ahead was good for, by day of the calendar, so that one can see whether it is
 * good for anything today. Part of the model, kept in the state, bounded. Pure.
 */
#include "model/metrics.h"
#include <stdint.h>

/* Five weeks: the least that shows a month. */
#define DAYS_MAX 35
/* Ten millennia of days, before and after 1970. */
#define DAY_LIMIT 3660000

typedef struct {
    int32_t day;          /* since 1970, of local time */
    Metrics metrics;      /* of its launches */
    uint64_t read_bytes;  /* read ahead because of predictions, and found in memory then */
    uint64_t read_usec;   /* that this took, of readings alone that were long enough to measure, */
    uint64_t timed_bytes; /* and what these read: the disk's speed, as we saw it */
} Day;

typedef struct {
    Day of[DAYS_MAX]; /* rising by day, each once */
    uint32_t n;
} Days;

/* The day of a time in seconds since 1970 of local time, which may be before. */
int32_t days_of(int64_t local_sec);
/* The account of that day, made if there is none: the oldest makes room. A day before the oldest of
 * a full account is taken for that one. Valid until the next call. */
Day *days_at(Days *days, int32_t day);
/* Adds a reading; took_usec is 0 if it was too short to tell a speed. */
void day_note_read(Day *day, uint64_t read_bytes, uint64_t took_usec);
/* All days from `first` to `last`, as one. */
Day days_sum(const Days *days, int32_t first, int32_t last);
Day days_all(const Days *days);
