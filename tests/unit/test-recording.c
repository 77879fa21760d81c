/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "ctl/recording.h"
#include "disk.h"
#include <sys/wait.h>

/* What is recorded of a command; NULL if nothing can be traced here. */
static List *recorded(char *const *argv, int *ret_status)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Recording) recording = recording_new();
    const TracerSink sink = recording_sink(recording);
    if (!tracer_run(argv, &sink, ret_status, &error)) {
        unit_skip_report("%s", error->message);
        return NULL;
    }
    return recording_list(recording);
}

static const ListEntry *entry_of(const List *list, const char *path)
{
    for (guint i = 0; i < list->entries->len; i++) {
        const ListEntry *entry = &g_array_index(list->entries, ListEntry, i);
        if (strcmp(entry->path, path) == 0)
            return entry;
    }
    return NULL;
}

START_TEST(what_is_read_and_what_is_mapped_is_recorded)
{
    int status = 0;
    g_autofree char *directory = disk_mkdir();
    if (directory == NULL)
        unit_skip("no disk here");
    g_autofree char *path = disk_file(directory, "file", 100000);
    g_autofree char *script = g_strdup_printf("cat %s; exit 3", path);
    char *const argv[] = {(char *)"sh", (char *)"-c", script, NULL};
    g_autoptr(List) list = recorded(argv, &status);
    if (list != NULL) {
        const ListEntry *entry = entry_of(list, path);
        ck_assert_int_eq(WEXITSTATUS(status), 3);
        ck_assert_ptr_nonnull(entry);
        ck_assert_uint_eq(g_array_index(entry->ranges, Range, 0).length_bytes, 100000);
        ck_assert_uint_gt(list->entries->len, 3); /* sh, cat, ld.so and libc, at least */
    }
    unit_rmdir(g_steal_pointer(&directory));
}
END_TEST

START_TEST(what_is_only_written_is_not_recorded)
{
    int status = 0;
    g_autofree char *directory = disk_mkdir();
    if (directory == NULL)
        unit_skip("no disk here");
    g_autofree char *path = g_build_filename(directory, "out", NULL);
    g_autofree char *script = g_strdup_printf("echo text > %s", path);
    char *const argv[] = {(char *)"sh", (char *)"-c", script, NULL};
    g_autoptr(List) list = recorded(argv, &status);
    if (list != NULL)
        ck_assert_ptr_null(entry_of(list, path));
    unit_rmdir(g_steal_pointer(&directory));
}
END_TEST

START_TEST(what_cannot_be_run_is_an_error)
{
    int status = 0;
    g_autoptr(GError) error = NULL;
    g_autoptr(Recording) recording = recording_new();
    const TracerSink sink = recording_sink(recording);
    char *const argv[] = {(char *)"/nowhere/at/all", NULL};
    ck_assert(!tracer_run(argv, &sink, &status, &error));
    ck_assert_ptr_nonnull(error);
}
END_TEST

START_TEST(signals_of_the_command_are_its_own)
{
    int status = 0;
    char *const argv[] = {(char *)"sh", (char *)"-c", (char *)"kill -USR1 $$", NULL};
    g_autoptr(List) list = recorded(argv, &status);
    if (list != NULL)
        ck_assert(WIFSIGNALED(status));
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("recording");
    UNIT_ADD(suite, what_is_read_and_what_is_mapped_is_recorded);
    UNIT_ADD(suite, what_is_only_written_is_not_recorded);
    UNIT_ADD(suite, what_cannot_be_run_is_an_error);
    UNIT_ADD(suite, signals_of_the_command_are_its_own);
    return suite;
}
