/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "given-prophet.h"
#include "model/launches.h"
#include "unit.h"
#include <math.h>

static const struct {
    uint64_t value;
    uint8_t log;
} log_rows[] = {{0, 0}, {1, 4}, {2, 8}, {6, 16}, {UINT32_MAX, 248}, {UINT64_MAX, 248}};

START_TEST(logarithms)
{
    ck_assert_uint_eq(launches_log(log_rows[_i].value), log_rows[_i].log);
}
END_TEST

START_TEST(logarithms_rise)
{
    for (uint64_t value = 1; value < 100000; value++)
        ck_assert_uint_ge(launches_log(value), launches_log(value - 1));
}
END_TEST

static const struct {
    uint64_t rest_sec;
    uint8_t bin;
} rest_rows[] = {{0, 0}, {3, 0}, {4, 1}, {7, 1}, {8, 2}, {65535, 14}, {UINT32_MAX, 14}};

START_TEST(rests)
{
    ck_assert_uint_eq(launches_rest_bin(rest_rows[_i].rest_sec * SEC), rest_rows[_i].bin);
    ck_assert_double_gt(launches_rest_width_sec(rest_rows[_i].bin), 0);
}
END_TEST

START_TEST(a_launch_is_remembered_with_its_circumstances)
{
    Model *model = given_nothing();
    launches_begin_session(&model->launches, model->now_usec);
    model->local_sec = 1000;
    when_run(model, "/a", 5, 100);
    when_run(model, "/b /a", 5, 0);
    const Launches *launches = &model->launches;
    ck_assert_uint_eq(launches->n_launches, 3);
    ck_assert_uint_eq(launches->place, 3);
    const Launch *first = launches_get(launches, 1);
    const Launch *last = launches_get(launches, 3);
    ck_assert(first->exe == exe_of(model, "/a") && last->exe == first->exe);
    ck_assert(first->before == 0 && last->before == 1);
    ck_assert_uint_eq(first->rest_bin, REST_NEVER);
    ck_assert_uint_eq(last->rest_bin, launches_rest_bin(105 * SEC));
    ck_assert_int_eq(last->local_sec, 1110);
    ck_assert_uint_eq(last->session_log, launches_log(110));
    ck_assert_uint_eq(last->place_log, launches_log(2));
    ck_assert_ptr_null(launches_get(launches, 0));
    ck_assert_ptr_null(launches_get(launches, 4));
    model_free(model);
}
END_TEST

START_TEST(counts_fade_with_launches)
{
    Model *model = given_nothing();
    when_run(model, "/a", 1, 1);
    for (int i = 0; i < (int)LAUNCHES_FAST_HALF; i++)
        when_run(model, "/b", 1, 1);
    const Habit *habit = &exe_of(model, "/a")->habit;
    ck_assert_double_eq_tol(launches_fast(&model->launches, habit), 0.5, 1e-4);
    ck_assert_double_gt(launches_slow(&model->launches, habit), 0.9);
    model_advance(model, 1000000 * SEC); /* time does nothing to them */
    ck_assert_double_eq_tol(launches_fast(&model->launches, habit), 0.5, 1e-4);
    model_free(model);
}
END_TEST

START_TEST(what_runs_sees_launches)
{
    Model *model = given_nothing();
    when_run(model, "/a /b", 1, 1);
    when(model, 1, given_pass("/a", ""));
    when_run(model, "/b /b", 1, 1);
    ck_assert_double_eq_tol((double)exe_of(model, "/a")->habit.seen, 2, 0.01);
    ck_assert_double_eq((double)exe_of(model, "/b")->habit.seen, 0);
    model_free(model);
}
END_TEST

START_TEST(the_oldest_is_overwritten)
{
    Model *model = given_nothing();
    when_run(model, "/old", 0, 0);
    for (int i = 0; i < LAUNCHES_MAX; i++)
        when_run(model, "/new", 0, 0);
    const Launches *launches = &model->launches;
    ck_assert_ptr_null(launches_get(launches, 1));
    ck_assert_uint_eq(launches_oldest(launches), 2);
    ck_assert_uint_eq(launches_get(launches, 2)->before, 0);
    when_run(model, "/old", 0, 0); /* its last one is not remembered any more */
    ck_assert_uint_eq(launches_get(launches, launches->n_launches)->before, 0);
    model_free(model);
}
END_TEST

START_TEST(who_leaves_is_forgotten)
{
    Model *model = given_nothing();
    when_run(model, "/a /b /a", 1, 1);
    model_remove_exe(model, exe_of(model, "/a"));
    ck_assert_ptr_null(launches_get(&model->launches, 1)->exe);
    ck_assert_ptr_nonnull(launches_get(&model->launches, 2)->exe);
    ck_assert_ptr_null(launches_get(&model->launches, 3)->exe);
    model_free(model);
}
END_TEST

/* What the ring says, counted there. */
static void then_rests_are_counted(const Model *model, const char *path)
{
    const Launches *launches = &model->launches;
    const Exe *exe = exe_of(model, path);
    uint32_t all[REST_BINS] = {0};
    uint16_t own[REST_BINS] = {0};
    for (uint64_t n = launches_oldest(launches); n <= launches->n_launches; n++) {
        const Launch *launch = launches_get(launches, n);
        all[launch->rest_bin]++;
        own[launch->rest_bin] += launch->exe == exe;
    }
    ck_assert_mem_eq(all, launches->rests, sizeof all);
    ck_assert_mem_eq(own, exe->habit.rests, sizeof own);
}

START_TEST(rests_are_counted_as_launches_come_and_go)
{
    Model *model = given_nothing();
    when_run(model, "/a /b /a /gone /a /a", 1, 30);
    then_rests_are_counted(model, "/a");
    model_remove_exe(model, exe_of(model, "/gone"));
    for (int i = 0; i < LAUNCHES_MAX - 3; i++)
        when_run(model, "/b", 1, (uint64_t)i % 40);
    then_rests_are_counted(model, "/a"); /* half of them are overwritten */
    then_rests_are_counted(model, "/b");
    when_run(model, "/b /b /b /b", 1, 1);
    const uint16_t none[REST_BINS] = {0};
    ck_assert_mem_eq(exe_of(model, "/a")->habit.rests, none, sizeof none);
    then_rests_are_counted(model, "/b");
    model_free(model);
}
END_TEST

START_TEST(running_programs_are_listed)
{
    Model *model = given_nothing();
    when_run(model, "/a /b /c", 1, 1);
    when(model, 1, given_pass("/a /b /c", ""));
    ck_assert_uint_eq(model->running->len, 3);
    when(model, 1, given_pass("", "/b"));
    ck_assert_uint_eq(model->running->len, 2);
    model_remove_exe(model, exe_of(model, "/a"));
    ck_assert_uint_eq(model->running->len, 1);
    ck_assert_ptr_eq(model->running->pdata[0], exe_of(model, "/c"));
    model_resynchronize(model);
    ck_assert_uint_eq(model->running->len, 0);
    model_free(model);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("launches");
    UNIT_ADD_ROWS(suite, logarithms, log_rows);
    UNIT_ADD(suite, logarithms_rise);
    UNIT_ADD_ROWS(suite, rests, rest_rows);
    UNIT_ADD(suite, a_launch_is_remembered_with_its_circumstances);
    UNIT_ADD(suite, counts_fade_with_launches);
    UNIT_ADD(suite, what_runs_sees_launches);
    UNIT_ADD(suite, the_oldest_is_overwritten);
    UNIT_ADD(suite, who_leaves_is_forgotten);
    UNIT_ADD(suite, rests_are_counted_as_launches_come_and_go);
    UNIT_ADD(suite, running_programs_are_listed);
    return suite;
}
