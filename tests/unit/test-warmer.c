/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "ctl/goals.h"
#include "ctl/warmer.h"
#include "disk.h"
#include <signal.h>

#define MIB (UINT64_C(1) << 20)

typedef struct {
    char *directory;
    Goals *goals;
    WarmOrder order;
    WarmOutcome outcome;
} Fixture;

static bool setup(Fixture *fixture)
{
    *fixture = (Fixture){.directory = disk_mkdir(), .goals = goals_new()};
    fixture->order = (WarmOrder){.goals = fixture->goals->all,
                                 .memory = {.memfree_percent = 100},
                                 .n_threads = 2,
                                 .force = true};
    return fixture->directory != NULL;
}

static void teardown(Fixture *fixture)
{
    goals_free(fixture->goals);
    if (fixture->directory != NULL)
        unit_rmdir(fixture->directory);
}

static char *want(Fixture *fixture, const char *name, size_t size_bytes)
{
    const GoalRules rules = {.strategy = STRATEGY_SEQUENTIAL};
    char *path = disk_file(fixture->directory, name, size_bytes);
    goals_add(fixture->goals, path, &rules);
    disk_drop(path);
    return path;
}

START_TEST(all_goals_are_in_memory_then)
{
    Fixture fixture;
    if (!setup(&fixture)) {
        teardown(&fixture);
        unit_skip("no disk here");
    }
    g_autofree char *a = want(&fixture, "a", 3 * MIB);
    g_autofree char *b = want(&fixture, "b", 10000);
    warmer_run(&fixture.order, NULL, NULL, &fixture.outcome);
    ck_assert_uint_eq(disk_resident(a, 0, 3 * MIB), 3 * MIB);
    ck_assert_uint_eq(disk_resident(b, 0, 10000), 12288);
    ck_assert_uint_eq(fixture.outcome.progress.done_bytes, 3 * MIB + 10000);
    ck_assert_uint_eq(fixture.outcome.progress.read_bytes, 3 * MIB + 10000);
    ck_assert_uint_eq(fixture.outcome.left_bytes, 0);
    ck_assert(!fixture.outcome.interrupted);
    teardown(&fixture);
}
END_TEST

START_TEST(a_budget_is_kept)
{
    Fixture fixture;
    if (!setup(&fixture)) {
        teardown(&fixture);
        unit_skip("no disk here");
    }
    g_autofree char *a = want(&fixture, "a", 3 * MIB);
    g_autofree char *b = want(&fixture, "b", MIB);
    fixture.order.budget_bytes = MIB;
    warmer_run(&fixture.order, NULL, NULL, &fixture.outcome);
    ck_assert_uint_eq(disk_resident(a, 0, 3 * MIB), MIB);
    ck_assert_uint_eq(disk_resident(b, 0, MIB), 0);
    ck_assert_uint_eq(fixture.outcome.left_bytes, 3 * MIB);
    teardown(&fixture);
}
END_TEST

/* The first look at the progress is before a rate of a block a second has let it end. */
static void interrupt(const WarmProgress *progress, gpointer data)
{
    (void)progress;
    if ((*(int *)data)++ == 0)
        ck_assert_int_eq(kill(getpid(), SIGINT), 0);
}

START_TEST(a_signal_ends_it_cleanly)
{
    Fixture fixture;
    int n_ticks = 0;
    if (!setup(&fixture)) {
        teardown(&fixture);
        unit_skip("no disk here");
    }
    g_free(want(&fixture, "a", 8 * MIB));
    fixture.order.rate_bytes = 65536;
    warmer_run(&fixture.order, interrupt, &n_ticks, &fixture.outcome);
    ck_assert(fixture.outcome.interrupted);
    ck_assert_uint_lt(fixture.outcome.progress.read_bytes, 8 * MIB);
    teardown(&fixture);
}
END_TEST

START_TEST(nothing_to_do_is_done_at_once)
{
    Fixture fixture;
    (void)setup(&fixture);
    warmer_run(&fixture.order, NULL, NULL, &fixture.outcome);
    ck_assert_uint_eq(fixture.outcome.progress.goal_bytes, 0);
    teardown(&fixture);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("warmer");
    UNIT_ADD(suite, all_goals_are_in_memory_then);
    UNIT_ADD(suite, a_budget_is_kept);
    UNIT_ADD(suite, a_signal_ends_it_cleanly);
    UNIT_ADD(suite, nothing_to_do_is_done_at_once);
    return suite;
}
