/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "given-prophet.h"
#include "predict/question.h"
#include "unit.h"

static bool asks(const Question *question, const Model *model, const char *path)
{
    guint place = 0;
    return question_place(question, exe_of(model, path), &place) &&
           question->candidates->pdata[place] == exe_of(model, path);
}

static Model *given_habits(void)
{
    Model *model = given_nothing();
    when_run(model, "/a /b /a /c /a", 5, 60);
    return model;
}

START_TEST(what_runs_is_no_candidate)
{
    Model *model = given_habits();
    when(model, 1, given_pass("/b", ""));
    g_auto(Question) question = question_all(model, 30, true);
    ck_assert_uint_eq(question.candidates->len, 2);
    ck_assert(asks(&question, model, "/a"));
    ck_assert(!asks(&question, model, "/b"));
    model_free(model);
}
END_TEST

START_TEST(what_was_never_launched_is_none_unless_it_is_taken_for_granted)
{
    Model *model = given_habits();
    const FileId id = {1, 2, 3, 4};
    g_autoptr(ExeKey) known = exe_key_new("/known", NULL);
    g_autoptr(ExeKey) seeded = exe_key_new("/seeded", NULL);
    (void)model_add_exe(model, known, &id);
    model_add_exe(model, seeded, &id)->seed_weight = 2;
    g_auto(Question) question = question_all(model, 30, true);
    ck_assert(!asks(&question, model, "/known"));
    ck_assert(asks(&question, model, "/seeded"));
    model_free(model);
}
END_TEST

START_TEST(shares_are_one_in_all_and_as_launched)
{
    Model *model = given_habits();
    g_auto(Question) question = question_all(model, 30, true);
    guint a = 0;
    guint b = 0;
    ck_assert(question_place(&question, exe_of(model, "/a"), &a));
    ck_assert(question_place(&question, exe_of(model, "/b"), &b));
    ck_assert_float_gt(question.share[a], 2 * question.share[b]);
    float sum = 0;
    for (guint i = 0; i < question.candidates->len; i++) {
        ck_assert_float_gt(question.share[i], 0);
        sum += question.share[i];
    }
    ck_assert_float_eq_tol(sum, 1, 1e-5);
    model_free(model);
}
END_TEST

START_TEST(the_latest_and_one_more)
{
    Model *model = given_habits();
    g_auto(Question) question = question_latest(model, 30, true, 2, exe_of(model, "/b"));
    ck_assert_uint_eq(question.candidates->len, 2);
    ck_assert(asks(&question, model, "/b"));
    ck_assert(asks(&question, model, "/a"));
    ck_assert(!asks(&question, model, "/c"));
    model_free(model);
}
END_TEST

START_TEST(nothing_known_is_no_trouble)
{
    Model *model = given_nothing();
    g_auto(Question) question = question_all(model, 30, true);
    ck_assert_uint_eq(question.candidates->len, 0);
    ck_assert_int_eq(question.moment, MOMENT_FIRST);
    model_free(model);
}
END_TEST

static const struct {
    uint64_t since_sec;
    bool session;
    MomentKind moment;
} moments[] = {
    {0, false, MOMENT_BURST},
    {MOMENT_BURST_SEC - 1, false, MOMENT_BURST},
    {MOMENT_BURST_SEC, false, MOMENT_CALM},
    {1000000, false, MOMENT_CALM},
    {5, true, MOMENT_FIRST},
};

START_TEST(kinds_of_moments)
{
    Model *model = given_nothing();
    when_run(model, "/a", 0, 0);
    if (moments[_i].session)
        launches_begin_session(&model->launches, model->now_usec);
    model_advance(model, moments[_i].since_sec * SEC);
    g_auto(Question) question = question_all(model, 30, true);
    ck_assert_int_eq(question.moment, moments[_i].moment);
    model_free(model);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("question");
    UNIT_ADD(suite, what_runs_is_no_candidate);
    UNIT_ADD(suite, what_was_never_launched_is_none_unless_it_is_taken_for_granted);
    UNIT_ADD(suite, shares_are_one_in_all_and_as_launched);
    UNIT_ADD(suite, the_latest_and_one_more);
    UNIT_ADD(suite, nothing_known_is_no_trouble);
    UNIT_ADD_ROWS(suite, kinds_of_moments, moments);
    return suite;
}
