/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "model/markov.h"
#include "unit.h"
#include <math.h>

#define SEC UINT64_C(1000000)

START_TEST(dwell_and_counts)
{
    Markov chain = {0};
    /* given: nothing for 10 s, a for 20 s, both for 30 s, then nothing */
    markov_change(&chain, MARKOV_NONE, MARKOV_A, 10 * SEC);
    markov_change(&chain, MARKOV_A, MARKOV_BOTH, 30 * SEC);
    markov_change(&chain, MARKOV_BOTH, MARKOV_NONE, 60 * SEC);
    ck_assert_float_eq_tol(chain.dwell_sec[MARKOV_NONE], 10, 1e-3);
    ck_assert_float_eq_tol(chain.dwell_sec[MARKOV_A], 20, 1e-3);
    ck_assert_float_eq_tol(chain.dwell_sec[MARKOV_BOTH], 30, 1e-3);
    ck_assert_uint_eq(chain.both_usec, 30 * SEC);
    ck_assert_uint_eq(chain.changed_usec, 60 * SEC);
    ck_assert_float_eq(chain.count[MARKOV_BOTH][MARKOV_NONE], 1);
    ck_assert_float_eq_tol(chain.count[MARKOV_NONE][MARKOV_NONE], 0.999 * 0.999, 1e-6);
    ck_assert_float_eq_tol(chain.count[MARKOV_NONE][MARKOV_A], 0.999 * 0.999, 1e-6);
}
END_TEST

START_TEST(old_habits_fade)
{
    Markov chain = {0};
    uint64_t now = 0;
    for (int i = 0; i < 3000; i++) { /* for long: 100 s in each state */
        markov_change(&chain, MARKOV_NONE, MARKOV_A, now += 100 * SEC);
        markov_change(&chain, MARKOV_A, MARKOV_NONE, now += 100 * SEC);
    }
    for (int i = 0; i < 700; i++) { /* then 10 s, and b comes in place of a */
        markov_change(&chain, MARKOV_NONE, MARKOV_B, now += 10 * SEC);
        markov_change(&chain, MARKOV_B, MARKOV_NONE, now += 10 * SEC);
    }
    /* 1400 changes later a quarter is left of the old: 0.999^1400 */
    ck_assert_float_lt(chain.dwell_sec[MARKOV_NONE], 100 * 0.3 + 10);
    ck_assert_float_gt(chain.count[MARKOV_NONE][MARKOV_B], chain.count[MARKOV_NONE][MARKOV_A]);
    ck_assert_float_lt(chain.count[MARKOV_NONE][MARKOV_NONE], 1001);
}
END_TEST

static const struct {
    MarkovTimes times; /* a, b, both, total */
    bool known;
    double rho;
} correlations[] = {
    {{50, 50, 50, 100}, true, 1},
    {{50, 50, 0, 100}, true, -1},
    {{50, 50, 25, 100}, true, 0},
    {{20, 60, 15, 100}, true, 0.15309310892394862}, /* (1500-1200)/sqrt(20*60*80*40) */
    {{0, 50, 0, 100}, false, 0},
    {{50, 100, 50, 100}, false, 0},
    {{0, 0, 0, 0}, false, 0},
};

START_TEST(correlation)
{
    double rho = 0;
    ck_assert(markov_correlation(&correlations[_i].times, &rho) == correlations[_i].known);
    ck_assert_double_eq_tol(rho, correlations[_i].rho, 1e-12);
}
END_TEST

/* By the formula of 0.6.4, worked by hand: prophet.c, markov_bid_for_exe(). */
START_TEST(bid)
{
    Markov chain = {0};
    chain.count[MARKOV_A][MARKOV_A] = 10;
    chain.count[MARKOV_A][MARKOV_BOTH] = 4;
    chain.count[MARKOV_A][MARKOV_B] = 1;
    chain.count[MARKOV_A][MARKOV_NONE] = 5;
    chain.dwell_sec[MARKOV_A] = 60;
    double expected = 0.5 * (1 - exp(-30.0 / 60)) * 5 / 10.01;
    ck_assert_double_eq_tol(markov_bid(&chain, MARKOV_A, true, 30, 0.5), expected, 1e-9);
    ck_assert_double_eq(markov_bid(&chain, MARKOV_NONE, true, 30, 1), 0); /* never left */
    chain.dwell_sec[MARKOV_A] = 1;
    ck_assert_double_eq(markov_bid(&chain, MARKOV_A, true, 30, 1), 0); /* left at once */
}
END_TEST

START_TEST(bid_is_a_probability)
{
    Markov chain = {0};
    chain.count[MARKOV_A][MARKOV_A] = 1;
    chain.count[MARKOV_A][MARKOV_BOTH] = 9; /* a damaged state may say so */
    chain.dwell_sec[MARKOV_A] = 1.1F;
    double p = markov_bid(&chain, MARKOV_A, true, 1e9, 1);
    ck_assert_double_lt(p, 1);
    ck_assert_double_gt(p, 0.99);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("markov");
    UNIT_ADD(suite, dwell_and_counts);
    UNIT_ADD(suite, old_habits_fade);
    UNIT_ADD_ROWS(suite, correlation, correlations);
    UNIT_ADD(suite, bid);
    UNIT_ADD(suite, bid_is_a_probability);
    return suite;
}
