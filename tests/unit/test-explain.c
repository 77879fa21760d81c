/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "given-prophet.h"
#include "predict/explain.h"
#include "unit.h"

#define HOUR 3600
#define DAY (24 * HOUR)

/* /x is launched on n days from `day` on, each at that hour, `after_sec` after /before. */
static Model *given_days(int day, int n, int step, int hour, uint64_t after_sec)
{
    Model *model = given_nothing();
    for (int i = 0; i < n; i++) {
        launches_begin_session(&model->launches, model->now_usec);
        when_run(model, "/a /b /c /d", 1, 1); /* so that a session does not begin with it */
        model->local_sec = (int64_t)(day + i * step) * DAY + hour * HOUR;
        when_run(model, "/usr/bin/before", 0, after_sec);
        when_run(model, "/x", 1, 1);
    }
    return model;
}

static const struct {
    int day; /* since 1970, a Thursday */
    int n;
    int step;
    int hour;
    uint64_t after_sec;
    const char *habit;
} days[] = {
    {4, 5, 1, 9, 250, "usually 4 minutes after before, on weekday mornings"},
    {4, 5, 1, 9, 5, "usually right after before, on weekday mornings"},
    {2, 5, 7, 20, 60, "usually 1 minute after before, on weekend evenings"},
    {0, 14, 1, 13, 250, "usually 4 minutes after before, in the afternoons"},
    {4, 5, 1, 2, 7000, "usually on weekday nights"},
    {2, 5, 0, 13, 60, "usually 1 minute after before"}, /* all on one Saturday */
    {2, 5, 0, 13, 7000, "at no particular time, after no particular program"},
    {4, 2, 1, 9, 250, "launched too rarely for a habit to show"},
};

START_TEST(habits)
{
    Model *model =
        given_days(days[_i].day, days[_i].n, days[_i].step, days[_i].hour, days[_i].after_sec);
    g_autofree char *habit = explain_habit(model, exe_of(model, "/x"));
    ck_assert_str_eq(habit, days[_i].habit);
    model_free(model);
}
END_TEST

START_TEST(the_beginning_of_a_session)
{
    Model *model = given_nothing();
    for (int i = 0; i < 6; i++) {
        launches_begin_session(&model->launches, model->now_usec);
        model->local_sec = i * DAY + i * 4 * HOUR;
        when_run(model, "/x", 1, 1);
    }
    g_autofree char *habit = explain_habit(model, exe_of(model, "/x"));
    ck_assert_str_eq(habit, "usually at the beginning of a session");
    model_free(model);
}
END_TEST

START_TEST(what_was_never_launched)
{
    Model *model = given_nothing();
    const FileId id = {1, 2, 3, 4};
    g_autoptr(ExeKey) key = exe_key_new("/new", NULL);
    Exe *exe = model_add_exe(model, key, &id);
    g_autofree char *none = explain_habit(model, exe);
    ck_assert_str_eq(none, "no launch of it is remembered");
    exe->seed_source = g_ref_string_new("default web browser");
    g_autofree char *seed = explain_habit(model, exe);
    ck_assert_str_eq(seed, "not launched yet; expected because of: default web browser");
    Prophet *prophet = given_prophet(model, &given_rules);
    exe->seed_weight = 2;
    g_autofree char *seeded = explain_exe(prophet, exe);
    ck_assert_ptr_nonnull(
        strstr(seeded, "  seeded as if launched 2.0 times, because of: default web browser\n"));
    model->launches.n_launches = 10 * (uint64_t)LAUNCHES_SLOW_HALF;
    g_autofree char *faded = explain_exe(prophet, exe);
    ck_assert_ptr_null(strstr(faded, "seeded"));
    prophet_free(prophet);
    model_free(model);
}
END_TEST

START_TEST(each_expert_has_its_part)
{
    Model *model = given_days(4, 5, 1, 9, 250);
    Prophet *prophet = given_prophet(model, &given_rules);
    g_autofree char *text = explain_exe(prophet, exe_of(model, "/x"));
    ck_assert(g_str_has_prefix(text, "x: usually 4 minutes after before"));
    ck_assert_ptr_nonnull(strstr(text, "chance to be the next: "));
    for (int expert = 0; expert < EXPERTS; expert++)
        ck_assert_ptr_nonnull(strstr(text, expert_name((ExpertId)expert)));
    ck_assert_ptr_nonnull(strstr(text, " the time of day, and the day of the week\n"));
    when(model, 1, given_pass("/x", ""));
    g_autofree char *running = explain_exe(prophet, exe_of(model, "/x"));
    ck_assert_ptr_nonnull(strstr(running, "it runs"));
    model_free(model);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("explain");
    UNIT_ADD_ROWS(suite, habits, days);
    UNIT_ADD(suite, the_beginning_of_a_session);
    UNIT_ADD(suite, what_was_never_launched);
    UNIT_ADD(suite, each_expert_has_its_part);
    return suite;
}
