/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "given-prophet.h"
#include "unit.h"
#include <math.h>

#define HOUR 3600

/* /wanted is what the expert has reason to expect, /other what it has not. */
static void assert_prefers(Model *model, Expert expert)
{
    double wanted = score_of(model, expert, "/wanted");
    double other = score_of(model, expert, "/other");
    ck_assert(isfinite(wanted) && isfinite(other));
    ck_assert_double_gt(wanted, other);
    model_free(model);
}

START_TEST(slow_and_fast_count)
{
    Model *model = given_nothing();
    when_run(model, "/wanted /wanted /wanted /other", 5, 5);
    ck_assert_double_gt(score_of(model, expert_fast, "/wanted"),
                        score_of(model, expert_fast, "/other"));
    assert_prefers(model, expert_slow);
}
END_TEST

/* Used most of all times, but not any more: the fast count has noticed. */
START_TEST(fast_forgets_what_slow_remembers)
{
    Model *model = given_nothing();
    for (int i = 0; i < 300; i++)
        when_run(model, "/wanted", 1, 1);
    for (int i = 0; i < 100; i++)
        when_run(model, "/other", 1, 1);
    ck_assert_double_lt(score_of(model, expert_fast, "/wanted"),
                        score_of(model, expert_fast, "/other"));
    assert_prefers(model, expert_slow);
}
END_TEST

START_TEST(recency_wants_what_ran_last)
{
    Model *model = given_nothing();
    when_run(model, "/other /other /wanted", 5, 60);
    assert_prefers(model, expert_recency);
}
END_TEST

START_TEST(context_wants_what_followed)
{
    Model *model = given_nothing();
    for (int i = 0; i < 10; i++)
        when_run(model, "/x /wanted /y /other", 5, 5);
    when_run(model, "/x", 5, 5);
    assert_prefers(model, expert_context);
}
END_TEST

/* After /y both came as often; what was before /y tells which. */
START_TEST(context_is_of_more_than_one_launch)
{
    Model *model = given_nothing();
    for (int i = 0; i < 10; i++)
        when_run(model, "/x /y /wanted /z /y /other", 5, 5);
    when_run(model, "/x /y", 5, 5);
    assert_prefers(model, expert_context);
}
END_TEST

START_TEST(corunning_wants_what_runs_with_it)
{
    Model *model = given_nothing();
    when_run(model, "/x", 5, 5);
    for (int i = 0; i < 10; i++) {
        when_run(model, "/other", 5, 60);
        when(model, 1, given_pass("/x", ""));
        when_run(model, "/wanted", 5, 60);
        when(model, 1, given_pass("", "/x"));
    }
    when(model, 1, given_pass("/x", ""));
    assert_prefers(model, expert_corunning);
}
END_TEST

/* /wanted at nine, /other at nine in the evening: it is half past eight. */
START_TEST(daytime_wants_what_comes_at_this_time)
{
    Model *model = given_nothing();
    for (int day = 4; day < 10; day++) {
        model->local_sec = day * 24 * HOUR + 21 * HOUR;
        when_run(model, "/other", 5, 5);
        model->local_sec = (day + 1) * 24 * HOUR + 9 * HOUR;
        when_run(model, "/wanted", 5, 5);
    }
    model->local_sec = 11 * 24 * HOUR + 8 * HOUR + HOUR / 2;
    assert_prefers(model, expert_daytime);
}
END_TEST

/* At the same time of the day, one on workdays, the other on weekends; it is a Monday. */
START_TEST(daytime_knows_days)
{
    Model *model = given_nothing();
    for (int day = 0; day < 28; day++) {
        bool weekend = day % 7 == 2 || day % 7 == 3;
        model->local_sec = day * 24 * HOUR + 9 * HOUR;
        for (int i = 0; i < (weekend ? 5 : 2); i++) /* as often in all */
            when_run(model, weekend ? "/other" : "/wanted", 5, 5);
    }
    model->local_sec = 32 * 24 * HOUR + 9 * HOUR;
    assert_prefers(model, expert_daytime);
}
END_TEST

START_TEST(daytime_bears_any_clock)
{
    const int64_t times[] = {0, -1, INT64_MIN / 2, INT64_MAX / 2, -86400};
    Model *model = given_nothing();
    for (size_t i = 0; i < G_N_ELEMENTS(times); i++) {
        model->local_sec = times[i];
        when_run(model, "/wanted /wanted /other", 0, 0);
        ck_assert(isfinite(score_of(model, expert_daytime, "/wanted")));
    }
    assert_prefers(model, expert_daytime);
}
END_TEST

/* /wanted comes again each hour, /other each day. An hour ago both ended. */
START_TEST(renewal_wants_what_is_due)
{
    Model *model = given_nothing();
    for (int day = 0; day < 20; day++) {
        when_run(model, "/other", 0, 0);
        for (int hour = 0; hour < 24; hour++)
            when_run(model, "/wanted", 0, HOUR);
    }
    when_run(model, "/other /wanted", 0, 0);
    model_advance(model, HOUR * SEC);
    assert_prefers(model, expert_renewal);
}
END_TEST

START_TEST(session_wants_what_begins_one)
{
    Model *model = given_nothing();
    for (int i = 0; i < 10; i++) {
        launches_begin_session(&model->launches, model->now_usec);
        when_run(model, "/wanted", 5, 5);
        for (int j = 0; j < 5; j++)
            when_run(model, "/x /y /other", 60, 600);
    }
    launches_begin_session(&model->launches, model->now_usec);
    assert_prefers(model, expert_session);
}
END_TEST

START_TEST(markov_wants_what_its_chains_say)
{
    Model *model = given_nothing();
    for (int i = 0; i < 20; i++) {
        when(model, 600, given_pass("", ""));
        when_run(model, "/other", 60, 600);
        Observation *x = given_pass("/x", "");
        add_sighting(x, "/x", "/lib", MIB);
        when(model, 10, x);
        when(model, 30, given_pass("", ""));
        when_run(model, "/wanted", 60, 60);
        when(model, 10, given_pass("", "/x"));
    }
    when(model, 10, given_pass("/x", ""));
    assert_prefers(model, expert_markov);
}
END_TEST

START_TEST(markov_has_the_share_of_running_time_for_a_floor)
{
    Model *model = given_three();
    when(model, 990, given_pass("", "")); /* 10 of 1000 s each */
    ck_assert_double_eq_tol(exp(score_of(model, expert_markov, "/a")), 0.01, 1e-4);
    model_free(model);
}
END_TEST

/* One that has never been launched, in a model that knows nothing. */
START_TEST(all_are_finite_about_the_unknown)
{
    Model *model = given_nothing();
    const FileId id = {1, 2, 3, 4};
    g_autoptr(ExeKey) key = exe_key_new("/new", NULL);
    model_add_exe(model, key, &id)->seed_weight = 1;
    ck_assert(isfinite(score_of(model, experts[_i], "/new")));
    model_free(model);
}
END_TEST

START_TEST(none_minds_that_programs_left_the_model)
{
    Model *model = given_nothing();
    for (int i = 0; i < 5; i++)
        when_run(model, "/gone /wanted /gone /x", 5, 5);
    model_remove_exe(model, exe_of(model, "/gone"));
    ck_assert(isfinite(score_of(model, experts[_i], "/wanted")));
    when_run(model, "/wanted /x", 5, 5);
    ck_assert(isfinite(score_of(model, experts[_i], "/x")));
    model_free(model);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("expert");
    UNIT_ADD(suite, slow_and_fast_count);
    UNIT_ADD(suite, fast_forgets_what_slow_remembers);
    UNIT_ADD(suite, recency_wants_what_ran_last);
    UNIT_ADD(suite, context_wants_what_followed);
    UNIT_ADD(suite, context_is_of_more_than_one_launch);
    UNIT_ADD(suite, corunning_wants_what_runs_with_it);
    UNIT_ADD(suite, daytime_wants_what_comes_at_this_time);
    UNIT_ADD(suite, daytime_knows_days);
    UNIT_ADD(suite, daytime_bears_any_clock);
    UNIT_ADD(suite, renewal_wants_what_is_due);
    UNIT_ADD(suite, session_wants_what_begins_one);
    UNIT_ADD(suite, markov_wants_what_its_chains_say);
    UNIT_ADD(suite, markov_has_the_share_of_running_time_for_a_floor);
    UNIT_ADD_ROWS(suite, all_are_finite_about_the_unknown, experts);
    UNIT_ADD_ROWS(suite, none_minds_that_programs_left_the_model, experts);
    return suite;
}
