/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "predict/stance.h"
#include "unit.h"

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1024) * MIB)
#define SEC UINT64_C(1000000)
#define CPU(percent)                                                                               \
    {                                                                                              \
        .told = {true, true, true}, .some_percent = { percent, 0, 0 }                              \
    }
#define IO(percent)                                                                                \
    {                                                                                              \
        .told = {true, true, true}, .some_percent = { 0, percent, 0 }                              \
    }
#define MEMORY(percent)                                                                            \
    {                                                                                              \
        .told = {true, true, true}, .some_percent = { 0, 0, percent }                              \
    }
#define LOAD(percent)                                                                              \
    {                                                                                              \
        .load_told = true, .load_percent = percent                                                 \
    }

static const StanceRules usual = {180, 5, 20, 20, 100, BATTERY_REDUCED};
static const StanceRules no_window = {0, 5, 20, 20, 100, BATTERY_FULL};
static const StanceRules no_top = {180, 0, 20, 20, 100, BATTERY_FULL};
static const StanceRules never_busy = {180, 5, 20, 101, 100000, BATTERY_FULL};
static const StanceRules always_busy = {180, 5, 20, 0, 0, BATTERY_FULL};
static const StanceRules paused = {180, 5, 20, 20, 100, BATTERY_PAUSED};
static const StanceRules full = {180, 5, 20, 20, 100, BATTERY_FULL};

static const struct {
    const StanceRules *rules;
    Began began;
    uint64_t since_sec;
    Pressure pressure;
    uint64_t available_mib; /* of a GiB */
    bool on_battery;
    StanceKind kind;
    bool reduced;
} rows[] = {
    /* nothing began */
    {&usual, BEGAN_NOTHING, 0, CPU(0), 500, false, STANCE_NORMAL, false},
    {&usual, BEGAN_NOTHING, 0, IO(100), 10, false, STANCE_NORMAL, false},
    /* a window, while it is calm */
    {&usual, BEGAN_BOOT, 0, CPU(19.9), 500, false, STANCE_WINDOW, false},
    {&usual, BEGAN_LOGIN, 179, IO(19.9), 500, false, STANCE_WINDOW, false},
    {&usual, BEGAN_LOGIN, 180, IO(0), 500, false, STANCE_NORMAL, false},
    {&usual, BEGAN_LOGIN, 20, {{0}, {0}, false, 0}, 500, false, STANCE_WINDOW, false},
    /* not while it is busy, but no longer than it lasts */
    {&usual, BEGAN_BOOT, 0, CPU(20), 500, false, STANCE_QUIET, false},
    {&usual, BEGAN_LOGIN, 179, IO(20), 500, false, STANCE_QUIET, false},
    {&usual, BEGAN_LOGIN, 179, MEMORY(20), 500, false, STANCE_QUIET, false},
    {&usual, BEGAN_BOOT, 180, CPU(100), 500, false, STANCE_NORMAL, false},
    {&usual, BEGAN_WAKE, 10, IO(50), 500, false, STANCE_QUIET, false},
    /* a wake is no session */
    {&usual, BEGAN_WAKE, 10, IO(0), 100, false, STANCE_NORMAL, false},
    /* the load counts where PSI is not told, and only there */
    {&usual, BEGAN_BOOT, 10, LOAD(100), 500, false, STANCE_QUIET, false},
    {&usual, BEGAN_BOOT, 10, LOAD(99), 500, false, STANCE_WINDOW, false},
    {&usual,
     BEGAN_BOOT,
     10,
     {{true, true, true}, {0, 0, 0}, true, 2000},
     500,
     false,
     STANCE_WINDOW,
     false},
    {&usual,
     BEGAN_BOOT,
     10,
     {{false, true, true}, {99, 0, 0}, true, 10},
     500,
     false,
     STANCE_WINDOW,
     false},
    /* memory: a fifth of it */
    {&usual, BEGAN_LOGIN, 10, CPU(0), 205, false, STANCE_WINDOW, false},
    {&usual, BEGAN_LOGIN, 10, CPU(0), 204, false, STANCE_SHORT, false},
    {&usual, BEGAN_LOGIN, 180, CPU(0), 10, false, STANCE_NORMAL, false},
    /* what is turned off */
    {&no_window, BEGAN_BOOT, 0, CPU(100), 10, false, STANCE_NORMAL, false},
    {&no_top, BEGAN_BOOT, 0, CPU(0), 10, false, STANCE_NORMAL, false},
    {&no_top, BEGAN_BOOT, 0, CPU(30), 500, false, STANCE_QUIET, false},
    {&never_busy, BEGAN_BOOT, 0, CPU(100), 500, false, STANCE_WINDOW, false},
    {&never_busy, BEGAN_BOOT, 0, LOAD(90000), 500, false, STANCE_WINDOW, false},
    {&always_busy, BEGAN_BOOT, 0, CPU(0), 500, false, STANCE_QUIET, false},
    {&always_busy, BEGAN_BOOT, 0, LOAD(0), 500, false, STANCE_QUIET, false},
    /* the battery */
    {&usual, BEGAN_NOTHING, 0, CPU(0), 500, true, STANCE_NORMAL, true},
    {&usual, BEGAN_LOGIN, 1, CPU(0), 500, true, STANCE_WINDOW, true},
    {&usual, BEGAN_LOGIN, 1, CPU(50), 500, true, STANCE_QUIET, true},
    {&full, BEGAN_NOTHING, 0, CPU(0), 500, true, STANCE_NORMAL, false},
    {&paused, BEGAN_NOTHING, 0, CPU(0), 500, true, STANCE_PAUSED, false},
    {&paused, BEGAN_LOGIN, 1, CPU(50), 500, true, STANCE_PAUSED, false},
    {&paused, BEGAN_LOGIN, 1, CPU(0), 500, false, STANCE_WINDOW, false},
};

START_TEST(stances)
{
    const Circumstances circumstances = {
        .began = rows[_i].began,
        .since_usec = rows[_i].since_sec * SEC,
        .pressure = rows[_i].pressure,
        .memory = {.total_bytes = GIB, .available_bytes = rows[_i].available_mib * MIB},
        .on_battery = rows[_i].on_battery,
    };
    const Stance stance = stance_of(rows[_i].rules, &circumstances);
    ck_assert_int_eq(stance.kind, rows[_i].kind);
    ck_assert(stance.reduced == rows[_i].reduced);
    bool waits =
        stance.kind == STANCE_QUIET || stance.kind == STANCE_SHORT || stance.kind == STANCE_PAUSED;
    ck_assert(stance_waits(&stance) == waits);
}
END_TEST

START_TEST(the_greatest_pressure_is_told)
{
    const Circumstances circumstances = {
        .began = BEGAN_BOOT,
        .since_usec = 42 * SEC,
        .pressure = {{true, true, true}, {30, 60, 50}, false, 0},
    };
    const Stance stance = stance_of(&usual, &circumstances);
    ck_assert_int_eq(stance.by_pressure, PRESSURE_IO);
    ck_assert_double_eq(stance.percent, 60);
    ck_assert(!stance.by_load);
    ck_assert_uint_eq(stance.since_sec, 42);
}
END_TEST

START_TEST(memory_that_is_not_known_is_none)
{
    const Circumstances circumstances = {.began = BEGAN_LOGIN};
    ck_assert_int_eq(stance_of(&usual, &circumstances).kind, STANCE_SHORT);
}
END_TEST

static const struct {
    Stance stance;
    double least; /* before */
    uint32_t top; /* and all this after */
    bool priority_only;
    double applied_least;
    uint64_t read_bytes; /* of 100 */
    uint64_t keep_bytes; /* of 300 */
} applied[] = {
    {{.kind = STANCE_NORMAL, .top = 5}, 0.01, 0, false, 0.01, 100, 300},
    {{.kind = STANCE_WINDOW, .top = 5}, 0.01, 5, false, 0.01, 100, 300},
    {{.kind = STANCE_NORMAL, .top = 5, .reduced = true}, 0.01, 0, true, 0.05, 50, 150},
    {{.kind = STANCE_NORMAL, .top = 5, .reduced = true}, 0.3, 0, true, 0.3, 50, 150},
    {{.kind = STANCE_WINDOW, .top = 5, .reduced = true}, 0, 5, true, 0.05, 50, 150},
};

START_TEST(what_a_stance_means)
{
    ProphetRules rules = {.least = applied[_i].least, .top = 77, .priority_only = true};
    Budget budget = {.read_bytes = 100, .keep_bytes = 300};
    stance_apply(&applied[_i].stance, &rules, &budget);
    ck_assert_uint_eq(rules.top, applied[_i].top);
    ck_assert(rules.priority_only == applied[_i].priority_only);
    ck_assert_double_eq(rules.least, applied[_i].applied_least);
    ck_assert_uint_eq(budget.read_bytes, applied[_i].read_bytes);
    ck_assert_uint_eq(budget.keep_bytes, applied[_i].keep_bytes);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("stance");
    UNIT_ADD_ROWS(suite, stances, rows);
    UNIT_ADD(suite, the_greatest_pressure_is_told);
    UNIT_ADD(suite, memory_that_is_not_known_is_none);
    UNIT_ADD_ROWS(suite, what_a_stance_means, applied);
    return suite;
}
