/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
/* preloadctl on real files and the real page cache: what is warmed, and nothing else; by itself,
 * and through the daemon. */
#include "ctl.h"
#include "rig.h"
#include "unit.h"
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#define MIB 1048576

/* Runs "preloadctl WORDS"; asserts the exit status. All that it said; to be freed. */
static char *all_as(GSpawnChildSetupFunc who, int status, const char *words)
{
    g_autofree char *err = NULL;
    g_autofree char *out = ctl_run(NULL, who, status, words, &err);
    return g_strconcat(out, err, NULL);
}

static void expect(int status, const char *said, const char *format, ...) G_GNUC_PRINTF(3, 4);
static void expect(int status, const char *said, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *words = g_strdup_vprintf(format, args);
    va_end(args);
    g_autofree char *out = all_as(NULL, status, words);
    ck_assert_msg(strstr(out, said) != NULL, "'%s' did not say '%s', but: %s", words, said, out);
}

/* What --json says of the file, without blanks, has that in it. */
static void expect_runs(const char *file, const char *runs)
{
    g_autofree char *words = g_strdup_printf("residency --json %s", file);
    g_autofree char *out = all_as(NULL, 0, words);
    g_auto(GStrv) parts = g_strsplit_set(out, " \n", -1);
    g_autofree char *dense = g_strjoinv("", parts);
    ck_assert_msg(strstr(dense, runs) != NULL, "no '%s' in: %s", runs, dense);
}

/* A file of that many MiB, not in memory. */
static char *cold_file(const Rig *rig, const char *name, guint mib)
{
    char *path = rig_file(rig, name, mib);
    rig_drop(path);
    ck_assert(rig_resident(path) <= 0);
    return path;
}

START_TEST(a_file_is_warmed_whole)
{
    g_autorig rig = rig_new(NULL);
    g_autofree char *file = cold_file(rig, "file", 8);
    expect(0, "0 % in memory (0 B)", "residency %s", file);
    expect(0, "8.0 MiB read, ", "warm --force %s", file);
    ck_assert(rig_resident(file) >= 1);
    expect(0, "100 % in memory (8.0 MiB)", "residency %s", file);
    expect(0, "0 B read, 8.0 MiB were in memory before", "warm --force %s", file);
}
END_TEST

START_TEST(ranges_are_read_and_nothing_else)
{
    g_autorig rig = rig_new(NULL);
    g_autofree char *file = cold_file(rig, "file", 8);
    expect(0, "of 12 KiB", "warm --force %s --range 5M:4K --range 1M:8K", file);
    ck_assert(rig_resident(file) * 8 * MIB == 12288);
    expect_runs(file, "\"runs\":[[1048576,8192],[5242880,4096]]");
}
END_TEST

START_TEST(a_manifest_has_the_order_and_a_budget_cuts_it)
{
    g_autorig rig = rig_new(NULL);
    g_autofree char *file = cold_file(rig, "file", 8);
    g_free(unit_write(rig->dir, "file.prefetch.toml",
                      "[[segments]]\nname = \"last\"\noffset = 7340032\nlength = 1048576\n"
                      "[[segments]]\nname = \"first\"\noffset = 0\nlength = 1048576\n",
                      -1));
    expect(0, "last  ", "analyze %s", file);
    expect(0, "6.0 MiB are over the budget", "warm --force --budget 2M %s", file);
    expect_runs(file, "\"runs\":[[0,1048576],[7340032,1048576]]");
    g_free(unit_write(rig->dir, "file.prefetch.toml", "size = 1\n", -1));
    expect(1, "line 1: there is no key 'size'", "warm --force %s", file);
}
END_TEST

START_TEST(what_is_not_there_is_said)
{
    expect(1, "/nowhere: No such file", "residency /nowhere");
    expect(1, "no such file, and no model of that name", "warm nowhere-at-all");
    expect(64, "there is no strategy 'best'", "warm f --strategy best");
}
END_TEST

/* mincore(2) calls all of it resident. */
START_TEST(what_the_kernel_does_not_tell_is_not_claimed)
{
    if (geteuid() != 0)
        unit_skip("needs root, to become somebody else");
    g_autofree char *said = all_as(ctl_become_nobody, 0, "residency /etc/passwd");
    ck_assert_msg(strstr(said, "the kernel does not tell") != NULL, "%s", said);
    ck_assert_ptr_null(strchr(said, '%'));
}
END_TEST

START_TEST(a_directory_and_a_list_are_files)
{
    g_autorig rig = rig_new(NULL);
    g_autofree char *sub = rig_path(rig, "sub");
    ck_assert_int_eq(g_mkdir_with_parents(sub, 0755), 0);
    g_autofree char *a = cold_file(rig, "sub/a", 1);
    g_autofree char *b = cold_file(rig, "sub/b", 1);
    expect(0, "of 2.0 MiB", "warm --force %s", sub);
    ck_assert(rig_resident(a) >= 1 && rig_resident(b) >= 1);
    rig_drop(a);
    rig_drop(b);
    g_autofree char *text = g_strdup_printf("%s\n%s\nrelative\n", a, a);
    g_autofree char *list = unit_write(rig->dir, "some.list", text, -1);
    expect(0, "2.0 MiB: nothing is read", "warm --force --policy none --from %s %s", list, b);
    expect(0, "of 1.0 MiB", "warm --force --from %s", list);
    ck_assert(rig_resident(a) >= 1 && rig_resident(b) < 0.1);
}
END_TEST

/* The process, and what it says first is awaited. */
static pid_t spawn_ctl(const char *words, int *ret_fd)
{
    GPid pid = 0;
    g_autofree char *line = g_strdup_printf("%s %s", g_getenv("PRELOAD_CTL"), words);
    g_auto(GStrv) argv = g_strsplit(line, " ", -1);
    ck_assert(g_spawn_async_with_pipes(NULL, argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL,
                                       &pid, NULL, ret_fd, NULL, NULL));
    return pid;
}

static char *read_end(pid_t pid, int fd, int *ret_status)
{
    char buffer[4096];
    GString *said = g_string_new(NULL);
    for (ssize_t n = read(fd, buffer, sizeof buffer); n > 0; n = read(fd, buffer, sizeof buffer))
        g_string_append_len(said, buffer, n);
    (void)close(fd);
    ck_assert_int_eq(waitpid(pid, ret_status, 0), pid);
    return g_string_free(said, FALSE);
}

START_TEST(an_interrupt_ends_it_and_is_told)
{
    int fd = -1;
    int status = 0;
    g_autorig rig = rig_new(NULL);
    g_autofree char *file = cold_file(rig, "file", 16);
    g_autofree char *words = g_strdup_printf("warm --force --rate 2M %s", file);
    pid_t pid = spawn_ctl(words, &fd);
    /* Of more than the header, which is looked at first. */
    while (rig_resident(file) < 0.1)
        g_usleep(1000);
    ck_assert_int_eq(kill(pid, SIGINT), 0);
    g_autofree char *said = read_end(pid, fd, &status);
    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), 130);
    ck_assert_msg(strstr(said, "interrupted") != NULL, "%s", said);
    ck_assert(rig_resident(file) < 1);
}
END_TEST

START_TEST(on_first_use_the_rest_is_read)
{
    int fd = -1;
    int status = 0;
    g_autorig rig = rig_new(NULL);
    g_autofree char *file = cold_file(rig, "file", 4);
    g_autofree char *words = g_strdup_printf("warm --force --policy rest %s", file);
    pid_t pid = spawn_ctl(words, &fd);
    while (rig_resident(file) < 1) {
        /* It is a use each time; before it watches nobody notices. */
        int used = open(file, O_RDONLY | O_CLOEXEC);
        (void)close(used);
        g_usleep(1000);
    }
    g_autofree char *said = read_end(pid, fd, &status);
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "%s", said);
}
END_TEST

START_TEST(what_a_command_touched_is_warmed_from_its_list)
{
    g_autorig rig = rig_new(NULL);
    g_autofree char *file = rig_file(rig, "file", 2);
    g_autofree char *list = rig_path(rig, "cat.list");
    g_autofree char *words =
        g_strdup_printf("record -o %s -- cmp -n 2000000 %s %s", list, file, file);
    g_free(all_as(NULL, 0, words));
    rig_drop(file);
    expect(0, " read, ", "warm --force --from %s", list);
    ck_assert(rig_resident(file) >= 0.9);
}
END_TEST

START_TEST(the_daemon_reads_behind_everybody_else)
{
    g_autorig rig = rig_new("dopredict = false\nyield = false");
    g_autofree char *file = cold_file(rig, "file", 4);
    g_autofree char *words =
        g_strdup_printf("--socket %s warm --queue --wait %s", rig->socket, file);
    rig_start(rig);
    rig_expect(rig, "known, "); /* it listens by then */
    g_autofree char *said = all_as(NULL, 0, words);
    ck_assert_msg(strstr(said, "4.0 MiB read") != NULL, "%s", said);
    ck_assert(rig_resident(file) >= 1);
    rig_expect(rig, "warmed on request: 4096 KiB wanted, ");
    rig_stop(rig);
    g_free(all_as(NULL, EX_UNAVAILABLE, words));
}
END_TEST

/* Somebody else's order is what he could read himself, and does not tell him what was in memory. */
START_TEST(others_order_what_they_can_open)
{
    if (geteuid() != 0)
        unit_skip("needs root, to become somebody else");
    g_autorig rig = rig_new("dopredict = false\nyield = false");
    g_autofree char *file = cold_file(rig, "file", 4);
    g_autofree char *secret = cold_file(rig, "secret", 4);
    ck_assert_int_eq(chmod(rig->dir, 0755), 0);
    ck_assert_int_eq(chmod(file, 0644), 0);
    ck_assert_int_eq(chmod(secret, 0600), 0);
    g_autofree char *words =
        g_strdup_printf("--socket %s warm --queue --wait %s", rig->socket, file);
    g_autofree char *refused =
        g_strdup_printf("--socket %s warm --queue --wait %s", rig->socket, secret);
    rig_start(rig);
    rig_expect(rig, "known, ");
    g_autofree char *said = all_as(ctl_become_nobody, 0, words);
    ck_assert_msg(strstr(said, "the daemon has read it: 1 order") != NULL, "%s", said);
    ck_assert(rig_resident(file) >= 1);
    rig_expect(rig, "warmed on request: 4096 KiB wanted, ");
    g_autofree char *no = all_as(ctl_become_nobody, 1, refused);
    ck_assert_msg(strstr(no, "Permission denied") != NULL, "%s", no);
    ck_assert(rig_resident(secret) <= 0);
    rig_stop(rig);
}
END_TEST

/* What the lists name, before anybody asks. */
START_TEST(lists_are_read_at_the_start)
{
    if (geteuid() != 0)
        unit_skip("needs root, to write a list where they are");
    g_autorig rig = rig_new("dopredict = false\nyield = false");
    g_autofree char *file = cold_file(rig, "file", 4);
    g_autofree char *list = g_strdup_printf("/etc/preload/warm.d/preload-test-%d.list", getpid());
    g_autofree char *text = g_strdup_printf("%s\n/nowhere/at/all\n", file);
    bool made = g_mkdir("/etc/preload", 0755) == 0;
    bool made_below = g_mkdir("/etc/preload/warm.d", 0755) == 0;
    ck_assert(g_file_set_contents(list, text, -1, NULL));
    rig_start(rig);
    rig_expect(rig, "lists in /etc/preload/warm.d: ");
    (void)g_unlink(list);
    if (made_below)
        (void)g_rmdir("/etc/preload/warm.d");
    if (made)
        (void)g_rmdir("/etc/preload");
    rig_expect(rig, "warmed by lists: ");
    ck_assert(rig_resident(file) >= 1);
    rig_stop(rig);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("integration-warm");
    UNIT_ADD(suite, a_file_is_warmed_whole);
    UNIT_ADD(suite, ranges_are_read_and_nothing_else);
    UNIT_ADD(suite, a_manifest_has_the_order_and_a_budget_cuts_it);
    UNIT_ADD(suite, what_is_not_there_is_said);
    UNIT_ADD(suite, what_the_kernel_does_not_tell_is_not_claimed);
    UNIT_ADD(suite, a_directory_and_a_list_are_files);
    UNIT_ADD(suite, an_interrupt_ends_it_and_is_told);
    UNIT_ADD(suite, on_first_use_the_rest_is_read);
    UNIT_ADD(suite, what_a_command_touched_is_warmed_from_its_list);
    UNIT_ADD(suite, the_daemon_reads_behind_everybody_else);
    UNIT_ADD(suite, others_order_what_they_can_open);
    UNIT_ADD(suite, lists_are_read_at_the_start);
    return suite;
}
