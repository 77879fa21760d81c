/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "given-prophet.h"
#include "predict/plan.h"
#include "unit.h"

static const Budget plenty = {
    .read_bytes = 1, .keep_bytes = 1000 * MIB, .observation_percent = 100};

/* "/path:BLOCKS /directory/ ...", in the plan's order. */
static void assert_plan(const Plan *plan, const char *expected)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < plan->items->len; i++) {
        const PlanItem *item = &g_array_index(plan->items, PlanItem, i);
        g_string_append_printf(text, "%s%s%s", i > 0 ? " " : "", item->path,
                               item->directory ? "/" : "");
        if (item->blocks.n_runs > 0) {
            g_string_append_c(text, ':');
            block_set_print(&item->blocks, text);
        }
    }
    ck_assert_str_eq(text->str, expected);
}

START_TEST(all_that_is_wanted_in_its_order_with_the_blocks_of_those_who_want_it)
{
    Model *model = given_three();
    BlockSet more = BLOCK_SET_NULL;
    FileId id = {0};
    (void)block_set_add_run(&more, 100, 2);
    (void)model_add_edge(model, exe_of(model, "/b"), "/b.data", &id, &more);
    (void)block_set_add_run(&more, 200, 1);
    (void)model_add_edge(model, exe_of(model, "/c"), "/c.data", &id, &more);
    when(model, 5, given_pass("/c", "")); /* /lib and /c.data are in use */
    g_autoptr(Prophecy) prophecy = prophet_prophesy(given_prophet(model, &given_rules));
    g_autoptr(Plan) plan = plan_new(model, prophecy, &plenty);
    assert_plan(plan, "/a.data:0-15 /b.data:0-31,100-101");
    ck_assert_uint_eq(plan->budget.read_bytes, 1);
    for (guint i = 0; i < plan->items->len; i++) {
        const PlanItem *item = &g_array_index(plan->items, PlanItem, i);
        ck_assert_float_lt(item->lnprob, 0);
        ck_assert_float_eq(item->lnprob, model_find_map(model, item->path)->lnprob);
    }
    when(model, 5, given_pass("", "/c"));
    g_autoptr(Prophecy) idle = prophet_prophesy(given_prophet(model, &given_rules));
    g_autoptr(Plan) all = plan_new(model, idle, &plenty);
    /* /c, that was launched once more, before the others */
    assert_plan(all, "/lib:0-15 /c.data:0-47,100-101,200 /a.data:0-15 /b.data:0-31,100-101");
    block_set_clear(&more);
    model_free(model);
}
END_TEST

/* What /idle wants of /lib, beside the blocks 0 to 9 that /runs wants. */
static const struct {
    const char *idle;
    const char *plan;
} uses[] = {
    {"/lib=0-9@1", ""},           {"/lib=3-4@1", ""},       {"/lib", ""},
    {"/lib=9-10@1", "/lib:9-10"}, {"/lib=20@1", "/lib:20"}, {"/other", "/other"},
};

START_TEST(a_file_in_use_is_left_out_if_what_runs_wants_all_of_it)
{
    Model *model = given_model(0);
    when_launched(model, given_launch("/idle", 1, uses[_i].idle));
    when(model, 10, given_pass("", "/idle"));
    when_launched(model, given_launch("/runs", 2, "/lib=0-9@1 /own=5@1 /directory/"));
    ck_assert(exe_of(model, "/runs")->running && !exe_of(model, "/idle")->running);
    g_autoptr(Prophecy) prophecy = prophet_prophesy(given_prophet(model, &given_rules));
    g_autoptr(Plan) plan = plan_new(model, prophecy, &plenty);
    assert_plan(plan, uses[_i].plan);
    model_free(model);
}
END_TEST

START_TEST(metadata_is_planned_without_blocks)
{
    Model *model = given_model(0);
    when_launched(model, given_launch("/x", 1, "/opened /listed/ /read=0-3@1"));
    when(model, 10, given_pass("", "/x"));
    g_autoptr(Prophecy) prophecy = prophet_prophesy(given_prophet(model, &given_rules));
    g_autoptr(Plan) plan = plan_new(model, prophecy, &plenty);
    assert_plan(plan, "/listed/ /opened /read:0-3");
    model_free(model);
}
END_TEST

START_TEST(a_launch_is_planned_in_the_order_of_its_touches)
{
    Model *model = given_model(0);
    Sighting *first = given_launch("/x", 1, "/b=0-3@2 /opened /a=7@0 /listed/ /c=1@2");
    when_launched(model, first);
    when_launched(model, given_launch("/x", 1, "/b=0-9@5 /a=7@1"));
    const Budget none = {0};
    g_autoptr(Plan) plan = plan_of_launch(exe_of(model, "/x"), &plenty);
    assert_plan(plan, "/a:7 /opened /listed/ /b:0-3 /c:1 /b:4-9");
    ck_assert_uint_eq(plan->budget.keep_bytes, 1000 * MIB);
    ck_assert_float_eq(g_array_index(plan->items, PlanItem, 0).lnprob, 0);
    g_autoptr(Plan) nothing = plan_of_launch(exe_of(model, "/x"), &none);
    ck_assert_uint_eq(nothing->items->len, 0);
    model_free(model);
}
END_TEST

START_TEST(without_a_budget_nothing)
{
    Model *model = given_three();
    Budget budget = {0};
    g_autoptr(Prophecy) prophecy = prophet_prophesy(given_prophet(model, &given_rules));
    g_autoptr(Plan) plan = plan_new(model, prophecy, &budget);
    ck_assert_uint_eq(plan->items->len, 0);
    plan_free(NULL);
    model_free(model);
}
END_TEST

static const struct {
    guint first;
    guint n_names;
    guint n_items;
} pieces[] = {{0, 100, 4}, {0, 2, 2}, {3, 2, 1}, {4, 2, 0}, {100, 100, 0}, {1, 0, 0}};

/* In the model's order, whatever was bid; nothing but names. */
START_TEST(names_of_a_piece_of_all)
{
    Model *model = given_three();
    ck_assert_uint_eq(model->maps->len, 4);
    g_autoptr(Plan) plan = plan_of_names(model, pieces[_i].first, pieces[_i].n_names);
    ck_assert_uint_eq(plan->items->len, pieces[_i].n_items);
    ck_assert_uint_ge(plan->budget.read_bytes, BLOCK_BYTES);
    for (guint i = 0; i < plan->items->len; i++) {
        const PlanItem *item = &g_array_index(plan->items, PlanItem, i);
        const Map *map = model->maps->pdata[pieces[_i].first + i];
        ck_assert_str_eq(item->path, map->path);
        ck_assert_uint_eq(item->blocks.n_runs, 0);
    }
    model_free(model);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("plan");
    UNIT_ADD(suite, all_that_is_wanted_in_its_order_with_the_blocks_of_those_who_want_it);
    UNIT_ADD_ROWS(suite, a_file_in_use_is_left_out_if_what_runs_wants_all_of_it, uses);
    UNIT_ADD(suite, metadata_is_planned_without_blocks);
    UNIT_ADD(suite, a_launch_is_planned_in_the_order_of_its_touches);
    UNIT_ADD(suite, without_a_budget_nothing);
    UNIT_ADD_ROWS(suite, names_of_a_piece_of_all, pieces);
    return suite;
}
