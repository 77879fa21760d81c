/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "model/pool.h"
#include "unit.h"

#define DAY (UINT64_C(24) * 3600 * G_USEC_PER_SEC)

/* The pool before, and after; of the facts: application, launches (all, user's, automated), weight,
 * days unused, days since the user's last launch. */
static const struct {
    Pool before;
    PoolFacts facts;
    Pool after;
} rows[] = {
    {POOL_OBSERVATION, {false, 1, 0, 0, 9, 0, 0}, POOL_OBSERVATION},
    {POOL_OBSERVATION, {true, 1, 1, 0, 0, 0, 0}, POOL_PRIORITY}, /* an application of the user's */
    {POOL_OBSERVATION, {true, 9, 0, 0, 0, 0, 0}, POOL_OBSERVATION}, /* nobody launched it */
    {POOL_OBSERVATION, {true, 9, 0, 9, 9, 0, 0}, POOL_OBSERVATION},
    {POOL_OBSERVATION, {false, 3, 3, 0, 4, 0, 0}, POOL_PRIORITY},
    {POOL_OBSERVATION, {false, 3, 2, 0, 9, 0, 0}, POOL_OBSERVATION},   /* too few */
    {POOL_OBSERVATION, {false, 9, 9, 0, 3.9, 0, 0}, POOL_OBSERVATION}, /* too short: cat, ls */
    {POOL_OBSERVATION, {false, 3, 0, 0, 4, 0, 0}, POOL_PRIORITY},      /* no origin is ever known */
    {POOL_OBSERVATION, {false, 9, 0, 1, 9, 0, 0}, POOL_OBSERVATION},   /* one is: cron's */
    /* Hysteresis: what promotes is more than what keeps. */
    {POOL_PRIORITY, {false, 0, 0, 0, 0, 0, 0}, POOL_PRIORITY},
    {POOL_PRIORITY, {false, 9, 0, 9, 9, 0, 13 * DAY}, POOL_PRIORITY},
    {POOL_PRIORITY, {false, 9, 0, 9, 9, 0, 14 * DAY}, POOL_OBSERVATION}, /* cron's only, long */
    {POOL_PRIORITY, {false, 9, 5, 4, 9, 2 * DAY, 14 * DAY}, POOL_OBSERVATION},
    {POOL_PRIORITY, {false, 9, 5, 4, 9, 14 * DAY, 14 * DAY}, POOL_PRIORITY}, /* not since then */
    {POOL_PRIORITY, {false, 9, 9, 0, 9, 0, 14 * DAY}, POOL_PRIORITY}, /* it has run since then */
    {POOL_PRIORITY, {true, 9, 9, 0, 9, 29 * DAY, 29 * DAY}, POOL_PRIORITY},
    {POOL_PRIORITY, {true, 9, 9, 0, 9, 30 * DAY, 30 * DAY}, POOL_OBSERVATION}, /* unused */
    {POOL_OBSERVATION, {true, 9, 9, 0, 9, 30 * DAY, 30 * DAY}, POOL_OBSERVATION},
    {POOL_OBSERVATION, {true, 10, 10, 0, 9, 0, 0}, POOL_PRIORITY}, /* and again */
};

START_TEST(rules)
{
    Pool after = pool_judge(rows[_i].before, &rows[_i].facts);
    ck_assert_int_eq(after, rows[_i].after);
    ck_assert_int_eq(pool_judge(after, &rows[_i].facts), after); /* it rests */
}
END_TEST

static const struct {
    Pool learnt;
    Word word;
    Pool effective;
} word_rows[] = {
    {POOL_PRIORITY, WORD_NONE, POOL_PRIORITY},
    {POOL_OBSERVATION, WORD_NONE, POOL_OBSERVATION},
    {POOL_PRIORITY, WORD_PROMOTE, POOL_PRIORITY},
    {POOL_OBSERVATION, WORD_PROMOTE, POOL_PRIORITY},
    {POOL_PRIORITY, WORD_DEMOTE, POOL_OBSERVATION},
    {POOL_OBSERVATION, WORD_DEMOTE, POOL_OBSERVATION},
    {POOL_PRIORITY, WORD_IGNORE, POOL_OBSERVATION},
};

START_TEST(the_word_counts_for_more)
{
    ck_assert_int_eq(pool_effective(word_rows[_i].learnt, word_rows[_i].word),
                     word_rows[_i].effective);
}
END_TEST

static const struct {
    uint64_t budget;
    uint64_t priority;
    unsigned percent;
    uint64_t observation;
} share_rows[] = {
    {0, 0, 25, 0},
    {1000, 0, 25, 250},
    {1000, 700, 25, 250},
    {1000, 900, 25, 100}, /* what is left */
    {1000, 1000, 25, 0},
    {1000, 2000, 25, 0},
    {1000, 0, 0, 0},
    {1000, 0, 100, 1000},
    {1000, 0, 400, 1000},
    {199, 0, 50, 99},
    {UINT64_MAX, 0, 100, UINT64_MAX},
    {UINT64_MAX, 0, 50, UINT64_MAX / 2},
};

START_TEST(the_share_of_the_budget)
{
    ck_assert_uint_eq(pool_observation_bytes(share_rows[_i].budget, share_rows[_i].priority,
                                             share_rows[_i].percent),
                      share_rows[_i].observation);
}
END_TEST

START_TEST(names_and_order)
{
    ck_assert_str_eq(pool_name(POOL_PRIORITY), "priority");
    ck_assert_str_eq(pool_name(POOL_OBSERVATION), "observation");
    ck_assert_int_lt(POOL_PRIORITY, POOL_OBSERVATION);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("pool");
    UNIT_ADD_ROWS(suite, rules, rows);
    UNIT_ADD_ROWS(suite, the_word_counts_for_more, word_rows);
    UNIT_ADD_ROWS(suite, the_share_of_the_budget, share_rows);
    UNIT_ADD(suite, names_and_order);
    return suite;
}
