/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "model/days.h"
#include "unit.h"

static const struct {
    int64_t local_sec;
    int32_t day;
} times[] = {
    {0, 0},
    {86399, 0},
    {86400, 1},
    {-1, -1},
    {-86400, -1},
    {-86401, -2},
    {INT64_MAX, DAY_LIMIT},
    {INT64_MIN, -DAY_LIMIT},
};

START_TEST(a_day_begins_at_midnight)
{
    ck_assert_int_eq(days_of(times[_i].local_sec), times[_i].day);
}
END_TEST

START_TEST(days_rise_and_the_oldest_makes_room)
{
    Days days = {0};
    for (int32_t day = 1; day <= DAYS_MAX + 5; day++)
        days_at(&days, day * 2)->read_bytes = (uint64_t)day;
    ck_assert_uint_eq(days.n, DAYS_MAX);
    ck_assert_int_eq(days.of[0].day, 12);
    ck_assert_uint_eq(days.of[DAYS_MAX - 1].read_bytes, DAYS_MAX + 5);
    /* A clock that was set back: between two of them, of the oldest, and before it. */
    ck_assert_uint_eq(days_at(&days, 15)->read_bytes, 0);
    ck_assert_int_eq(days.of[0].day, 14);
    ck_assert_int_eq(days.of[1].day, 15);
    ck_assert_int_eq(days_at(&days, 3)->day, 14);
    for (uint32_t i = 1; i < days.n; i++)
        ck_assert_int_lt(days.of[i - 1].day, days.of[i].day);
}
END_TEST

START_TEST(a_sum_is_of_its_days_only)
{
    Days days = {0};
    for (int32_t day = 1; day <= 9; day++) {
        Day *at = days_at(&days, day);
        at->metrics.launches = 1;
        day_note_read(at, 100, day % 2 == 0 ? 10 : 0);
    }
    Day sum = days_sum(&days, 3, 6);
    ck_assert_uint_eq(sum.metrics.launches, 4);
    ck_assert_uint_eq(sum.read_bytes, 400);
    ck_assert_uint_eq(sum.timed_bytes, 200);
    ck_assert_uint_eq(sum.read_usec, 20);
    ck_assert_uint_eq(days_sum(&days, 10, 20).read_bytes, 0);
}
END_TEST

START_TEST(sums_fade_together)
{
    Day day = {0};
    day_note_read(&day, UINT64_MAX, UINT64_MAX);
    day_note_read(&day, UINT64_MAX, 0);
    ck_assert_uint_le(day.read_bytes, METRICS_BYTES_MAX);
    ck_assert_uint_eq(day.timed_bytes * 2, day.read_bytes);
    ck_assert_uint_eq(day.read_usec, day.timed_bytes);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("days");
    UNIT_ADD_ROWS(suite, a_day_begins_at_midnight, times);
    UNIT_ADD(suite, days_rise_and_the_oldest_makes_room);
    UNIT_ADD(suite, a_sum_is_of_its_days_only);
    UNIT_ADD(suite, sums_fade_together);
    return suite;
}
