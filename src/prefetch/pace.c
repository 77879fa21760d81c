/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "prefetch/pace.h"

#include <glib.h>

/* As long as somebody who comes in the middle of one may be held up, once. */
#define SLICE_USEC 50000
#define SLICE_MIN_BYTES (UINT64_C(256) << 10)
#define SLICE_MAX_BYTES (UINT64_C(128) << 20)
/* In 2 ms one that reads without a pause completes something on any disk without a head, or has
 * something in flight on one with a head. It costs us 4 % of the time. */
#define LISTEN_USEC 2000
#define BACKOFF_MAX 8 /* 512 ms */
/* Time enough to tell few requests from many. */
#define CALM_USEC 16000
#define CALM_BACKOFF 3
#define CALM_REQUESTS_SEC 200
/* Whoever waits for more of the time than this waits for the disk and for nothing else. */
#define CALM_WAITS_PERCENT 5
/* Quiet disks on which somebody waits: requests that are held back before they come to the disk
 * (blk-throttle) are seldom, but for so long there is one that comes: else it is another disk that
 * is waited for. */
#define QUIET_WAITS_PERCENT 50
#define QUIET_FOR_SURE_USEC 128000

Pace pace_make(void)
{
    return (Pace){.slice_bytes = SLICE_MIN_BYTES};
}

bool pace_send(Pace *pace, uint64_t bytes, uint64_t now_usec)
{
    if (pace->left_bytes == 0 || now_usec - pace->begun_usec > SLICE_USEC) {
        return false;
    }
    pace->left_bytes -= MIN(bytes, pace->left_bytes);
    return true;
}

void pace_drained(Pace *pace, uint64_t now_usec)
{
    uint64_t took_usec = now_usec - pace->begun_usec;
    bool used = pace->left_bytes == 0;
    pace->left_bytes = 0;
    if (took_usec > SLICE_USEC)
        pace->slice_bytes = MAX(pace->slice_bytes / 2, SLICE_MIN_BYTES);
    else if (used && took_usec < SLICE_USEC / 2 && pace->backoff == 0)
        pace->slice_bytes = MIN(pace->slice_bytes * 2, SLICE_MAX_BYTES);
}

uint64_t pace_listen_usec(const Pace *pace)
{
    return (uint64_t)LISTEN_USEC << pace->backoff;
}

static bool waited_over(const PaceHeard *heard, uint64_t percent)
{
    return heard->waits_told && heard->waited_usec * 100 > heard->usec * percent;
}

static bool is_quiet(const PaceHeard *heard)
{
    if (!heard->disk_told)
        return !waited_over(heard, CALM_WAITS_PERCENT);
    if (heard->n_requests > 0 || heard->n_in_flight > 0)
        return false;
    return heard->usec >= QUIET_FOR_SURE_USEC || !waited_over(heard, QUIET_WAITS_PERCENT);
}

static bool is_calm(const PaceHeard *heard)
{
    return heard->disk_told && heard->waits_told && heard->usec >= CALM_USEC &&
           heard->n_in_flight == 0 && !waited_over(heard, CALM_WAITS_PERCENT) &&
           heard->n_requests * G_USEC_PER_SEC < heard->usec * CALM_REQUESTS_SEC;
}

bool pace_hear(Pace *pace, const PaceHeard *heard, uint64_t now_usec)
{
    bool quiet = is_quiet(heard);
    bool calm = !quiet && is_calm(heard);
    if (quiet && pace->backoff > 0)
        pace->backoff--;
    else if (calm)
        pace->backoff = CALM_BACKOFF;
    else if (!quiet)
        pace->backoff = MIN(pace->backoff + 1, BACKOFF_MAX);
    if (!quiet)
        pace->slice_bytes = SLICE_MIN_BYTES;
    if (quiet || calm) {
        pace->left_bytes = pace->slice_bytes;
        pace->begun_usec = now_usec;
    }
    return quiet || calm;
}
