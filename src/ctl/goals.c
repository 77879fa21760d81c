/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "ctl/goals.h"
#include "base/inodes.h"
#include "formats/gather.h"
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static void free_goal(gpointer data)
{
    goal_free(data);
}

Goals *goals_new(void)
{
    Goals *goals = g_new0(Goals, 1);
    goals->all = g_ptr_array_new_with_free_func(free_goal);
    goals->problems = g_ptr_array_new_with_free_func(g_free);
    goals->seen = inodes_new();
    return goals;
}

void goals_free(Goals *goals)
{
    if (goals == NULL)
        return;
    g_ptr_array_unref(goals->all);
    g_ptr_array_unref(goals->problems);
    g_hash_table_unref(goals->seen);
    g_free(goals);
}

/* Takes the goal; false, and it is freed, if the file is among them. */
static bool take(Goals *goals, Goal *goal)
{
    bool fresh = inodes_add(goals->seen, goal->dev, goal->ino);
    if (fresh)
        g_ptr_array_add(goals->all, goal);
    else
        goal_free(goal);
    return fresh;
}

/* In a directory, or beside a file, what has no such parts is no mistake of anybody's. */
static void add_incidental(Goals *goals, const char *path, const GoalRules *rules)
{
    g_autoptr(GError) error = NULL;
    const GoalRules own = {.strategy = rules->strategy, .n_layers = rules->n_layers};
    Goal *goal = goal_new(path, &own, &error);
    if (goal != NULL)
        (void)take(goals, goal);
    else if (error->domain == STRATEGY_ERROR)
        goals->n_unfit++;
    else
        g_ptr_array_add(goals->problems, g_strdup(error->message));
}

static void add_companions(Goals *goals, const Goal *goal, const GoalRules *rules)
{
    g_autofree char *directory = g_path_get_dirname(goal->given);
    for (guint i = 0; i < goal->anatomy->companions->len; i++) {
        g_autofree char *path =
            g_build_filename(directory, goal->anatomy->companions->pdata[i], NULL);
        if (g_file_test(path, G_FILE_TEST_IS_REGULAR))
            add_incidental(goals, path, rules);
    }
}

/* A write-ahead log is read by every reader of its database before the database. */
static bool wants_companions_first(const Goal *goal)
{
    return strcmp(goal->anatomy->format, "sqlite") == 0;
}

static void add_file(Goals *goals, const char *path, const GoalRules *rules)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Goal) goal = goal_new(path, rules, &error);
    if (goal == NULL) {
        g_ptr_array_add(goals->problems, g_strdup(error->message));
        return;
    }
    bool has = goal->anatomy != NULL && rules->ranges == NULL;
    bool first = has && wants_companions_first(goal);
    if (first)
        add_companions(goals, goal, rules);
    const Goal *kept = goal; /* by `goals`, if it takes it */
    if (take(goals, g_steal_pointer(&goal)) && has && !first)
        add_companions(goals, kept, rules);
}

static void add_directory(Goals *goals, const char *path, const GoalRules *rules)
{
    const int never = 0;
    bool cut = false;
    g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);
    char *real = realpath(path, NULL);
    if (real == NULL || !gather(real, &never, files, &cut))
        g_ptr_array_add(goals->problems, g_strdup_printf("%s: %s", path, g_strerror(errno)));
    free(real);
    if (cut)
        g_ptr_array_add(goals->problems,
                        g_strdup_printf("%s: more than %u files, or too deep: the rest is left out",
                                        path, GATHER_FILES_MAX));
    for (guint i = 0; i < files->len; i++)
        add_incidental(goals, files->pdata[i], rules);
}

void goals_add(Goals *goals, const char *path, const GoalRules *rules)
{
    if (g_file_test(path, G_FILE_TEST_IS_DIR))
        add_directory(goals, path, rules);
    else
        add_file(goals, path, rules);
}

/* From the first range to the last, and what is between. */
static GArray *hull_of(const GArray *ranges)
{
    Range hull = g_array_index(ranges, Range, 0);
    for (guint i = 1; i < ranges->len; i++) {
        const Range *range = &g_array_index(ranges, Range, i);
        uint64_t end_bytes =
            MAX(hull.offset_bytes + hull.length_bytes, range->offset_bytes + range->length_bytes);
        hull.offset_bytes = MIN(hull.offset_bytes, range->offset_bytes);
        hull.length_bytes = end_bytes - hull.offset_bytes;
    }
    GArray *whole = g_array_new(FALSE, FALSE, sizeof(Range));
    g_array_append_val(whole, hull);
    return whole;
}

void goals_add_list(Goals *goals, const List *list, Policy policy, const GoalRules *rules)
{
    for (guint i = 0; i < list->entries->len; i++) {
        const ListEntry *entry = &g_array_index(list->entries, ListEntry, i);
        GoalRules own = *rules;
        g_autoptr(GArray) hull = NULL;
        if (policy == POLICY_BLOB && entry->ranges != NULL)
            hull = hull_of(entry->ranges);
        own.ranges = hull != NULL ? hull : entry->ranges;
        if (policy == POLICY_BLOB && own.ranges == NULL)
            own.strategy = STRATEGY_SEQUENTIAL;
        if (policy == POLICY_SLOW)
            own.ranges = NULL;
        goals_add(goals, entry->path, &own);
    }
}
