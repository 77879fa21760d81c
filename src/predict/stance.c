/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "predict/stance.h"

/* On battery: of each budget, and how likely a program has to be. A wrong guess costs the charge
 * that a right one does not save (what is read for that would have been read anyway), so of the
 * usual one in a hundred only those are left that come true once in twenty. */
#define REDUCED_DIVISOR 2
#define REDUCED_LEAST 0.05

/* By the greatest of what is told. The load is asked only where the kernel does not tell who waits
 * for a processor: being the mean of a minute, it calls a machine busy for a third of the window
 * after it no longer is. */
static bool is_busy(const StanceRules *rules, const Pressure *pressure, Stance *stance)
{
    bool busy = false;
    stance->percent = 0;
    for (int kind = 0; kind < PRESSURES; kind++) {
        double percent = pressure->some_percent[kind];
        if (!pressure->told[kind] || percent < (double)rules->pressure_percent ||
            (busy && percent <= stance->percent))
            continue;
        busy = true;
        stance->by_pressure = (PressureKind)kind;
        stance->percent = percent;
    }
    if (busy || pressure->told[PRESSURE_CPU] || !pressure->load_told)
        return busy;
    stance->by_load = pressure->load_percent >= (double)rules->load_percent;
    stance->percent = pressure->load_percent;
    return stance->by_load;
}

static bool is_in_window(const StanceRules *rules, const Circumstances *circumstances)
{
    return circumstances->began != BEGAN_NOTHING &&
           circumstances->since_usec < (uint64_t)rules->window_sec * G_USEC_PER_SEC;
}

static double available_percent(const Meminfo *memory)
{
    return memory->total_bytes > 0
               ? 100 * (double)memory->available_bytes / (double)memory->total_bytes
               : 0;
}

static StanceKind kind_in_window(const StanceRules *rules, const Circumstances *circumstances,
                                 Stance *stance)
{
    if (is_busy(rules, &circumstances->pressure, stance))
        return STANCE_QUIET;
    if (circumstances->began == BEGAN_WAKE || rules->top == 0)
        return STANCE_NORMAL;
    stance->percent = available_percent(&circumstances->memory);
    return stance->percent < (double)rules->memory_percent ? STANCE_SHORT : STANCE_WINDOW;
}

Stance stance_of(const StanceRules *rules, const Circumstances *circumstances)
{
    Stance stance = {.began = circumstances->began,
                     .since_sec = circumstances->since_usec / G_USEC_PER_SEC,
                     .top = rules->top,
                     .reduced = circumstances->on_battery && rules->on_battery == BATTERY_REDUCED};
    if (circumstances->on_battery && rules->on_battery == BATTERY_PAUSED)
        stance.kind = STANCE_PAUSED;
    else if (is_in_window(rules, circumstances))
        stance.kind = kind_in_window(rules, circumstances, &stance);
    return stance;
}

bool stance_waits(const Stance *stance)
{
    return stance->kind == STANCE_SHORT || stance->kind == STANCE_QUIET ||
           stance->kind == STANCE_PAUSED;
}

void stance_apply(const Stance *stance, ProphetRules *rules, Budget *budget)
{
    rules->top = stance->kind == STANCE_WINDOW ? stance->top : 0;
    rules->priority_only = stance->reduced;
    if (!stance->reduced)
        return;
    rules->least = MAX(rules->least, REDUCED_LEAST);
    budget->read_bytes /= REDUCED_DIVISOR;
    budget->keep_bytes /= REDUCED_DIVISOR;
}
