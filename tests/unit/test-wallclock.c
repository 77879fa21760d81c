/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "predict/wallclock.h"
#include "unit.h"

#define DAY INT64_C(86400)

static const struct {
    int64_t local_sec;
    int weekday; /* 0: Thursday */
    int quarter;
    bool weekend;
} times[] = {
    {0, 0, 0, false},
    {899, 0, 0, false},
    {900, 0, 1, false},
    {DAY - 1, 0, 95, false},
    {DAY, 1, 0, false},
    {2 * DAY, 2, 0, true},              /* Saturday */
    {3 * DAY + 12 * 3600, 3, 48, true}, /* Sunday */
    {4 * DAY, 4, 0, false},
    {7 * DAY, 0, 0, false},
    {1700438400, 4, 0, false}, /* 2023-11-20, a Monday */
    {-1, 6, 95, false},        /* before 1970: days still begin at midnight */
    {-DAY, 6, 0, false},
    {-5 * DAY, 2, 0, true},
    {INT64_C(1000000000000), 1, 7, false}, /* the ends of what a state may say */
    {INT64_C(-1000000000000), 5, 88, false},
};

START_TEST(days_and_quarters)
{
    int weekday = wallclock_weekday(times[_i].local_sec);
    ck_assert_int_eq(weekday, times[_i].weekday);
    ck_assert_int_eq(wallclock_quarter(times[_i].local_sec), times[_i].quarter);
    ck_assert(wallclock_is_weekend(weekday) == times[_i].weekend);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("wallclock");
    UNIT_ADD_ROWS(suite, days_and_quarters, times);
    return suite;
}
