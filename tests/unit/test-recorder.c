/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "given.h"
#include "service/recorder.h"
#include "unit.h"
#include <errno.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static void drain(const Worker *worker)
{
    while (worker_busy(worker))
        g_main_context_iteration(NULL, TRUE);
}

/* Appends one recording to the file: /a stops, and it and a script start. Its text, to be freed. */
static char *when_recorded(const char *file, bool anonymous)
{
    g_autoptr(Worker) worker = worker_new("test", NULL, NULL, NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(Recorder) recorder = recorder_new(file, anonymous, 1000, worker, &error);
    ck_assert_msg(recorder != NULL, "%s", error != NULL ? error->message : "");
    g_autoptr(Observation) seen = given_pass("/a", "/a");
    g_ptr_array_add(seen->started, exe_key_new("/python", "/home/me/secret"));
    recorder_note(recorder, seen, 1005);
    g_autoptr(Observation) nothing = given_pass("", "");
    recorder_note(recorder, nothing, 1006);
    drain(worker);
    ck_assert_int_eq(recorder_take_error(recorder), 0);
    char *text = NULL;
    ck_assert(g_file_get_contents(file, &text, NULL, NULL));
    return text;
}

START_TEST(what_happened_is_appended_to_a_file_of_ours)
{
    char *directory = unit_mkdir();
    g_autofree char *file = g_build_filename(directory, "trace", NULL);
    g_autofree char *text = when_recorded(file, false);
    ck_assert_str_eq(text, "1000\tboot\t-\n1005\texit\t/a\n1005\texec\t/a\n"
                           "1005\texec\t/python /home/me/secret\n");
    struct stat st;
    ck_assert_int_eq(stat(file, &st), 0);
    ck_assert_uint_eq(st.st_mode & 07777, 0600);
    g_autofree char *twice = when_recorded(file, false);
    g_autofree char *expected = g_strconcat(text, text, NULL);
    ck_assert_str_eq(twice, expected);
    unit_rmdir(directory);
}
END_TEST

START_TEST(names_can_be_hidden_and_stay_the_same)
{
    char *directory = unit_mkdir();
    g_autofree char *file = g_build_filename(directory, "trace", NULL);
    g_autofree char *other = g_build_filename(directory, "other", NULL);
    g_autofree char *once = when_recorded(file, true);
    ck_assert_ptr_null(strstr(once, "/a\n"));
    ck_assert_ptr_null(strstr(once, "secret"));
    g_auto(GStrv) lines = g_strsplit(once, "\n", -1);
    ck_assert_str_eq(strrchr(lines[1], '/'), strrchr(lines[2], '/')); /* exit and exec of /a */
    ck_assert_str_ne(strrchr(lines[2], '/'), strrchr(lines[3], '/'));
    g_autofree char *twice = when_recorded(file, true); /* after a restart */
    g_autofree char *expected = g_strconcat(once, once, NULL);
    ck_assert_str_eq(twice, expected);
    g_autofree char *elsewhere = when_recorded(other, true); /* under another key */
    ck_assert_str_ne(elsewhere, once);
    unit_rmdir(directory);
}
END_TEST

static const struct {
    const char *what;
    mode_t kind; /* 0: a symbolic link */
} strangers[] = {{"trace", 0},          {"trace", S_IFIFO},     {"trace", S_IFDIR},
                 {"trace.key", 0},      {"trace.key", S_IFIFO}, {"trace.key", S_IFDIR},
                 {"trace.key", S_IFREG}};

START_TEST(what_is_not_ours_is_refused)
{
    char *directory = unit_mkdir();
    g_autofree char *file = g_build_filename(directory, "trace", NULL);
    g_autofree char *path = g_build_filename(directory, strangers[_i].what, NULL);
    mode_t kind = strangers[_i].kind;
    if (kind == 0)
        ck_assert_int_eq(symlink("elsewhere", path), 0);
    else if (kind == S_IFDIR)
        ck_assert_int_eq(g_mkdir(path, 0700), 0);
    else if (kind == S_IFIFO)
        ck_assert_int_eq(mkfifo(path, 0600), 0);
    else
        ck_assert(g_file_set_contents(path, "too short a key", -1, NULL));
    g_autoptr(Worker) worker = worker_new("test", NULL, NULL, NULL);
    g_autoptr(GError) error = NULL;
    ck_assert_ptr_null(recorder_new(file, true, 1000, worker, &error));
    ck_assert_ptr_nonnull(strstr(error->message, path));
    drain(worker);
    unit_rmdir(directory);
}
END_TEST

START_TEST(a_full_disk_is_told_once)
{
    char *directory = unit_mkdir();
    g_autofree char *file = g_build_filename(directory, "trace", NULL);
    struct rlimit before;
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
    struct rlimit none = {0, before.rlim_max};
    (void)signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &none), 0);
    g_autoptr(Worker) worker = worker_new("test", NULL, NULL, NULL);
    g_autoptr(Recorder) recorder = recorder_new(file, false, 1000, worker, NULL);
    drain(worker);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
    ck_assert_int_eq(recorder_take_error(recorder), -EFBIG);
    ck_assert_int_eq(recorder_take_error(recorder), 0);
    unit_rmdir(directory);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("recorder");
    UNIT_ADD(suite, what_happened_is_appended_to_a_file_of_ours);
    UNIT_ADD(suite, names_can_be_hidden_and_stay_the_same);
    UNIT_ADD_ROWS(suite, what_is_not_ours_is_refused, strangers);
    UNIT_ADD(suite, a_full_disk_is_told_once);
    return suite;
}
