/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "model/days.h"
#include "base/wallclock.h"
#include <glib.h>
#include <string.h>

int32_t days_of(int64_t local_sec)
{
    int64_t day = wallclock_day(local_sec);
    return (int32_t)CLAMP(day, -DAY_LIMIT, DAY_LIMIT);
}

Day *days_at(Days *days, int32_t day)
{
    uint32_t place = days->n;
    while (place > 0 && days->of[place - 1].day >= day)
        place--;
    if (place < days->n && days->of[place].day == day)
        return &days->of[place];
    if (days->n == DAYS_MAX) {
        if (place == 0)
            return &days->of[0];
        place--;
        memmove(&days->of[0], &days->of[1], place * sizeof(Day));
    } else {
        memmove(&days->of[place + 1], &days->of[place], (days->n - place) * sizeof(Day));
        days->n++;
    }
    days->of[place] = (Day){.day = day};
    return &days->of[place];
}

/* Shares stay, as of metrics. */
static void fade(Day *day)
{
    while (day->read_bytes > METRICS_BYTES_MAX || day->timed_bytes > METRICS_BYTES_MAX ||
           day->read_usec > METRICS_BYTES_MAX) {
        day->read_bytes /= 2;
        day->timed_bytes /= 2;
        day->read_usec /= 2;
    }
}

void day_note_read(Day *day, uint64_t read_bytes, uint64_t took_usec)
{
    read_bytes = MIN(read_bytes, METRICS_BYTES_MAX);
    day->read_bytes += read_bytes;
    if (took_usec > 0) {
        day->timed_bytes += read_bytes;
        day->read_usec += MIN(took_usec, METRICS_BYTES_MAX);
    }
    fade(day);
}

Day days_sum(const Days *days, int32_t first, int32_t last)
{
    Day sum = {.day = last};
    for (uint32_t i = 0; i < days->n; i++) {
        const Day *day = &days->of[i];
        if (day->day < first || day->day > last)
            continue;
        metrics_add(&sum.metrics, &day->metrics);
        sum.read_bytes += day->read_bytes;
        sum.timed_bytes += day->timed_bytes;
        sum.read_usec += day->read_usec;
        fade(&sum);
    }
    return sum;
}

Day days_all(const Days *days)
{
    return days_sum(days, -DAY_LIMIT, DAY_LIMIT);
}
