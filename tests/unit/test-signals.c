/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "service/signals.h"
#include "unit.h"
#include <signal.h>

static volatile sig_atomic_t n_come;

static void come(int number)
{
    (void)number;
    n_come = n_come + 1;
}

START_TEST(what_is_held_comes_when_it_is_released)
{
    n_come = 0;
    const struct sigaction action = {.sa_handler = come};
    struct sigaction before;
    ck_assert_int_eq(sigaction(signals_answered[_i].number, &action, &before), 0);
    signals_hold();
    ck_assert(!signals_end_waits());
    ck_assert_int_eq(raise(signals_answered[_i].number), 0);
    ck_assert_int_eq(n_come, 0);
    ck_assert(signals_end_waits() == (signals_answered[_i].wish == SIGNAL_END));
    signals_release();
    ck_assert_int_eq(n_come, 1);
    ck_assert(!signals_end_waits());
    ck_assert_int_eq(sigaction(signals_answered[_i].number, &before, NULL), 0);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("signals");
    UNIT_ADD_ROWS(suite, what_is_held_comes_when_it_is_released, signals_answered);
    return suite;
}
