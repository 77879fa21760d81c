/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "ctl/goals.h"
#include "unit.h"
#include <unistd.h>

static const GoalRules plain = {.strategy = STRATEGY_AUTO};

static char *given_files(void)
{
    char *directory = unit_mkdir();
    g_autofree char *content = g_strnfill(20000, 'x');
    g_free(unit_write(directory, "d/a", content, 20000));
    g_free(unit_write(directory, "d/b", content, 20000));
    g_free(unit_write(directory, "c", content, 20000));
    return directory;
}

static char *print(const Goals *goals)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < goals->all->len; i++) {
        const Goal *goal = goals->all->pdata[i];
        g_string_append_printf(text, "%s:%u ", strrchr(goal->path, '/') + 1,
                               (unsigned)goal->goal_bytes);
    }
    return g_strdup(text->str);
}

START_TEST(each_file_comes_once)
{
    g_autofree char *directory = given_files();
    g_autoptr(Goals) goals = goals_new();
    g_autofree char *b = g_build_filename(directory, "d/b", NULL);
    goals_add(goals, b, &plain);
    goals_add(goals, directory, &plain);
    g_autofree char *text = print(goals);
    ck_assert_str_eq(text, "b:20000 c:20000 a:20000 ");
    unit_rmdir(g_steal_pointer(&directory));
}
END_TEST

START_TEST(what_is_not_there_is_a_problem)
{
    g_autoptr(Goals) goals = goals_new();
    goals_add(goals, "/nowhere/at/all", &plain);
    ck_assert_uint_eq(goals->all->len, 0);
    ck_assert_uint_eq(goals->problems->len, 1);
}
END_TEST

START_TEST(in_a_directory_what_does_not_fit_is_left_out)
{
    const GoalRules rules = {.strategy = STRATEGY_METADATA_ONLY};
    g_autofree char *directory = given_files();
    g_autoptr(Goals) goals = goals_new();
    goals_add(goals, directory, &rules);
    ck_assert_uint_eq(goals->all->len, 0);
    ck_assert_uint_eq(goals->n_unfit, 3);
    ck_assert_uint_eq(goals->problems->len, 0);
    unit_rmdir(g_steal_pointer(&directory));
}
END_TEST

static const struct {
    Policy policy;
    const char *wanted;
} policies[] = {
    {POLICY_FS, "c:8192 a:20000 b:20000 "},
    {POLICY_BLOB, "c:16384 a:20000 b:20000 "},
    {POLICY_SLOW, "c:20000 a:20000 b:20000 "},
};

START_TEST(a_list_is_what_its_policy_makes_of_it)
{
    const Range parts[] = {{12288, 100}, {0, 100}};
    g_autofree char *directory = given_files();
    g_autofree char *c = g_build_filename(directory, "c", NULL);
    g_autofree char *d = g_build_filename(directory, "d", NULL);
    g_autoptr(List) list = list_new();
    g_autoptr(Goals) goals = goals_new();
    ck_assert(list_add(list, c, &parts[0]) && list_add(list, c, &parts[1]));
    ck_assert(list_add(list, d, NULL));
    goals_add_list(goals, list, policies[_i].policy, &plain);
    g_autofree char *text = print(goals);
    ck_assert_str_eq(text, policies[_i].wanted);
    unit_rmdir(g_steal_pointer(&directory));
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("goals");
    UNIT_ADD(suite, each_file_comes_once);
    UNIT_ADD(suite, what_is_not_there_is_a_problem);
    UNIT_ADD(suite, in_a_directory_what_does_not_fit_is_left_out);
    UNIT_ADD_ROWS(suite, a_list_is_what_its_policy_makes_of_it, policies);
    return suite;
}
