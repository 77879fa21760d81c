/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/gather.h"
#include "unit.h"
#include <errno.h>
#include <unistd.h>

typedef struct {
    char *directory;
    GPtrArray *files;
    int cancel;
    bool cut;
} Fixture;

static void setup(Fixture *fixture)
{
    *fixture =
        (Fixture){.directory = unit_mkdir(), .files = g_ptr_array_new_with_free_func(g_free)};
    g_free(unit_write(fixture->directory, "b/2", "x", -1));
    g_free(unit_write(fixture->directory, "a", "x", -1));
    g_free(unit_write(fixture->directory, "b/1", "x", -1));
}

static void teardown(Fixture *fixture)
{
    g_ptr_array_unref(fixture->files);
    unit_rmdir(fixture->directory);
}

static char *gathered(Fixture *fixture)
{
    GString *text = g_string_new(NULL);
    ck_assert(gather(fixture->directory, &fixture->cancel, fixture->files, &fixture->cut));
    for (guint i = 0; i < fixture->files->len; i++)
        g_string_append_printf(text, "%s ",
                               (char *)fixture->files->pdata[i] + strlen(fixture->directory) + 1);
    return g_string_free(text, FALSE);
}

START_TEST(files_come_by_name)
{
    Fixture fixture;
    setup(&fixture);
    g_autofree char *text = gathered(&fixture);
    ck_assert_str_eq(text, "a b/1 b/2 ");
    ck_assert(!fixture.cut);
    teardown(&fixture);
}
END_TEST

START_TEST(links_are_not_followed_and_names_of_one_file_are_one)
{
    Fixture fixture;
    setup(&fixture);
    g_autofree char *to = g_build_filename(fixture.directory, "a", NULL);
    g_autofree char *hard = g_build_filename(fixture.directory, "c", NULL);
    g_autofree char *soft = g_build_filename(fixture.directory, "d", NULL);
    g_autofree char *loop = g_build_filename(fixture.directory, "b/loop", NULL);
    ck_assert_int_eq(link(to, hard), 0);
    ck_assert_int_eq(symlink(to, soft), 0);
    ck_assert_int_eq(symlink(fixture.directory, loop), 0);
    g_autofree char *text = gathered(&fixture);
    ck_assert_str_eq(text, "a b/1 b/2 ");
    teardown(&fixture);
}
END_TEST

START_TEST(a_directory_that_is_not_there_is_an_error)
{
    Fixture fixture;
    setup(&fixture);
    g_autofree char *none = g_build_filename(fixture.directory, "none", NULL);
    ck_assert(!gather(none, &fixture.cancel, fixture.files, &fixture.cut));
    ck_assert_int_eq(errno, ENOENT);
    teardown(&fixture);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("gather");
    UNIT_ADD(suite, files_come_by_name);
    UNIT_ADD(suite, links_are_not_followed_and_names_of_one_file_are_one);
    UNIT_ADD(suite, a_directory_that_is_not_there_is_an_error);
    return suite;
}
