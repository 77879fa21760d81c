/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "predict/budget.h"
#include "unit.h"

#define MIB (UINT64_C(1) << 20)

static const struct {
    Meminfo memory; /* total, free, available, cached, swap total, swap free, writeback */
    BudgetRules rules;
    uint64_t read_mib;
    uint64_t keep_mib;
    bool writeback;
} rows[] = {
    /* -10 % of 1000 + 50 % of 800 */
    {{1000 * MIB, 100 * MIB, 800 * MIB, 0, 0, 0, 0}, {-10, 50, 0, 25}, 300, 600, false},
    /* half the swap free: factor sqrt(1/2); a quarter: 1/2 */
    {{1000 * MIB, 0, 800 * MIB, 0, 400 * MIB, 100 * MIB, 0}, {-10, 50, 0, 25}, 150, 600, false},
    {{1000 * MIB, 0, 800 * MIB, 0, 400 * MIB, 0, 0}, {-10, 50, 0, 25}, 0, 0, false},
    /* swap free above its total: a meminfo read while swapon ran */
    {{1000 * MIB, 0, 800 * MIB, 0, 400 * MIB, 800 * MIB, 0}, {-10, 50, 0, 25}, 300, 600, false},
    /* little available: nothing */
    {{1000 * MIB, 0, 200 * MIB, 0, 0, 0, 0}, {-10, 50, 0, 25}, 0, 0, false},
    {{1000 * MIB, 0, 100 * MIB, 0, 0, 0, 0}, {-10, 50, 0, 25}, 0, 0, false},
    /* memcached counts beside it, also when the rest is negative */
    {{1000 * MIB, 0, 100 * MIB, 60 * MIB, 0, 0, 0}, {-10, 50, 50, 25}, 30, 75, false},
    /* never more than there is */
    {{1000 * MIB, 0, 500 * MIB, 0, 0, 0, 0}, {100, 100, 0, 25}, 500, 500, false},
    /* writeback: 2 % of total is allowed, more is not */
    {{1000 * MIB, 0, 800 * MIB, 0, 0, 0, 20 * MIB}, {-10, 50, 0, 25}, 300, 600, false},
    {{1000 * MIB, 0, 800 * MIB, 0, 0, 0, 21 * MIB}, {-10, 50, 0, 25}, 0, 0, true},
};

START_TEST(formula)
{
    Budget budget = budget_of(&rows[_i].memory, &rows[_i].rules);
    ck_assert_uint_eq((budget.read_bytes + MIB / 2) / MIB, rows[_i].read_mib);
    ck_assert_uint_eq((budget.keep_bytes + MIB / 2) / MIB, rows[_i].keep_mib);
    ck_assert(budget.writeback == rows[_i].writeback);
    ck_assert_uint_ge(budget.keep_bytes, budget.read_bytes);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("budget");
    UNIT_ADD_ROWS(suite, formula, rows);
    return suite;
}
