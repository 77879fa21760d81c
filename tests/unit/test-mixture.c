/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "model/mixture.h"
#include "unit.h"

static const struct {
    const char *list;
    unsigned set; /* 0: refused */
} lists[] = {
    {"markov", 1 << EXPERT_MARKOV},
    {"slow,session", 1 << EXPERT_SLOW | 1 << EXPERT_SESSION},
    {"slow,slow", 1 << EXPERT_SLOW},
    {"", 0},
    {",", 0},
    {"Markov", 0},
    {"slow,", 1 << EXPERT_SLOW},
    {"slow,none", 0},
    {"slo", 0},
};

START_TEST(lists_of_experts)
{
    unsigned set = 0;
    ck_assert(experts_parse(lists[_i].list, &set) == (lists[_i].set != 0));
    ck_assert_uint_eq(set, lists[_i].set);
}
END_TEST

START_TEST(every_name_is_read_back)
{
    for (int expert = 0; expert < EXPERTS; expert++) {
        unsigned set = 0;
        ck_assert(experts_parse(expert_name((ExpertId)expert), &set));
        ck_assert_uint_eq(set, 1U << expert);
    }
}
END_TEST

START_TEST(who_was_right_counts_for_more)
{
    Mixture mixture;
    mixture_init(&mixture);
    const double gradient[EXPERTS] = {[EXPERT_CONTEXT] = 1, [EXPERT_SLOW] = -1};
    mixture_learn(&mixture, MOMENT_CALM, gradient);
    const float *calm = mixture.weight[MOMENT_CALM];
    const float *burst = mixture.weight[MOMENT_BURST];
    ck_assert_float_gt(calm[EXPERT_CONTEXT], calm[EXPERT_FAST]);
    ck_assert_float_lt(calm[EXPERT_SLOW], calm[EXPERT_FAST]);
    /* the other moments follow, but not as far */
    ck_assert_float_gt(burst[EXPERT_CONTEXT], burst[EXPERT_FAST]);
    ck_assert_float_lt(burst[EXPERT_CONTEXT], calm[EXPERT_CONTEXT]);
}
END_TEST

START_TEST(weights_stay_within_bounds)
{
    Mixture mixture;
    mixture_init(&mixture);
    for (int i = 0; i < 100000; i++) {
        const double gradient[EXPERTS] = {[EXPERT_CONTEXT] = 1e6, [EXPERT_SLOW] = -1e6};
        mixture_learn(&mixture, (MomentKind)(i % MOMENTS), gradient);
    }
    for (int moment = 0; moment < MOMENTS; moment++) {
        ck_assert_double_le((double)mixture.weight[moment][EXPERT_CONTEXT], MIXTURE_WEIGHT_MAX);
        ck_assert_float_gt(mixture.weight[moment][EXPERT_SLOW], 0);
    }
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("mixture");
    UNIT_ADD_ROWS(suite, lists_of_experts, lists);
    UNIT_ADD(suite, every_name_is_read_back);
    UNIT_ADD(suite, who_was_right_counts_for_more);
    UNIT_ADD(suite, weights_stay_within_bounds);
    return suite;
}
