/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "given.h"
#include "unit.h"

#define LOG_2 0.69314718055994531

static const WeightRules preheat = {1, 60, 2, 1, 0.3, 5};

/* The first are the examples that preheat gives. */
static const struct {
    WeightRules rules;
    double sec;
    Origin origin;
    double weight;
} rows[] = {
    {{1, 60, 2, 1, 1, 5}, 0.1, ORIGIN_AUTOMATED, 0.0016653},
    {{1, 60, 2, 1, 0.3, 5}, 600, ORIGIN_AUTOMATED, 2.3978953},
    {{1, 60, 2, 1, 0.3, 5}, 7200, ORIGIN_USER, 9.5915810},
    {{1, 60, 2, 1, 0.3, 5}, 60, ORIGIN_USER, 2 * LOG_2},
    {{1, 60, 2, 1, 0.3, 5}, 60, ORIGIN_UNKNOWN, LOG_2}, /* as if automated */
    {{1, 60, 2, 1, 0.3, 5}, 0, ORIGIN_USER, 0},
    {{1, 4, 2, 1, 0.3, 5}, 4, ORIGIN_USER, 0.3 * 2 * LOG_2}, /* short-lived */
    {{1, 5, 2, 1, 0.3, 5}, 5, ORIGIN_USER, 2 * LOG_2},       /* and not */
    {{1, 4, 2, 1, 0.3, 0}, 4, ORIGIN_USER, 2 * LOG_2},
    {{10, 60, 3, 0.5, 0.3, 5}, 60, ORIGIN_USER, 30 * LOG_2},
    {{10, 60, 3, 0.5, 0.3, 5}, 60, ORIGIN_AUTOMATED, 5 * LOG_2},
    {{1, 60, 2, 0, 0.3, 5}, 60, ORIGIN_AUTOMATED, 0},
    {{1, 0, 2, 1, 0.3, 5}, 60, ORIGIN_USER, 0}, /* no rules */
    {{0, 0, 0, 0, 0, 0}, 60, ORIGIN_USER, 0},
};

START_TEST(weights)
{
    double weight =
        weight_of_launch(&rows[_i].rules, (uint64_t)(rows[_i].sec * SEC), rows[_i].origin);
    ck_assert_double_eq_tol(weight, rows[_i].weight, 1e-6);
}
END_TEST

START_TEST(never_falls)
{
    double before = 0;
    for (uint64_t sec = 0; sec < 1000; sec++) {
        double weight = weight_of_launch(&preheat, sec * SEC, ORIGIN_USER);
        ck_assert_double_ge(weight, before);
        before = weight;
    }
    ck_assert(weight_of_launch(&preheat, UINT64_MAX, ORIGIN_USER) < WEIGHT_MAX);
}
END_TEST

static Observation *started_by(const char *exe, Origin origin)
{
    Observation *observation = observation_new();
    g_autoptr(ExeKey) key = exe_key_new(exe, NULL);
    observation_add_started(observation, key, origin);
    return observation;
}

static Model *given_weighing(void)
{
    Model *model = given_three();
    ModelRules rules = model->rules;
    rules.weight = preheat;
    (void)model_set_rules(model, &rules);
    return model;
}

START_TEST(accumulates_while_it_runs)
{
    g_autoptr(Model) model = given_weighing();
    Exe *exe = exe_of(model, "/a");
    when(model, 10, started_by("/a", ORIGIN_USER));
    ck_assert_double_eq(exe_weighted_launches(model, exe), 0);
    model_advance(model, 60 * SEC);
    ck_assert_double_eq_tol(exe_weighted_launches(model, exe), 2 * LOG_2, 1e-9);
    model_advance(model, 120 * SEC);
    ck_assert_double_eq_tol(exe_weighted_launches(model, exe), 4 * LOG_2, 1e-9);
    when(model, 0, given_pass("", "/a"));
    model_advance(model, 1000 * SEC); /* it does not run */
    ck_assert_double_eq_tol(exe_weighted_launches(model, exe), 4 * LOG_2, 1e-9);
    when(model, 0, started_by("/a", ORIGIN_AUTOMATED));
    model_advance(model, 60 * SEC);
    ck_assert_double_eq_tol(exe_weighted_launches(model, exe), 5 * LOG_2, 1e-9);
    ck_assert_uint_eq(exe->user_launches, 1);
    ck_assert_uint_eq(exe->automated_launches, 1);
    ck_assert_uint_ge(exe->launches, 2);
}
END_TEST

/* Stopped and started between two passes: two launches. */
START_TEST(a_restart_is_a_new_launch)
{
    g_autoptr(Model) model = given_weighing();
    Exe *exe = exe_of(model, "/a");
    when(model, 10, started_by("/a", ORIGIN_USER));
    Observation *restart = started_by("/a", ORIGIN_AUTOMATED);
    add_keys(restart->stopped, "/a");
    when(model, 60, restart);
    ck_assert(exe->running);
    model_advance(model, 60 * SEC);
    ck_assert_double_eq_tol(exe_weighted_launches(model, exe), 3 * LOG_2, 1e-9);
}
END_TEST

/* What a new look at the machine finds running was not launched now. */
START_TEST(what_was_running_before_weighs_nothing)
{
    g_autoptr(Model) model = given_weighing();
    Exe *exe = exe_of(model, "/a");
    when(model, 10, started_by("/a", ORIGIN_USER));
    model_advance(model, 60 * SEC);
    model_resynchronize(model);
    ck_assert_double_eq_tol(exe_weighted_launches(model, exe), 2 * LOG_2, 1e-9);
    uint64_t launches = exe->launches;
    when(model, 10, started_by("/a", ORIGIN_USER));
    model_advance(model, 600 * SEC);
    ck_assert_uint_eq(exe->launches, launches);
    ck_assert_double_eq_tol(exe_weighted_launches(model, exe), 2 * LOG_2, 1e-9);
}
END_TEST

/* A program that is registered by what it maps, some time after it started. */
START_TEST(the_first_launch_has_its_origin_with_the_sighting)
{
    g_autoptr(Model) model = given_weighing();
    Observation *late = observation_new();
    add_sighting(late, "/new", "/new.data", MIB);
    ((Sighting *)late->sightings->pdata[0])->origin = ORIGIN_USER;
    when(model, 10, late);
    Exe *exe = exe_of(model, "/new");
    ck_assert_uint_eq(exe->user_launches, 1);
    model_advance(model, 60 * SEC);
    ck_assert_double_eq_tol(exe_weighted_launches(model, exe), 2 * LOG_2, 1e-9);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("weight");
    UNIT_ADD_ROWS(suite, weights, rows);
    UNIT_ADD(suite, never_falls);
    UNIT_ADD(suite, accumulates_while_it_runs);
    UNIT_ADD(suite, a_restart_is_a_new_launch);
    UNIT_ADD(suite, what_was_running_before_weighs_nothing);
    UNIT_ADD(suite, the_first_launch_has_its_origin_with_the_sighting);
    return suite;
}
