/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/* Wallclock: what a time of the clock on the wall is, in the life of people. Pure. */
#include <stdbool.h>
#include <stdint.h>

#define WALLCLOCK_QUARTERS 96 /* of an hour, in a day */
#define WALLCLOCK_WEEKDAYS 7
#define WALLCLOCK_WEEK_BINS (WALLCLOCK_WEEKDAYS * WALLCLOCK_QUARTERS)

/* local_sec is local time, in seconds since 1970 of it; it may be negative. Days begin at midnight,
 * weeks with Thursday, as 1970 did. */
int64_t wallclock_day(int64_t local_sec); /* since 1970 */
int wallclock_weekday(int64_t local_sec);
int wallclock_quarter(int64_t local_sec);
/* Both in one: weekday x WALLCLOCK_QUARTERS + quarter. */
uint16_t wallclock_week_bin(int64_t local_sec);
bool wallclock_is_weekend(int weekday);
