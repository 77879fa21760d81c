/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "base/clock.h"
#include <glib.h>
#include <time.h>

static uint64_t usec_of(clockid_t id)
{
    struct timespec now;
    if (clock_gettime(id, &now) < 0)
        g_abort(); /* not possible on Linux with a valid clock and pointer */
    return (uint64_t)now.tv_sec * G_USEC_PER_SEC + (uint64_t)now.tv_nsec / 1000;
}

static uint64_t system_awake_usec(void *data)
{
    return usec_of(CLOCK_MONOTONIC);
}

static uint64_t system_lasting_usec(void *data)
{
    return usec_of(CLOCK_BOOTTIME);
}

static int64_t system_unix_sec(void *data)
{
    return g_get_real_time() / G_USEC_PER_SEC;
}

const Clock clock_system = {system_awake_usec, system_unix_sec, system_lasting_usec, NULL};

int64_t clock_local_sec(int64_t unix_sec)
{
    time_t then = (time_t)unix_sec;
    struct tm local;
    tzset(); /* localtime_r() alone need not notice that the zone was changed */
    if (localtime_r(&then, &local) == NULL)
        return unix_sec; /* a year beyond 2^31: no clock of sense */
    return unix_sec + local.tm_gmtoff;
}
