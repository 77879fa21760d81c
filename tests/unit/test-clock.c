/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "base/clock.h"
#include "unit.h"

typedef struct {
    uint64_t awake_usec;
    uint64_t lasting_usec;
} Hands;

static uint64_t awake_of(void *data)
{
    return ((const Hands *)data)->awake_usec;
}

static uint64_t lasting_of(void *data)
{
    return ((const Hands *)data)->lasting_usec;
}

static const struct {
    Hands hands;
    uint64_t asleep_usec;
} rows[] = {
    {{0, 0}, 0}, {{5, 5}, 0}, {{5, 7}, 2}, {{7, 5}, 0}, {{1, UINT64_MAX}, UINT64_MAX - 1},
};

START_TEST(sleep_is_what_one_clock_counts_and_the_other_does_not)
{
    Hands hands = rows[_i].hands;
    const Clock clock = {.awake_usec = awake_of, .lasting_usec = lasting_of, .data = &hands};
    ck_assert_uint_eq(clock_asleep_usec(&clock), rows[_i].asleep_usec);
}
END_TEST

START_TEST(the_clocks_of_the_system)
{
    uint64_t awake_usec = clock_awake_usec(&clock_system);
    uint64_t lasting_usec = clock_lasting_usec(&clock_system);
    ck_assert_uint_gt(awake_usec, 0);
    ck_assert_uint_ge(lasting_usec, awake_usec);
    ck_assert_uint_ge(clock_awake_usec(&clock_system), awake_usec);
    ck_assert_int_gt(clock_unix_sec(&clock_system), 0);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("clock");
    UNIT_ADD_ROWS(suite, sleep_is_what_one_clock_counts_and_the_other_does_not, rows);
    UNIT_ADD(suite, the_clocks_of_the_system);
    return suite;
}
