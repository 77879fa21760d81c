/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "prefetch/headroom.h"
#include "unit.h"

#define MIB (UINT64_C(1) << 20)

/* In MiB of 1000, and ms: what is so after that time, and what is judged. At first 800 are
 * available, 100 of 100 of swap are free, nobody has waited. */
static const struct {
    uint64_t after_msec;
    uint64_t available_mib;
    uint64_t swap_free_mib;
    uint64_t swap_total_mib;
    uint64_t writeback_mib;
    uint64_t stalled_msec;
    uint64_t read_mib;
    HeadroomVerdict verdict;
} rows[] = {
    {50, 800, 100, 100, 0, 0, 0, HEADROOM_FINE},
    {50, 800, 100, 100, 0, 0, 299, HEADROOM_FINE},
    {50, 800, 100, 100, 0, 0, 300, HEADROOM_SPENT},
    /* there is less than there was, but it does not go on falling: 10 seconds */
    {10000, 600, 100, 100, 0, 0, 199, HEADROOM_FINE},
    {10000, 600, 100, 100, 0, 0, 200, HEADROOM_SPENT},
    /* a quarter of it is gone */
    {10000, 599, 100, 100, 0, 0, 0, HEADROOM_SHORT},
    {10000, 200, 100, 100, 0, 0, 0, HEADROOM_SHORT},
    /* somebody takes all that there is within two seconds */
    {50, 780, 100, 100, 0, 0, 0, HEADROOM_SHORT},
    {50, 781, 100, 100, 0, 0, 0, HEADROOM_FINE},
    {100, 775, 100, 100, 0, 0, 0, HEADROOM_FINE},
    /* too soon to tell */
    {20, 750, 100, 100, 0, 0, 0, HEADROOM_FINE},
    /* there is more */
    {50, 900, 100, 100, 0, 0, 0, HEADROOM_FINE},
    /* swapped out; and swapoff */
    {1000, 800, 84, 100, 0, 0, 0, HEADROOM_FINE},
    {1000, 800, 83, 100, 0, 0, 0, HEADROOM_SHORT},
    {1000, 800, 0, 0, 0, 0, 0, HEADROOM_FINE},
    /* written back */
    {50, 800, 100, 100, 20, 0, 0, HEADROOM_FINE},
    {50, 800, 100, 100, 21, 0, 0, HEADROOM_WRITEBACK},
    /* waited for memory: a tenth of the time */
    {50, 800, 100, 100, 0, 5, 0, HEADROOM_FINE},
    {50, 800, 100, 100, 0, 6, 0, HEADROOM_SHORT},
};

static HeadroomSample sample(uint64_t available_mib, uint64_t swap_free_mib)
{
    return (HeadroomSample){.memory = {.total_bytes = 1000 * MIB,
                                       .available_bytes = available_mib * MIB,
                                       .swap_total_bytes = 100 * MIB,
                                       .swap_free_bytes = swap_free_mib * MIB},
                            .at_usec = 1000};
}

static const BudgetRules rules = {-10, 50, 0, 25};

START_TEST(verdicts)
{
    HeadroomSample now = sample(800, 100);
    Headroom headroom = headroom_make(&now);
    now = sample(rows[_i].available_mib, rows[_i].swap_free_mib);
    now.memory.swap_total_bytes = rows[_i].swap_total_mib * MIB;
    now.memory.writeback_bytes = rows[_i].writeback_mib * MIB;
    now.at_usec += rows[_i].after_msec * 1000;
    now.stalled_usec = rows[_i].stalled_msec * 1000;
    /* What is swapped takes its share of the budget, too. */
    ck_assert_int_eq(headroom_judge(&headroom, &now, &rules, rows[_i].read_mib * MIB),
                     rows[_i].verdict);
}
END_TEST

/* It is the last look that counts for what falls, and the first for what was swapped. */
START_TEST(looks)
{
    HeadroomSample now = sample(800, 100);
    Headroom headroom = headroom_make(&now);
    now = sample(700, 95);
    now.at_usec += 1000000;
    ck_assert_int_eq(headroom_judge(&headroom, &now, &rules, 0), HEADROOM_FINE);
    now = sample(699, 90);
    now.at_usec += 1050000;
    ck_assert_int_eq(headroom_judge(&headroom, &now, &rules, 0), HEADROOM_FINE);
    now = sample(699, 80);
    now.at_usec += 1100000;
    ck_assert_int_eq(headroom_judge(&headroom, &now, &rules, 0), HEADROOM_SHORT);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("headroom");
    UNIT_ADD_ROWS(suite, verdicts, rows);
    UNIT_ADD(suite, looks);
    return suite;
}
