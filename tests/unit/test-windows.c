/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "given-prophet.h"
#include "unit.h"

enum { LATER_USEC = (int)HORIZON_LATER_SEC * G_USEC_PER_SEC };

/* /a is bid 0.8 for and /b 0.3, for ten minutes; nothing is for the next half minute. */
static Model *given_bids(void)
{
    Model *model = given_three();
    exe_of(model, "/a")->raw[HORIZON_LATER] = exe_of(model, "/a")->bid[HORIZON_LATER] = 0.8F;
    exe_of(model, "/b")->raw[HORIZON_LATER] = exe_of(model, "/b")->bid[HORIZON_LATER] = 0.3F;
    return model;
}

START_TEST(what_came_true_is_counted_once_it_is_over)
{
    Model *model = given_bids();
    Windows windows = {0};
    const Calibration *calibration = &windows.of[HORIZON_LATER].calibration;
    windows_turn(&windows, model, 30);
    model_advance(model, LATER_USEC - 1);
    windows_note(&windows, model, exe_of(model, "/a"));
    windows_turn(&windows, model, 30);
    ck_assert_uint_eq(calibration->n, 0);
    model_advance(model, 1);
    windows_turn(&windows, model, 30);
    ck_assert_uint_eq(calibration->n, 2); /* /c was not bid for */
    ck_assert_uint_eq(calibration->bins[8].n, 1);
    ck_assert_uint_eq(calibration->bins[8].n_launched, 1);
    ck_assert_uint_eq(calibration->bins[3].n, 1);
    ck_assert_uint_eq(calibration->bins[3].n_launched, 0);
    ck_assert_double_eq_tol(calibration_brier(calibration), (0.04 + 0.09) / 2, 1e-6);
    ck_assert_uint_eq(windows.of[HORIZON_SOON].calibration.n, 0);
    model_free(model);
}
END_TEST

START_TEST(a_launch_counts_in_one_window_only)
{
    Model *model = given_bids();
    Windows windows = {0};
    windows_turn(&windows, model, 30);
    model_advance(model, LATER_USEC);
    windows_note(&windows, model, exe_of(model, "/a")); /* it is over, though nobody has looked */
    windows_turn(&windows, model, 30);
    ck_assert_uint_eq(windows.of[HORIZON_LATER].calibration.bins[8].n_launched, 0);
    windows_note(&windows, model, exe_of(model, "/a"));
    windows_note(&windows, model, exe_of(model, "/a"));
    model_advance(model, LATER_USEC);
    windows_turn(&windows, model, 30);
    ck_assert_uint_eq(windows.of[HORIZON_LATER].calibration.bins[8].n_launched, 1);
    model_free(model);
}
END_TEST

START_TEST(rates_learn_how_many_launches_there_were)
{
    Model *model = given_bids();
    Windows windows = {0};
    uint8_t bin = rates_bin(model);
    windows_turn(&windows, model, 30);
    float before = model->rates.of[HORIZON_LATER].launches[bin];
    for (int i = 0; i < 9; i++)
        windows_note(&windows, model, exe_of(model, "/c"));
    model_advance(model, LATER_USEC);
    windows_turn(&windows, model, 30);
    ck_assert_float_gt(model->rates.of[HORIZON_LATER].launches[bin], before);
    model_free(model);
}
END_TEST

START_TEST(what_is_dropped_teaches_nothing)
{
    Model *model = given_bids();
    Windows windows = {0};
    windows_turn(&windows, model, 30);
    const Rates before = model->rates;
    windows_drop(&windows);
    windows_note(&windows, model, exe_of(model, "/a"));
    model_advance(model, LATER_USEC);
    windows_turn(&windows, model, 30);
    ck_assert_uint_eq(windows.of[HORIZON_LATER].calibration.n, 0);
    ck_assert_double_eq(calibration_brier(&windows.of[HORIZON_LATER].calibration), 0);
    ck_assert_mem_eq(&before, &model->rates, sizeof(before));
    model_free(model);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("windows");
    UNIT_ADD(suite, what_came_true_is_counted_once_it_is_over);
    UNIT_ADD(suite, a_launch_counts_in_one_window_only);
    UNIT_ADD(suite, rates_learn_how_many_launches_there_were);
    UNIT_ADD(suite, what_is_dropped_teaches_nothing);
    return suite;
}
