/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/goal.h"
#include "formats/manifest.h"
#include "unit.h"
#include <unistd.h>

#define MANIFEST                                                                                   \
    "[[segments]]\nname = \"tail\"\noffset = 8192\nlength = 1808\n"                                \
    "[[segments]]\nname = \"middle\"\noffset = 4096\nlength = 4096\n"

typedef struct {
    char *directory;
    char *path;
} Fixture;

static void setup(Fixture *fixture, const char *manifest)
{
    g_autofree char *content = g_strnfill(10000, 'x');
    fixture->directory = unit_mkdir();
    fixture->path = unit_write(fixture->directory, "file", content, 10000);
    if (manifest != NULL)
        g_free(unit_write(fixture->directory, "file" MANIFEST_SUFFIX, manifest, -1));
}

static void teardown(Fixture *fixture)
{
    g_free(fixture->path);
    unit_rmdir(fixture->directory);
}

static uint64_t offset_of(const Goal *goal, guint index)
{
    return g_array_index(goal->ranges, Range, index).offset_bytes;
}

START_TEST(a_file_of_no_known_format_is_wanted_whole)
{
    Fixture fixture;
    setup(&fixture, NULL);
    const GoalRules rules = {.strategy = STRATEGY_AUTO};
    g_autoptr(Goal) goal = goal_new(fixture.path, &rules, NULL);
    ck_assert_uint_eq(goal->goal_bytes, 10000);
    ck_assert_uint_eq(goal->ranges->len, 1);
    ck_assert_ptr_null(goal->anatomy);
    ck_assert_ptr_null(goal->note);
    teardown(&fixture);
}
END_TEST

START_TEST(a_manifest_beside_it_has_the_order)
{
    Fixture fixture;
    setup(&fixture, MANIFEST);
    const GoalRules rules = {.strategy = STRATEGY_AUTO};
    g_autoptr(Goal) goal = goal_new(fixture.path, &rules, NULL);
    ck_assert_uint_eq(goal->ranges->len, 3);
    ck_assert_uint_eq(offset_of(goal, 0), 8192);
    ck_assert_uint_eq(offset_of(goal, 1), 4096);
    ck_assert_uint_eq(offset_of(goal, 2), 0);
    ck_assert_uint_eq(goal->goal_bytes, 10000);
    teardown(&fixture);
}
END_TEST

START_TEST(the_first_layers_of_a_manifest_are_its_first_segments)
{
    Fixture fixture;
    setup(&fixture, MANIFEST);
    const GoalRules rules = {.strategy = STRATEGY_FIRST_N_LAYERS, .n_layers = 0};
    g_autoptr(Goal) goal = goal_new(fixture.path, &rules, NULL);
    ck_assert_uint_eq(goal->goal_bytes, 1808);
    teardown(&fixture);
}
END_TEST

START_TEST(a_broken_manifest_is_an_error)
{
    Fixture fixture;
    g_autoptr(GError) error = NULL;
    setup(&fixture, "x = 1\n");
    const GoalRules rules = {.strategy = STRATEGY_AUTO};
    ck_assert_ptr_null(goal_new(fixture.path, &rules, &error));
    ck_assert_msg(strstr(error->message, "file.prefetch.toml: line 1: there is no key") != NULL,
                  "%s", error->message);
    teardown(&fixture);
}
END_TEST

START_TEST(ranges_that_were_asked_for_are_all)
{
    Fixture fixture;
    setup(&fixture, MANIFEST);
    const Range asked[] = {{5000, 10}, {UINT64_MAX, 1}, {0, 5000}};
    g_autoptr(GArray) ranges = g_array_new(FALSE, FALSE, sizeof(Range));
    g_array_append_vals(ranges, asked, G_N_ELEMENTS(asked));
    const GoalRules rules = {.ranges = ranges};
    g_autoptr(Goal) goal = goal_new(fixture.path, &rules, NULL);
    ck_assert_uint_eq(goal->ranges->len, 2);
    ck_assert_uint_eq(offset_of(goal, 0), 4096);
    ck_assert_uint_eq(goal->goal_bytes, 8192);
    teardown(&fixture);
}
END_TEST

START_TEST(what_is_no_file_is_an_error)
{
    Fixture fixture;
    setup(&fixture, NULL);
    const GoalRules rules = {.strategy = STRATEGY_AUTO};
    g_autofree char *none = g_strconcat(fixture.path, ".none", NULL);
    const char *const paths[] = {none, fixture.directory, "/dev/null"};
    for (guint i = 0; i < G_N_ELEMENTS(paths); i++) {
        g_autoptr(GError) error = NULL;
        ck_assert_ptr_null(goal_new(paths[i], &rules, &error));
        ck_assert_ptr_nonnull(strstr(error->message, paths[i]));
    }
    teardown(&fixture);
}
END_TEST

START_TEST(a_link_leads_to_its_file)
{
    Fixture fixture;
    setup(&fixture, NULL);
    const GoalRules rules = {.strategy = STRATEGY_AUTO};
    g_autofree char *link = g_build_filename(fixture.directory, "link", NULL);
    ck_assert_int_eq(symlink("file", link), 0);
    g_autoptr(Goal) goal = goal_new(link, &rules, NULL);
    ck_assert_str_eq(strrchr(goal->path, '/'), "/file");
    teardown(&fixture);
}
END_TEST

START_TEST(an_empty_file_wants_nothing)
{
    g_autofree char *directory = unit_mkdir();
    g_autofree char *path = unit_write(directory, "empty", "", 0);
    const GoalRules rules = {.strategy = STRATEGY_METADATA_ONLY};
    g_autoptr(Goal) goal = goal_new(path, &rules, NULL);
    ck_assert_uint_eq(goal->goal_bytes, 0);
    unit_rmdir(g_steal_pointer(&directory));
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("goal");
    UNIT_ADD(suite, a_file_of_no_known_format_is_wanted_whole);
    UNIT_ADD(suite, a_manifest_beside_it_has_the_order);
    UNIT_ADD(suite, the_first_layers_of_a_manifest_are_its_first_segments);
    UNIT_ADD(suite, a_broken_manifest_is_an_error);
    UNIT_ADD(suite, ranges_that_were_asked_for_are_all);
    UNIT_ADD(suite, what_is_no_file_is_an_error);
    UNIT_ADD(suite, a_link_leads_to_its_file);
    UNIT_ADD(suite, an_empty_file_wants_nothing);
    return suite;
}
