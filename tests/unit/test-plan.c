/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "given.h"
#include "predict/plan.h"
#include "unit.h"

static const ProphetRules rules = {30, true};

START_TEST(all_that_is_wanted_in_its_order_with_the_blocks_of_those_who_want_it)
{
    Model *model = given_three();
    BlockSet more = BLOCK_SET_NULL;
    FileId id = {0};
    (void)block_set_add_run(&more, 100, 2);
    (void)model_add_edge(model, exe_of(model, "/b"), "/lib", &id, &more);
    (void)block_set_add_run(&more, 200, 1);
    (void)model_add_edge(model, exe_of(model, "/c"), "/c.data", &id, &more);
    when(model, 5, given_pass("/c", "")); /* /lib and /c.data are in use */
    Budget budget = {.read_bytes = 1, .keep_bytes = 1};
    g_autoptr(Prophecy) prophecy = prophet_prophesy(model, &rules);
    g_autoptr(Plan) plan = plan_new(model, prophecy, &budget);
    ck_assert_uint_eq(plan->items->len, 2);
    ck_assert_uint_eq(plan->budget.read_bytes, 1);
    for (guint i = 0; i < plan->items->len; i++) {
        const PlanItem *item = &g_array_index(plan->items, PlanItem, i);
        const Map *map = prophecy->maps->pdata[i];
        ck_assert_str_eq(item->path, map->path);
        ck_assert_float_eq(item->lnprob, map->lnprob);
    }
    when(model, 5, given_pass("", "/c"));
    g_autoptr(Prophecy) idle = prophet_prophesy(model, &rules);
    g_autoptr(Plan) all = plan_new(model, idle, &budget);
    ck_assert_uint_eq(all->items->len, 4);
    const PlanItem *lib = &g_array_index(all->items, PlanItem, 0);
    ck_assert_str_eq(lib->path, "/lib");
    ck_assert_uint_eq(block_set_bytes(&lib->blocks), MIB + 2 * BLOCK_BYTES);
    block_set_clear(&more);
    model_free(model);
}
END_TEST

START_TEST(without_a_budget_nothing)
{
    Model *model = given_three();
    Budget budget = {0};
    g_autoptr(Prophecy) prophecy = prophet_prophesy(model, &rules);
    g_autoptr(Plan) plan = plan_new(model, prophecy, &budget);
    ck_assert_uint_eq(plan->items->len, 0);
    plan_free(NULL);
    model_free(model);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("plan");
    UNIT_ADD(suite, all_that_is_wanted_in_its_order_with_the_blocks_of_those_who_want_it);
    UNIT_ADD(suite, without_a_budget_nothing);
    return suite;
}
