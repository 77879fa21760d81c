/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "config/config.h"
#include "config/dropins.h"
#include "unit.h"

/* given files in the directories a (weakest), b and c; then these are taken, in this order. */
static const struct {
    const char *given[6];
    const char *then;
} rows[] = {
    {{NULL}, ""},
    {{"a/1.conf", "b/2.conf", "c/0.conf", NULL}, "c/0.conf a/1.conf b/2.conf"},
    {{"a/1.conf", "b/1.conf", "c/1.conf", NULL}, "c/1.conf"},
    {{"a/1.conf", "a/2.conf", "b/1.conf", NULL}, "b/1.conf a/2.conf"},
    {{"a/10.conf", "a/9.conf", "a/B.conf", "a/a.conf", NULL},
     "a/10.conf a/9.conf a/B.conf a/a.conf"},
    {{"a/1.conf~", "a/.1.conf", "a/1.CONF", "a/conf", "a/README", NULL}, ""},
};

START_TEST(order)
{
    char *root = unit_mkdir();
    for (size_t i = 0; rows[_i].given[i] != NULL; i++)
        g_free(unit_write(root, rows[_i].given[i], "", 0));
    g_autofree char *a = g_build_filename(root, "a", NULL);
    g_autofree char *b = g_build_filename(root, "b", NULL);
    g_autofree char *c = g_build_filename(root, "c", NULL);
    const char *const directories[] = {a, b, c, NULL};
    g_autoptr(GPtrArray) paths = dropins_list(directories, NULL);
    ck_assert_ptr_nonnull(paths);
    g_autoptr(GString) found = g_string_new(NULL);
    for (guint i = 0; i < paths->len; i++)
        g_string_append_printf(found, "%s%s", i > 0 ? " " : "",
                               (const char *)paths->pdata[i] + strlen(root) + 1);
    ck_assert_str_eq(found->str, rows[_i].then);
    unit_rmdir(root);
}
END_TEST

START_TEST(not_a_directory)
{
    char *root = unit_mkdir();
    g_autofree char *file = unit_write(root, "file", "", 0);
    const char *const directories[] = {file, NULL};
    g_autoptr(GError) error = NULL;
    ck_assert_ptr_null(dropins_list(directories, &error));
    ck_assert(g_error_matches(error, CONFIG_ERROR, CONFIG_ERROR_READ));
    ck_assert_ptr_nonnull(strstr(error->message, file));
    unit_rmdir(root);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("dropins");
    UNIT_ADD_ROWS(suite, order, rows);
    UNIT_ADD(suite, not_a_directory);
    return suite;
}
