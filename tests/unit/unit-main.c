/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "unit.h"
#include <glib/gstdio.h>
#include <stdarg.h>
#include <stdio.h>

char *unit_mkdir(void)
{
    char *directory = g_dir_make_tmp("preload-unit-XXXXXX", NULL);
    ck_assert_ptr_nonnull(directory);
    return directory;
}

static void remove_tree(const char *path)
{
    if (!g_file_test(path, G_FILE_TEST_IS_SYMLINK) && g_file_test(path, G_FILE_TEST_IS_DIR)) {
        g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
        for (const char *name = NULL; dir != NULL && (name = g_dir_read_name(dir)) != NULL;) {
            g_autofree char *child = g_build_filename(path, name, NULL);
            remove_tree(child);
        }
    }
    (void)g_remove(path); /* a temporary directory: what is left is harmless */
}

void unit_rmdir(char *directory)
{
    remove_tree(directory);
    g_free(directory);
}

char *unit_write(const char *directory, const char *name, const char *content, gssize length)
{
    char *path = g_build_filename(directory, name, NULL);
    g_autofree char *parent = g_path_get_dirname(path);
    ck_assert_int_eq(g_mkdir_with_parents(parent, 0755), 0);
    ck_assert(g_file_set_contents(path, content, length, NULL));
    return path;
}

void unit_skip_report(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *reason = g_strdup_vprintf(format, args);
    va_end(args);
    if (g_strcmp0(g_getenv("PRELOAD_TESTS_NO_SKIP"), "1") == 0)
        ck_abort_msg("skipped, which is not allowed here: %s", reason);
    fprintf(stderr, "SKIP: %s\n", reason);
}

int main(void)
{
    SRunner *runner = srunner_create(unit_suite());
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
