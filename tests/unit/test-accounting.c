/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "prefetch/accounting.h"
#include "unit.h"

START_TEST(reports_add_up_by_class_and_cycle)
{
    const ReadaheadReport report = {.n_files = 2,
                                    .n_requests = 3,
                                    .n_skipped = 4,
                                    .n_failed = 5,
                                    .planned_bytes = 100,
                                    .resident_bytes = 10,
                                    .submitted_bytes = 60,
                                    .loaded_bytes = 50,
                                    .n_merged = 1,
                                    .gap_bytes = 7,
                                    .cancelled_bytes = 30,
                                    .left_bytes = 9,
                                    .n_primed = 8,
                                    .took_usec = 1000,
                                    .cancelled = true};
    Accounting accounting = {0};
    accounting_note(&accounting, CLASS_PREDICTED, &report);
    accounting_begin_cycle(&accounting);
    accounting_note(&accounting, CLASS_PREDICTED, &report);
    const AccountingRow *all = &accounting.all[CLASS_PREDICTED];
    ck_assert_uint_eq(all->n_plans, 2);
    ck_assert_uint_eq(all->n_stopped, 2);
    ck_assert_uint_eq(all->n_files, 4);
    ck_assert_uint_eq(all->n_requests, 6);
    ck_assert_uint_eq(all->n_skipped, 8);
    ck_assert_uint_eq(all->n_failed, 10);
    ck_assert_uint_eq(all->asked_bytes, 200);
    ck_assert_uint_eq(all->resident_bytes, 20);
    ck_assert_uint_eq(all->read_bytes, 120);
    ck_assert_uint_eq(all->loaded_bytes, 100);
    ck_assert_uint_eq(all->n_merged, 2);
    ck_assert_uint_eq(all->gap_bytes, 14);
    ck_assert_uint_eq(all->cancelled_bytes, 60);
    ck_assert_uint_eq(all->left_bytes, 18);
    ck_assert_uint_eq(all->n_primed, 16);
    ck_assert_uint_eq(all->took_usec, 2000);
    ck_assert_uint_eq(accounting.cycle[CLASS_PREDICTED].read_bytes, 60);
    ck_assert_uint_eq(accounting.all[CLASS_ASSIST].n_plans, 0);
}
END_TEST

START_TEST(waste_counts_from_the_start)
{
    Accounting accounting = {0};
    accounting_note_wasted(&accounting, 1000); /* of earlier runs */
    ck_assert_uint_eq(accounting.wasted_bytes, 0);
    accounting_note_wasted(&accounting, 1500);
    ck_assert_uint_eq(accounting.wasted_bytes, 500);
    ck_assert_uint_eq(accounting.cycle_wasted_bytes, 500);
    accounting_begin_cycle(&accounting);
    accounting_note_wasted(&accounting, 1600);
    ck_assert_uint_eq(accounting.wasted_bytes, 600);
    ck_assert_uint_eq(accounting.cycle_wasted_bytes, 100);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("accounting");
    UNIT_ADD(suite, reports_add_up_by_class_and_cycle);
    UNIT_ADD(suite, waste_counts_from_the_start);
    return suite;
}
