/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "model/launches.h"
#include "base/wallclock.h"
#include "model/model.h"
#include <math.h>

/* The first bin ends at 4 s: what is sooner is a restart. */
#define REST_FIRST_LOG2 2

void launches_init(Launches *launches)
{
    *launches = (Launches){.ring = g_new0(Launch, LAUNCHES_MAX)};
}

void launches_clear(Launches *launches)
{
    g_clear_pointer(&launches->ring, g_free);
}

static uint32_t log2_floor(uint64_t value)
{
    return value == 0 ? 0 : 63 - (uint32_t)__builtin_clzll(value);
}

/* Between powers of two by the next bits: no libm, so the same on every machine. */
uint8_t launches_log(uint64_t value)
{
    uint64_t v = MIN(value, UINT32_MAX) + 2;
    uint32_t power = log2_floor(v);
    uint64_t part = ((v << 3) >> power) & (LOG_STEPS - 1);
    return (uint8_t)MIN((power - 1) * LOG_STEPS + part, UINT8_MAX);
}

uint8_t launches_rest_bin(uint64_t rest_usec)
{
    uint32_t power = log2_floor(rest_usec / G_USEC_PER_SEC);
    uint32_t bin = power < REST_FIRST_LOG2 ? 0 : power - REST_FIRST_LOG2 + 1;
    return (uint8_t)MIN(bin, REST_NEVER - 1);
}

double launches_rest_width_sec(uint32_t bin)
{
    return bin == 0 ? 1 << REST_FIRST_LOG2 : (double)(UINT64_C(1) << (bin + REST_FIRST_LOG2 - 1));
}

uint8_t launches_rest_of(const Model *model, const Exe *exe)
{
    if (exe->habit.counted == 0)
        return REST_NEVER;
    return launches_rest_bin(model->now_usec - exe->active_usec);
}

static double faded(double count, uint64_t age, double half)
{
    return count * exp2(-(double)age / half);
}

double launches_slow(const Launches *launches, const Habit *habit)
{
    return faded((double)habit->slow, launches->n_launches - habit->counted, LAUNCHES_SLOW_HALF);
}

double launches_fast(const Launches *launches, const Habit *habit)
{
    return faded((double)habit->fast, launches->n_launches - habit->counted, LAUNCHES_FAST_HALF);
}

static void be_seen(const Model *model, const Exe *exe)
{
    float kept = (float)(1 - M_LN2 / LAUNCHES_SEEN_HALF);
    for (guint i = 0; i < model->running->len; i++) {
        Exe *other = model->running->pdata[i];
        if (other != exe)
            other->habit.seen = other->habit.seen * kept + 1;
    }
}

static Launch launch_of(const Model *model, Exe *exe)
{
    const Launches *launches = &model->launches;
    uint64_t session_sec = (model->now_usec - launches->began_usec) / G_USEC_PER_SEC;
    return (Launch){
        .exe = exe,
        .local_sec = model->local_sec,
        .session = launches->session,
        .place_log = launches_log(launches->place),
        .session_log = launches_log(session_sec),
        .rest_bin = launches_rest_of(model, exe),
    };
}

/* The oldest makes room. */
static void drop(Launches *launches, const Launch *oldest)
{
    launches->rests[oldest->rest_bin]--;
    if (oldest->exe != NULL)
        oldest->exe->habit.rests[oldest->rest_bin]--;
}

void launches_put(Launches *launches, uint64_t serial, const Launch *launch)
{
    Launch *slot = &launches->ring[serial % LAUNCHES_MAX];
    if (slot->used)
        drop(launches, slot);
    *slot = *launch;
    slot->used = true;
    slot->week_bin = wallclock_week_bin(launch->local_sec);
    slot->before = 0;
    launches->rests[slot->rest_bin]++;
    launches->n_launches = serial;
    if (slot->exe == NULL)
        return;
    Habit *habit = &slot->exe->habit;
    slot->before = launches_get(launches, habit->last) != NULL ? habit->last : 0;
    habit->last = serial;
    habit->rests[slot->rest_bin]++;
}

void launches_note(Model *model, Exe *exe)
{
    Launches *launches = &model->launches;
    Habit *habit = &exe->habit;
    const Launch launch = launch_of(model, exe);
    be_seen(model, exe);
    habit->slow = (float)(launches_slow(launches, habit) * exp2(-1 / LAUNCHES_SLOW_HALF) + 1);
    habit->fast = (float)(launches_fast(launches, habit) * exp2(-1 / LAUNCHES_FAST_HALF) + 1);
    launches_put(launches, launches->n_launches + 1, &launch);
    launches->last_usec = model->now_usec;
    launches->place++;
    habit->counted = launches->n_launches;
}

void launches_forget(Launches *launches, const Exe *exe)
{
    uint64_t serial = exe->habit.last;
    while (launches_get(launches, serial) != NULL) {
        Launch *launch = &launches->ring[serial % LAUNCHES_MAX];
        launch->exe = NULL;
        serial = launch->before;
    }
}

void launches_begin_session(Launches *launches, uint64_t now_usec)
{
    launches->session++;
    launches->place = 0;
    launches->began_usec = now_usec;
}
