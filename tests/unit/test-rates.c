/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "given-prophet.h"
#include "unit.h"

START_TEST(a_bid_rises_with_the_chance_and_the_number_of_launches)
{
    Rates rates;
    rates_init(&rates);
    double low = rates_raw(&rates, HORIZON_LATER, 3, 0.1);
    double high = rates_raw(&rates, HORIZON_LATER, 3, 0.5);
    ck_assert(low > 0 && low < high && high < 1);
    for (int i = 0; i < 100; i++)
        rates_learn_number(&rates, HORIZON_LATER, 3, 5);
    ck_assert_double_gt(rates_raw(&rates, HORIZON_LATER, 3, 0.1), low);
    ck_assert_double_eq(rates_raw(&rates, HORIZON_LATER, 4, 0.1), low); /* another bin */
}
END_TEST

START_TEST(at_first_bids_are_taken_as_they_are)
{
    Rates rates;
    rates_init(&rates);
    for (double raw = 0.01; raw < 1; raw += 0.07)
        ck_assert_double_eq_tol(rates_calibrate(&rates, HORIZON_SOON, raw), raw, 1e-9);
}
END_TEST

/* What is bid 0.5 comes true once in five times, and what is bid 0.1 once in fifty. */
START_TEST(bids_come_to_mean_what_they_say)
{
    Rates rates;
    rates_init(&rates);
    for (int i = 0; i < 100000; i++) {
        rates_learn_outcome(&rates, HORIZON_LATER, 0.5, i % 5 == 0);
        rates_learn_outcome(&rates, HORIZON_LATER, 0.1, i % 50 == 0);
    }
    ck_assert_double_eq_tol(rates_calibrate(&rates, HORIZON_LATER, 0.5), 0.2, 0.05);
    ck_assert_double_eq_tol(rates_calibrate(&rates, HORIZON_LATER, 0.1), 0.02, 0.02);
    ck_assert_double_eq_tol(rates_calibrate(&rates, HORIZON_SOON, 0.5), 0.5, 1e-9);
}
END_TEST

START_TEST(nothing_is_certain_whatever_happens)
{
    Rates rates;
    rates_init(&rates);
    for (int i = 0; i < 100000; i++)
        rates_learn_outcome(&rates, HORIZON_SOON, i % 2 == 0 ? 0 : 1, true);
    for (int i = 0; i < 1000; i++)
        rates_learn_number(&rates, HORIZON_SOON, 0, 1e6);
    const double chances[] = {0, 1e-30, 0.5, 1};
    for (size_t i = 0; i < G_N_ELEMENTS(chances); i++) {
        double bid =
            rates_calibrate(&rates, HORIZON_SOON, rates_raw(&rates, HORIZON_SOON, 0, chances[i]));
        ck_assert(bid > 0 && bid < 1);
    }
}
END_TEST

START_TEST(a_session_without_launches_is_a_time_of_its_own)
{
    Model *model = given_nothing();
    ck_assert_uint_eq(rates_bin(model), RATES_FRESH);
    when_run(model, "/a", 2, 60);
    ck_assert_uint_eq(rates_bin(model), launches_rest_bin(62 * SEC));
    launches_begin_session(&model->launches, model->now_usec);
    ck_assert_uint_eq(rates_bin(model), RATES_FRESH);
    model_free(model);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("rates");
    UNIT_ADD(suite, a_bid_rises_with_the_chance_and_the_number_of_launches);
    UNIT_ADD(suite, at_first_bids_are_taken_as_they_are);
    UNIT_ADD(suite, bids_come_to_mean_what_they_say);
    UNIT_ADD(suite, nothing_is_certain_whatever_happens);
    UNIT_ADD(suite, a_session_without_launches_is_a_time_of_its_own);
    return suite;
}
