/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "prefetch/headroom.h"

#include <glib.h>

#define APART_USEC 40000
/* At the pace at which somebody takes it, memory would be gone within this time. */
#define FALL_USEC (2 * UINT64_C(1000000))
/* Less than this share of all memory is what programs take and give back all the time. */
#define FALL_SHARE 200
/* Not one page, which may be the end of what went on before, but a program's worth. */
#define SWAPPED_BYTES (UINT64_C(16) << 20)
/* As a threshold of time, a tenth is what user-space OOM killers begin to worry at. */
#define STALL_PERCENT 10

Headroom headroom_make(const HeadroomSample *sample)
{
    return (Headroom){*sample, *sample};
}

static uint64_t fallen(uint64_t before, uint64_t now)
{
    return before > now ? before - now : 0;
}

static bool is_falling(const HeadroomSample *before, const HeadroomSample *now)
{
    uint64_t fall_bytes = fallen(before->memory.available_bytes, now->memory.available_bytes);
    uint64_t passed_usec = now->at_usec - before->at_usec;
    if (fall_bytes <= now->memory.total_bytes / FALL_SHARE)
        return false;
    return (double)now->memory.available_bytes * (double)passed_usec <
           (double)fall_bytes * (double)FALL_USEC;
}

/* Of what was there at first, a quarter is gone: whoever takes that much may want more. */
static bool has_fallen(const HeadroomSample *first, const HeadroomSample *now)
{
    return fallen(first->memory.available_bytes, now->memory.available_bytes) >
           first->memory.available_bytes / 4;
}

static bool is_stalling(const HeadroomSample *before, const HeadroomSample *now)
{
    uint64_t stalled_usec = fallen(now->stalled_usec, before->stalled_usec);
    return stalled_usec * 100 > (now->at_usec - before->at_usec) * STALL_PERCENT;
}

static bool is_swapping(const HeadroomSample *first, const HeadroomSample *now)
{
    /* A swap file that was turned off takes its free space along. */
    return first->memory.swap_total_bytes == now->memory.swap_total_bytes &&
           fallen(first->memory.swap_free_bytes, now->memory.swap_free_bytes) > SWAPPED_BYTES;
}

HeadroomVerdict headroom_judge(Headroom *headroom, const HeadroomSample *sample,
                               const BudgetRules *rules, uint64_t read_bytes)
{
    const HeadroomSample before = headroom->last;
    bool apart = sample->at_usec >= before.at_usec + APART_USEC;
    if (apart)
        headroom->last = *sample;
    if (apart && (is_falling(&before, sample) || is_stalling(&before, sample)))
        return HEADROOM_SHORT;
    if (is_swapping(&headroom->first, sample) || has_fallen(&headroom->first, sample))
        return HEADROOM_SHORT;
    const Budget budget = budget_of(&sample->memory, rules);
    if (budget.writeback)
        return HEADROOM_WRITEBACK;
    if (budget.read_bytes == 0)
        return HEADROOM_SHORT;
    return read_bytes < budget.read_bytes ? HEADROOM_FINE : HEADROOM_SPENT;
}
