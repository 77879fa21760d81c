/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "given-prophet.h"
#include "predict/prophet.h"
#include "unit.h"
#include <math.h>

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
    g_autoptr(Prophecy) prophecy = prophet_prophesy(given_prophet(model, &given_rules));
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
    g_autoptr(Prophecy) prophecy = prophet_prophesy(given_prophet(model, &given_rules));
    ck_assert_uint_eq(prophecy->maps->len, 3); /* not /a.data: only what runs wants it */
    const Map *lib = prophecy->maps->pdata[0];
    const Map *data = prophecy->maps->pdata[1];
    ck_assert_str_eq(lib->path, "/lib");
    ck_assert_float_eq(lib->lnprob, exe_of(model, "/b")->lnprob + exe_of(model, "/c")->lnprob);
    ck_assert_str_eq(data->path, "/b.data");
    ck_assert_float_eq(data->lnprob, exe_of(model, "/b")->lnprob);
    when(model, 10, given_pass("", "/a"));
    g_autoptr(Prophecy) idle = prophet_prophesy(given_prophet(model, &given_rules));
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
    g_autoptr(Prophecy) prophecy = prophet_prophesy(given_prophet(model, &given_rules));
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
    g_autoptr(Prophecy) prophecy = prophet_prophesy(given_prophet(model, &given_rules));
    ck_assert_uint_eq(prophecy->exes->len, 3);
    ck_assert_uint_eq(prophecy->maps->len, 4);
    ck_assert_float_lt(exe_of(model, "/a")->lnprob, 0);
    model_free(model);
}
END_TEST

START_TEST(bids_follow_the_chances)
{
    Model *model = given_habit();
    when(model, 600, given_pass("/a", ""));
    prophecy_free(prophet_prophesy(given_prophet(model, &given_rules)));
    const Exe *b = exe_of(model, "/b");
    const Exe *c = exe_of(model, "/c");
    ck_assert_double_eq_tol((double)b->chance + (double)c->chance, 1, 1e-6);
    ck_assert_float_gt(b->bid[HORIZON_SOON], 0);
    ck_assert_float_lt(b->bid[HORIZON_SOON], b->bid[HORIZON_LATER]);
    ck_assert_float_lt(c->bid[HORIZON_LATER], b->bid[HORIZON_LATER]);
    ck_assert_double_eq_tol(prophet_probability(b->lnprob), b->bid[HORIZON_LATER], 1e-6);
    const Exe *a = exe_of(model, "/a"); /* runs */
    ck_assert(a->chance == 0 && a->lnprob == 0 && a->bid[HORIZON_LATER] == 0);
    model_free(model);
}
END_TEST

START_TEST(what_is_not_worth_it_is_predicted_but_not_read)
{
    Model *model = given_three();
    ProphetRules rules = given_rules;
    rules.least = 1;
    g_autoptr(Prophecy) none = prophet_prophesy(given_prophet(model, &rules));
    ck_assert_uint_eq(none->exes->len, 3);
    ck_assert_uint_eq(none->maps->len, 0);
    rules.least = 0.1;
    g_autoptr(Prophecy) all = prophet_prophesy(given_prophet(model, &rules));
    ck_assert_uint_eq(all->maps->len, 4);
    model_free(model);
}
END_TEST

/* However unlikely they are. */
START_TEST(the_few_most_likely_are_read_in_any_case)
{
    Model *model = given_habit();
    when(model, 600, given_pass("/a", ""));
    ProphetRules rules = given_rules;
    rules.least = 1;
    rules.top = 1;
    g_autoptr(Prophecy) one = prophet_prophesy(given_prophet(model, &rules));
    ck_assert_uint_eq(one->exes->len, 2);
    ck_assert_uint_eq(one->maps->len, 2); /* of /b */
    ck_assert_float_lt(model_find_map(model, "/b.data")->lnprob, 0);
    ck_assert_float_eq(model_find_map(model, "/c.data")->lnprob, 0);
    rules.top = 5;
    g_autoptr(Prophecy) all = prophet_prophesy(given_prophet(model, &rules));
    ck_assert_uint_eq(all->maps->len, 3);
    rules.top = 1;
    rules.least = 0;
    g_autoptr(Prophecy) likely = prophet_prophesy(given_prophet(model, &rules));
    ck_assert_uint_eq(likely->maps->len, 3);
    model_free(model);
}
END_TEST

START_TEST(where_charge_is_dear_only_the_users_applications_are_read)
{
    Model *model = given_three();
    ProphetRules rules = given_rules;
    rules.priority_only = true;
    exe_of(model, "/a")->pool = POOL_OBSERVATION;
    exe_of(model, "/b")->pool = POOL_PRIORITY;
    exe_of(model, "/c")->pool = POOL_OBSERVATION;
    g_autoptr(Prophecy) prophecy = prophet_prophesy(given_prophet(model, &rules));
    ck_assert_uint_eq(prophecy->exes->len, 3);
    ck_assert_uint_eq(prophecy->maps->len, 2); /* /b.data, and /lib as far as /b wants it */
    ck_assert_float_eq(model_find_map(model, "/lib")->lnprob, exe_of(model, "/b")->lnprob);
    exe_of(model, "/a")->word = WORD_PROMOTE;
    g_autoptr(Prophecy) more = prophet_prophesy(given_prophet(model, &rules));
    ck_assert_uint_eq(more->maps->len, 3);
    model_free(model);
}
END_TEST

/* Whatever the clock on the wall does, bids stay probabilities, and what comes next is told all the
 * same: nothing but the hour of the day is read from it. Model time stands still in suspend, and
 * may pass at once by any amount when the daemon was not let run. */
static const struct {
    int64_t wall_sec;   /* that the clock jumps by, each round */
    uint64_t awake_sec; /* that pass between two launches, beside */
    bool session;       /* somebody logs in each round */
} jumps[] = {
    {0, 0, false},
    {-3600, 0, false},
    {INT64_C(40) * 365 * 86400, 0, false},
    {INT64_C(-40) * 365 * 86400, 0, true},
    {7 * 86400 + 12345, 0, true},
    {0, UINT64_C(400) * 86400, false},
    {-86400, 30 * 86400, true},
};

START_TEST(a_clock_that_jumps_and_a_machine_that_sleeps_do_no_harm)
{
    Model *model = given_nothing();
    Prophet *prophet = given_prophet(model, &given_rules);
    for (int i = 0; i < 30; i++) {
        if (jumps[_i].session)
            prophet_begin_session(prophet, false);
        when_run(model, "/a /b /c", 5, 5);
        model->local_sec += i % 2 == 0 ? jumps[_i].wall_sec : -jumps[_i].wall_sec / 2;
        model_advance(model, jumps[_i].awake_sec * SEC);
        prophecy_free(prophet_prophesy(prophet));
        for (guint j = 0; j < model->exes->len; j++) {
            const Exe *exe = model->exes->pdata[j];
            ck_assert(isfinite(exe->chance) && exe->chance >= 0 && exe->chance <= 1);
            for (int horizon = 0; horizon < HORIZONS; horizon++)
                ck_assert(exe->bid[horizon] >= 0 && exe->bid[horizon] <= 1);
        }
    }
    when_run(model, "/a", 5, 5);
    g_autoptr(Prophecy) prophecy = prophet_prophesy(prophet);
    ck_assert_str_eq(((const Exe *)prophecy->exes->pdata[0])->key->path, "/b");
    model_free(model);
}
END_TEST

START_TEST(ranks_are_those_of_the_prophecy)
{
    Model *model = given_habit();
    Prophet *prophet = given_prophet(model, &given_rules);
    g_autoptr(Prophecy) prophecy = prophet_prophesy(prophet);
    for (guint i = 0; i < prophecy->exes->len; i++)
        ck_assert_uint_eq(prophet_rank(prophet, prophecy->exes->pdata[i]), i + 1);
    model_free(model);
}
END_TEST

/* What one expert knows and the others do not comes to count more than they do. */
START_TEST(launches_teach_whom_to_believe)
{
    Model *model = given_nothing();
    Prophet *prophet = given_prophet(model, &given_rules);
    for (int i = 0; i < 60; i++)
        when_run(model, i % 2 == 0 ? "/a /b /c" : "/c /b /a", 5, 5);
    const float *weights = prophet->model->mixture.weight[MOMENT_BURST];
    for (int expert = 0; expert < EXPERTS; expert++)
        ck_assert_float_ge(weights[EXPERT_CONTEXT], weights[expert]);
    ck_assert_float_gt(weights[EXPERT_CONTEXT], weights[EXPERT_SLOW]);
    model_free(model);
}
END_TEST

START_TEST(the_same_launches_give_the_same_bids)
{
    float chances[2];
    for (int i = 0; i < 2; i++) {
        Model *model = given_nothing();
        Prophet *prophet = given_prophet(model, &given_rules);
        for (int j = 0; j < 20; j++) {
            when_run(model, j % 3 == 0 ? "/a /b" : "/b /c /a", 40, 50);
            prophecy_free(prophet_prophesy(prophet));
        }
        chances[i] = exe_of(model, "/b")->bid[HORIZON_LATER];
        model_free(model);
    }
    ck_assert(memcmp(&chances[0], &chances[1], sizeof chances[0]) == 0);
}
END_TEST

START_TEST(a_bid_that_came_true_is_counted)
{
    Model *model = given_nothing();
    Prophet *prophet = given_prophet(model, &given_rules);
    when_run(model, "/a", 5, 5);
    prophecy_free(prophet_prophesy(prophet)); /* opens both windows */
    when_run(model, "/a", 5, 30);
    prophecy_free(prophet_prophesy(prophet));
    const Calibration *soon = &prophet->windows.of[HORIZON_SOON].calibration;
    const Calibration *later = &prophet->windows.of[HORIZON_LATER].calibration;
    ck_assert_uint_eq(soon->n, 1);
    ck_assert_uint_eq(later->n, 0); /* it is open for ten minutes */
    uint64_t n_launched = 0;
    for (int i = 0; i < RELIABILITY_BINS; i++)
        n_launched += soon->bins[i].n_launched;
    ck_assert_uint_eq(n_launched, 1);
    ck_assert_double_gt(calibration_brier(soon), 0);
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
    g_autoptr(Prophecy) prophecy = prophet_prophesy(given_prophet(model, &given_rules));
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
    UNIT_ADD(suite, bids_follow_the_chances);
    UNIT_ADD(suite, what_is_not_worth_it_is_predicted_but_not_read);
    UNIT_ADD(suite, the_few_most_likely_are_read_in_any_case);
    UNIT_ADD(suite, where_charge_is_dear_only_the_users_applications_are_read);
    UNIT_ADD_ROWS(suite, a_clock_that_jumps_and_a_machine_that_sleeps_do_no_harm, jumps);
    UNIT_ADD(suite, ranks_are_those_of_the_prophecy);
    UNIT_ADD(suite, launches_teach_whom_to_believe);
    UNIT_ADD(suite, the_same_launches_give_the_same_bids);
    UNIT_ADD(suite, a_bid_that_came_true_is_counted);
    UNIT_ADD(suite, probability);
    UNIT_ADD(suite, an_empty_model_has_no_prophecy);
    return suite;
}
