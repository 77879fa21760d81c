/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "service/allowance.h"
#include "unit.h"

#define SEC G_USEC_PER_SEC

static int drain(Allowances *allowances, uid_t uid, uint64_t now_usec)
{
    int n = 0;
    while (n < 10000 && allowances_take(allowances, uid, 1, now_usec))
        n++;
    return n;
}

START_TEST(a_burst_is_let_through_and_then_so_many_a_second)
{
    g_autoptr(Allowances) allowances = allowances_new();
    ck_assert_int_eq(drain(allowances, 1000, SEC), (int)ALLOWANCE_BURST);
    ck_assert_int_eq(drain(allowances, 1000, 2 * SEC), (int)ALLOWANCE_PER_SEC);
    ck_assert_int_eq(drain(allowances, 1000, 2 * SEC), 0);
    ck_assert_int_eq(drain(allowances, 1000, 1000 * SEC), (int)ALLOWANCE_BURST);
    ck_assert(!allowances_take(allowances, 1000, 1,
                               999 * SEC)); /* a clock that goes back gives nothing */
}
END_TEST

START_TEST(what_costs_more_takes_more)
{
    g_autoptr(Allowances) allowances = allowances_new();
    ck_assert(allowances_take(allowances, 1, ALLOWANCE_BURST - 1, 0));
    ck_assert(!allowances_take(allowances, 1, 2, 0));
    ck_assert(allowances_take(allowances, 1, 1, 0));
}
END_TEST

START_TEST(users_do_not_take_from_each_other)
{
    g_autoptr(Allowances) allowances = allowances_new();
    (void)drain(allowances, 1000, 0);
    ck_assert_int_eq(drain(allowances, 1001, 0), (int)ALLOWANCE_BURST);
}
END_TEST

START_TEST(the_number_of_users_is_bounded)
{
    g_autoptr(Allowances) allowances = allowances_new();
    for (uid_t uid = 0; uid < 3 * ALLOWANCE_USERS_MAX; uid++)
        ck_assert(allowances_take(allowances, uid, 1, uid));
    /* The latest are remembered. */
    ck_assert(!allowances_take(allowances, 3 * ALLOWANCE_USERS_MAX - 1, ALLOWANCE_BURST, 200));
    ck_assert(allowances_take(allowances, 0, ALLOWANCE_BURST, 200));
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("allowance");
    UNIT_ADD(suite, a_burst_is_let_through_and_then_so_many_a_second);
    UNIT_ADD(suite, what_costs_more_takes_more);
    UNIT_ADD(suite, users_do_not_take_from_each_other);
    UNIT_ADD(suite, the_number_of_users_is_bounded);
    return suite;
}
