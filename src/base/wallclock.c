/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "base/wallclock.h"

#define DAY_SEC 86400
#define QUARTER_SEC 900

/* Saturday and Sunday. */
#define WEEKEND_FIRST 2
#define WEEKEND_LAST 3

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0 ? 1 : 0);
}

int64_t wallclock_day(int64_t local_sec)
{
    return floor_div(local_sec, DAY_SEC);
}

int wallclock_weekday(int64_t local_sec)
{
    int64_t day = wallclock_day(local_sec);
    return (int)(day - floor_div(day, WALLCLOCK_WEEKDAYS) * WALLCLOCK_WEEKDAYS);
}

int wallclock_quarter(int64_t local_sec)
{
    return (int)((local_sec - wallclock_day(local_sec) * DAY_SEC) / QUARTER_SEC);
}

uint16_t wallclock_week_bin(int64_t local_sec)
{
    return (uint16_t)(wallclock_weekday(local_sec) * WALLCLOCK_QUARTERS +
                      wallclock_quarter(local_sec));
}

bool wallclock_is_weekend(int weekday)
{
    return weekday >= WEEKEND_FIRST && weekday <= WEEKEND_LAST;
}
