/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "given.h"
#include "predict/prophet.h"
#include "unit.h"
#include <math.h>

static const ProphetRules rules = {30, true};

/* A month in which /b follows /a after 30 s, and /c is used as often but on its own. */
static Model *given_habit(void)
{
    Model *model = given_three();
    for (int i = 0; i < 50; i++) {
        when(model, 600, given_pass("/a", ""));
        when(model, 30, given_pass("/b", ""));
        when(model, 300, given_pass("", "/a /b"));
        when(model, 600, given_pass("/c", ""));
        when(model, 330, given_pass("", "/c"));
    }
    return model;
}

START_TEST(what_follows_is_wanted_most)
{
    Model *model = given_habit();
    when(model, 600, given_pass("/a", ""));
    g_autoptr(Prophecy) prophecy = prophet_prophesy(model, &rules);
    ck_assert_uint_eq(prophecy->exes->len, 2);
    const Exe *first = prophecy->exes->pdata[0];
    ck_assert_str_eq(first->key->path, "/b");
    ck_assert_double_gt(prophet_probability(first->lnprob), 0.3);
    ck_assert_float_lt(first->lnprob, ((const Exe *)prophecy->exes->pdata[1])->lnprob);
    model_free(model);
}
END_TEST

START_TEST(maps_are_bid_for_by_the_exes_that_want_them)
{
    Model *model = given_habit();
    when(model, 600, given_pass("/a", ""));
    g_autoptr(Prophecy) prophecy = prophet_prophesy(model, &rules);
    ck_assert_uint_eq(prophecy->maps->len, 3); /* not /a.data: only what runs wants it */
    const Map *lib = prophecy->maps->pdata[0];
    const Map *data = prophecy->maps->pdata[1];
    ck_assert_str_eq(lib->path, "/lib");
    ck_assert_float_eq(lib->lnprob, exe_of(model, "/b")->lnprob + exe_of(model, "/c")->lnprob);
    ck_assert_str_eq(data->path, "/b.data");
    ck_assert_float_eq(data->lnprob, exe_of(model, "/b")->lnprob);
    when(model, 10, given_pass("", "/a"));
    g_autoptr(Prophecy) idle = prophet_prophesy(model, &rules);
    ck_assert_uint_eq(idle->maps->len, 4);
    /* the library that all use is wanted more than what one of them uses */
    ck_assert_str_eq(((const Map *)idle->maps->pdata[0])->path, "/lib");
    model_free(model);
}
END_TEST

/* In one launch of four: less than a third. */
START_TEST(what_is_rarely_needed_is_not_bid_for)
{
    Model *model = given_model(0);
    when_launched(model, given_launch("/x", 1, "/often=0@1 /rare=0@1 /directory/"));
    for (uint64_t launch = 2; launch <= 4; launch++)
        when_launched(model, given_launch("/x", launch, "/often=0@1 /directory/"));
    when(model, 10, given_pass("", "/x"));
    g_autoptr(Prophecy) prophecy = prophet_prophesy(model, &rules);
    ck_assert_uint_eq(prophecy->maps->len, 2);
    ck_assert_str_eq(((const Map *)prophecy->maps->pdata[0])->path, "/directory");
    ck_assert_str_eq(((const Map *)prophecy->maps->pdata[1])->path, "/often");
    ck_assert_float_eq(model_find_map(model, "/rare")->lnprob, 0);
    model_free(model);
}
END_TEST

START_TEST(lack_of_data_does_not_silence)
{
    Model *model = given_three();
    /* each ran once, with the others: no correlation is known, no chain has left a state twice */
    g_autoptr(Prophecy) prophecy = prophet_prophesy(model, &rules);
    ck_assert_uint_eq(prophecy->exes->len, 3);
    ck_assert_uint_eq(prophecy->maps->len, 4);
    ck_assert_float_lt(exe_of(model, "/a")->lnprob, 0);
    model_free(model);
}
END_TEST

START_TEST(the_floor_is_the_share_of_running_time)
{
    Model *model = given_three();
    when(model, 990, given_pass("", "")); /* 10 of 1000 s each */
    prophecy_free(prophet_prophesy(model, &rules));
    ck_assert_double_eq_tol(prophet_probability(exe_of(model, "/a")->lnprob), 0.01, 1e-4);
    model_free(model);
}
END_TEST

START_TEST(without_correlation_chains_count_in_full)
{
    Model *model = given_habit();
    when(model, 600, given_pass("/a", ""));
    prophecy_free(prophet_prophesy(model, &rules));
    float weighted = exe_of(model, "/b")->lnprob;
    ProphetRules plain = {30, false};
    prophecy_free(prophet_prophesy(model, &plain));
    ck_assert_float_lt(exe_of(model, "/b")->lnprob, weighted);
    model_free(model);
}
END_TEST

START_TEST(probability)
{
    ck_assert_double_eq(prophet_probability(0), 0);
    ck_assert_double_eq(prophet_probability(1), 0);
    ck_assert_double_eq_tol(prophet_probability(log(0.25)), 0.75, 1e-12);
}
END_TEST

START_TEST(an_empty_model_has_no_prophecy)
{
    Model *model = given_model(0);
    g_autoptr(Prophecy) prophecy = prophet_prophesy(model, &rules);
    ck_assert_uint_eq(prophecy->exes->len + prophecy->maps->len, 0);
    prophecy_free(NULL);
    model_free(model);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("prophet");
    UNIT_ADD(suite, what_follows_is_wanted_most);
    UNIT_ADD(suite, maps_are_bid_for_by_the_exes_that_want_them);
    UNIT_ADD(suite, what_is_rarely_needed_is_not_bid_for);
    UNIT_ADD(suite, lack_of_data_does_not_silence);
    UNIT_ADD(suite, the_floor_is_the_share_of_running_time);
    UNIT_ADD(suite, without_correlation_chains_count_in_full);
    UNIT_ADD(suite, probability);
    UNIT_ADD(suite, an_empty_model_has_no_prophecy);
    return suite;
}
