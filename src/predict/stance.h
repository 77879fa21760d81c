/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Stance: how much prediction may do now, by what happens to the machine. Pure.
 *
 * - On battery, it may be paused, or reduced: half the budget, the user's applications only, and
 *   only what is likely.
 * - While the machine, or a session, is still starting, predicted programs are not read: whoever
 *   waits for the start would wait for us as well. Not longer than the window, as a machine may
 *   always be busy.
 * - In the window after a boot or a login, as soon as it is calm, the few most likely programs are
 *   read, however unlikely they are by themselves, if there is memory enough.
 *
 * What is read for a program that starts is not subject to this: it would be read by the program
 * itself.
 */
#include "observe/meminfo.h"
#include "observe/pressure.h"
#include "predict/budget.h"
#include "predict/prophet.h"
#include <stdbool.h>
#include <stdint.h>

typedef enum {
    BATTERY_FULL,
    BATTERY_REDUCED,
    BATTERY_PAUSED,
} BatteryUse;

typedef struct {
    uint32_t window_sec;       /* 0: no windows, and nothing waits for a start */
    uint32_t top;              /* programs that are read in the window however unlikely */
    uint32_t memory_percent;   /* of all that must be available for that */
    uint32_t pressure_percent; /* PSI from which on the machine is busy; above 100: never */
    uint32_t load_percent;     /* load of a processor from which on it is, where no PSI is told */
    BatteryUse on_battery;
} StanceRules;

/* What began last. */
typedef enum {
    BEGAN_NOTHING, /* or long ago */
    BEGAN_BOOT,
    BEGAN_LOGIN,
    BEGAN_WAKE, /* from suspend or hibernation: it may be busy, but no session begins */
} Began;

typedef struct {
    Began began;
    uint64_t since_usec; /* then */
    Pressure pressure;
    Meminfo memory;
    bool on_battery;
} Circumstances;

typedef enum {
    STANCE_NORMAL,
    STANCE_WINDOW, /* the most likely programs, however unlikely */
    STANCE_SHORT,  /* they are not read: memory is short */
    STANCE_QUIET,  /* nothing is read: something still starts */
    STANCE_PAUSED, /* nothing is read: on battery */
} StanceKind;

typedef struct {
    StanceKind kind;
    bool reduced; /* on battery, whatever the kind */
    /* For people. */
    Began began;
    uint64_t since_sec;
    uint32_t top;             /* of STANCE_WINDOW */
    bool by_load;             /* of STANCE_QUIET: what made it so, */
    PressureKind by_pressure; /* or this, */
    double percent;           /* and how much; of STANCE_SHORT: of memory that is available */
} Stance;

Stance stance_of(const StanceRules *rules, const Circumstances *circumstances);
/* Whether nothing is to be read ahead for predicted programs. */
bool stance_waits(const Stance *stance);
/* Takes over what the stance says of the rules to bid by, and of what may be read. */
void stance_apply(const Stance *stance, ProphetRules *rules, Budget *budget);
