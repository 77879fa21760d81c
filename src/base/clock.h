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
    /* As awake_usec, but goes on in suspend and hibernation (CLOCK_BOOTTIME). */
    uint64_t (*lasting_usec)(void *data);
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

static inline uint64_t clock_lasting_usec(const Clock *clock)
{
    return clock->lasting_usec(clock->data);
}

/* How long the machine has slept since it was booted; it only grows, by a little even while it does
 * not sleep: the clocks are read one after the other. */
static inline uint64_t clock_asleep_usec(const Clock *clock)
{
    uint64_t awake_usec = clock_awake_usec(clock);
    uint64_t lasting_usec = clock_lasting_usec(clock);
    return lasting_usec > awake_usec ? lasting_usec - awake_usec : 0;
}

/* The same moment by the clock on the wall: local time, in seconds since 1970 of it. The zone is
 * that of the machine, as it is now (tzset(3), localtime_r(3)). */
int64_t clock_local_sec(int64_t unix_sec);
