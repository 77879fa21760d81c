/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/goal.h"
#include "base/fd.h"
#include "formats/census.h"
#include "formats/dissect.h"
#include "formats/pageset.h"
#include "formats/provider.h"
#include <errno.h>
#include <stdlib.h>

void goal_free(Goal *goal)
{
    if (goal == NULL)
        return;
    g_free(goal->path);
    g_free(goal->given);
    anatomy_free(goal->anatomy);
    g_clear_pointer(&goal->ranges, g_array_unref);
    g_free(goal->note);
    g_free(goal);
}

static bool fail(GError **error, const char *path, int number)
{
    g_autofree char *shown = g_filename_display_name(path);
    g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(number), "%s: %s", shown,
                number == ENOTSUP ? "not a regular file" : g_strerror(number));
    return false;
}

static bool name_in(GError **error, const char *path)
{
    g_autofree char *shown = g_filename_display_name(path);
    g_prefix_error(error, "%s: ", shown);
    return false;
}

/* What is not known, or not as it should be, is no error where nobody asked for it. */
static bool find_anatomy(Goal *goal, int fd, const GoalRules *rules, GError **error)
{
    g_autoptr(GError) problem = NULL;
    goal->anatomy = dissect(fd, goal->given, rules->manifest, &problem);
    if (goal->anatomy != NULL)
        return true;
    bool unknown = g_error_matches(problem, PROVIDER_ERROR, PROVIDER_ERROR_UNKNOWN);
    bool damaged = g_error_matches(problem, PROVIDER_ERROR, PROVIDER_ERROR_DAMAGED);
    if (unknown || (damaged && rules->strategy <= STRATEGY_SEQUENTIAL)) {
        goal->note = damaged ? g_strdup(problem->message) : NULL;
        return true;
    }
    g_propagate_error(error, g_steal_pointer(&problem));
    return name_in(error, goal->path);
}

static GArray *asked_ranges(const GArray *asked, uint64_t size_bytes)
{
    g_autoptr(PageSet) set = page_set_new(size_bytes);
    GArray *ranges = g_array_new(FALSE, FALSE, sizeof(Range));
    for (guint i = 0; i < asked->len; i++)
        page_set_take(set, g_array_index(asked, Range, i), ranges);
    return ranges;
}

static bool find_ranges(Goal *goal, int fd, const GoalRules *rules, GError **error)
{
    if (rules->ranges != NULL) {
        goal->ranges = asked_ranges(rules->ranges, goal->size_bytes);
        return true;
    }
    bool needed = rules->strategy != STRATEGY_SEQUENTIAL && goal->size_bytes > 0;
    if (needed && !find_anatomy(goal, fd, rules, error))
        return false;
    goal->ranges = strategy_ranges(goal->size_bytes > 0 ? rules->strategy : STRATEGY_SEQUENTIAL,
                                   goal->anatomy, goal->size_bytes, rules->n_layers, error);
    return goal->ranges != NULL ? true : name_in(error, goal->path);
}

static uint64_t resident_bytes(const Residency *residency, int fd)
{
    g_auto(Census) census = {0};
    return census_take(residency, fd, &census) == 0 ? census.resident_bytes : 0;
}

Goal *goal_new(const char *path, const GoalRules *rules, GError **error)
{
    struct stat st;
    g_autoptr(Goal) goal = g_new0(Goal, 1);
    char *real = realpath(path, NULL);
    if (real == NULL) {
        (void)fail(error, path, errno);
        return NULL;
    }
    goal->path = g_strdup(real);
    goal->given = g_canonicalize_filename(path, NULL);
    free(real);
    autofd fd = fd_open_foreign(goal->path, &st);
    if (fd < 0) {
        (void)fail(error, path, -fd);
        return NULL;
    }
    goal->size_bytes = (uint64_t)st.st_size;
    goal->dev = st.st_dev;
    goal->ino = st.st_ino;
    g_autoptr(Residency) residency = residency_new();
    uint64_t before_bytes = resident_bytes(residency, fd);
    if (!find_ranges(goal, fd, rules, error))
        return NULL;
    uint64_t after_bytes = resident_bytes(residency, fd);
    goal->seen_bytes = after_bytes - MIN(before_bytes, after_bytes);
    for (guint i = 0; i < goal->ranges->len; i++)
        goal->goal_bytes += g_array_index(goal->ranges, Range, i).length_bytes;
    return g_steal_pointer(&goal);
}
