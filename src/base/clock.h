/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/* Time, replaceable in tests. */
#include <stdint.h>

typedef struct Clock {
    /* Microseconds that the machine has been awake (CLOCK_MONOTONIC: stands still in suspend). */
    uint64_t (*awake_usec)(void *data);
    /* Seconds since 1970; may jump. */
    int64_t (*unix_sec)(void *data);
    void *data;
} Clock;

extern const Clock clock_system;

static inline uint64_t clock_awake_usec(const Clock *clock)
{
    return clock->awake_usec(clock->data);
}

static inline int64_t clock_unix_sec(const Clock *clock)
{
    return clock->unix_sec(clock->data);
}

/* The same moment by the clock on the wall: local time, in seconds since 1970 of it. The zone is
 * that of the machine, as it is now (tzset(3), localtime_r(3)). */
int64_t clock_local_sec(int64_t unix_sec);
