/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
/* What is pinned stays in memory, by the real daemon: what the kernel locks for it, what it drops.
 */
#include "rig.h"
#include "unit.h"
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define MIB (UINT64_C(1) << 20)
/* Of what is in memory and what is locked there is no event: it is looked at until it is so. */
enum { LOOKS = 60000 };

/* More than any of these tests locks; most systems' limit is 8 MiB. */
static bool may_lock(void)
{
    struct rlimit limit;
    return getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_max >= 7 * MIB;
}

/* The limit of a test's shell is not the unit's. */
static void without_limit(Rig *rig)
{
    const char *const before[] = {"/bin/sh", "-c",
                                  "ulimit -S -l \"$(ulimit -H -l)\" && exec \"$@\"", "sh"};
    for (gsize i = 0; i < G_N_ELEMENTS(before); i++)
        g_ptr_array_insert(rig->args, (gint)i, g_strdup(before[i]));
}

static char *ctl(const Rig *rig, const char *command, const char *name)
{
    const char *argv[] = {
        g_getenv("PRELOAD_CTL"), "--socket", rig->socket, "--json", command, name, NULL};
    g_autoptr(GError) error = NULL;
    char *out = NULL;
    g_autofree char *err = NULL;
    int status = 0;
    ck_assert_msg(
        g_spawn_sync(NULL, (char **)argv, NULL, 0, NULL, NULL, &out, &err, &status, &error), "%s",
        error != NULL ? error->message : "");
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "'%s' failed: %s", command, err);
    return out;
}

/* As the kernel counts it, of the daemon. */
static uint64_t locked_bytes(const Rig *rig)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/status", rig->daemon);
    g_autofree char *status = NULL;
    unsigned long kib = 0;
    if (!g_file_get_contents(path, &status, NULL, NULL))
        return 0;
    const char *line = strstr(status, "VmLck:");
    ck_assert(line != NULL && sscanf(line, "VmLck: %lu kB", &kib) == 1);
    return (uint64_t)kib * 1024;
}

static void await_locked(const Rig *rig, uint64_t bytes)
{
    for (int i = 0; i < LOOKS && locked_bytes(rig) != bytes; i++)
        g_usleep(1000);
    ck_assert_uint_eq(locked_bytes(rig), bytes);
}

static void ask_to_drop(const char *file)
{
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    ck_assert_int_eq(fsync(fd), 0);
    ck_assert_int_eq(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED), 0);
    (void)close(fd);
}

static Rig *given_daemon(const char *settings)
{
    Rig *rig = rig_new(settings);
    without_limit(rig);
    rig_start(rig);
    rig_expect(rig, "known, "); /* it listens */
    return rig;
}

static void pin_as(const Rig *rig, const char *name, const char *file)
{
    g_autofree char *said = ctl(rig, "pin", name);
    ck_assert_msg(strstr(said, "\"pinned\"") != NULL && strstr(said, file) != NULL, "%s", said);
}

static void pin(const Rig *rig, const char *file)
{
    pin_as(rig, file, file);
}

START_TEST(a_pinned_file_stays)
{
    if (!may_lock())
        unit_skip("too little memory may be locked here");
    g_autorig rig = given_daemon("");
    g_autofree char *file = rig_file(rig, "pinned", 4);
    rig_drop(file);
    pin(rig, file);
    /* The kernel counts it before it is read, and it is read before it is locked. */
    rig_expect(rig, "pinned: 1 of 1 files, 4");
    await_locked(rig, 4 * MIB);
    ck_assert_double_ge(rig_resident(file), 1);
    ask_to_drop(file);
    ck_assert_double_ge(rig_resident(file), 1);
    g_autofree char *pins = ctl(rig, "pins", NULL);
    ck_assert_msg(strstr(pins, file) != NULL, "%s", pins);
    ck_assert_msg(strstr(pins, "\"state\" : \"locked\"") != NULL, "%s", pins);
    ck_assert_msg(strstr(pins, "\"origin\" : \"user\"") != NULL, "%s", pins);
    g_autofree char *status = ctl(rig, "status", NULL);
    ck_assert_msg(strstr(status, "\"pins_locked\" : 1,") != NULL, "%s", status);
    ck_assert_msg(strstr(status, "\"pinned_bytes\" : 4194304,") != NULL, "%s", status);
    g_autofree char *link = rig_path(rig, "link");
    ck_assert_int_eq(symlink(file, link), 0);
    pin_as(rig, link, file); /* what it leads to */
    await_locked(rig, 4 * MIB);
    g_free(ctl(rig, "unpin", file));
    await_locked(rig, 0);
    rig_drop(file);
    rig_stop(rig);
}
END_TEST

/* An upgrade, as package managers make it. */
START_TEST(a_file_that_is_replaced_is_pinned_anew)
{
    if (!may_lock())
        unit_skip("too little memory may be locked here");
    g_autorig rig = given_daemon("");
    g_autofree char *file = rig_file(rig, "pinned", 2);
    pin(rig, file);
    await_locked(rig, 2 * MIB);
    g_autofree char *next = rig_file(rig, "next", 3);
    rig_drop(next);
    ck_assert_int_eq(rename(next, file), 0);
    rig_expect(rig, "pinned: 1 of 1 files, 3");
    await_locked(rig, 3 * MIB);
    ask_to_drop(file);
    ck_assert_double_ge(rig_resident(file), 1);
    rig_stop(rig);
}
END_TEST

/* And the mapping of what is no longer there is dropped when its writer closes it. */
START_TEST(a_file_that_is_cut_off_does_no_harm)
{
    if (!may_lock())
        unit_skip("too little memory may be locked here");
    g_autorig rig = given_daemon("");
    g_autofree char *file = rig_file(rig, "pinned", 4);
    pin(rig, file);
    await_locked(rig, 4 * MIB);
    int fd = open(file, O_WRONLY | O_CLOEXEC);
    ck_assert_int_eq(ftruncate(fd, 65536), 0);
    ck_assert_int_eq(write(fd, "new", 3), 3);
    (void)close(fd);
    await_locked(rig, 65536);
    fd = open(file, O_WRONLY | O_TRUNC | O_CLOEXEC);
    ck_assert_int_eq(write(fd, "", 0), 0);
    (void)close(fd);
    ck_assert_int_eq(unlink(file), 0);
    await_locked(rig, 0);
    rig_stop(rig); /* it lives until then */
}
END_TEST

START_TEST(lists_are_read_at_the_start_and_with_the_configuration)
{
    if (!may_lock())
        unit_skip("too little memory may be locked here");
    g_autorig rig = rig_new("");
    g_autofree char *lists = rig_path(rig, "pins.d");
    g_autofree char *list = rig_path(rig, "pins.d/one.list");
    g_autofree char *one = rig_file(rig, "one", 1);
    g_autofree char *two = rig_file(rig, "two", 2);
    g_autofree char *settings = g_strdup_printf("pinlists = %s/", lists);
    g_autofree char *first = g_strdup_printf("# one\n%s\n", one);
    g_autofree char *second = g_strdup_printf("%s\n%s\n/no/such/file\n", one, two);
    ck_assert_int_eq(mkdir(lists, 0755), 0);
    ck_assert(g_file_set_contents(list, first, -1, NULL));
    rig_configure(rig, settings);
    without_limit(rig);
    rig_start(rig);
    await_locked(rig, MIB);
    ck_assert(g_file_set_contents(list, second, -1, NULL));
    rig_signal(rig, SIGHUP);
    await_locked(rig, 3 * MIB);
    g_autofree char *pins = ctl(rig, "pins", NULL);
    ck_assert_msg(strstr(pins, "\"origin\" : \"list\"") != NULL, "%s", pins);
    ck_assert_msg(strstr(pins, "\"state\" : \"missing\"") != NULL, "%s", pins);
    rig_stop(rig);
}
END_TEST

START_TEST(the_limit_holds_and_what_was_said_outlives_the_daemon)
{
    if (!may_lock())
        unit_skip("too little memory may be locked here");
    g_autorig rig = given_daemon("pinlimit = 0");
    g_autofree char *file = rig_file(rig, "pinned", 1);
    pin(rig, file);
    rig_expect(rig, "pinned: 0 of 1 files");
    ck_assert_uint_eq(locked_bytes(rig), 0);
    g_autofree char *pins = ctl(rig, "pins", NULL);
    ck_assert_msg(strstr(pins, "\"state\" : \"limit\"") != NULL, "%s", pins);
    rig_stop(rig);
    rig_configure(rig, "pinlimit = 5");
    rig_start(rig);
    await_locked(rig, MIB);
    rig_stop(rig);
}
END_TEST

/* By the process' own limit: of two files the one that fits. */
START_TEST(the_limit_of_the_process_holds)
{
    if (!may_lock())
        unit_skip("too little memory may be locked here");
    g_autorig rig = rig_new("");
    const char *const before[] = {"/bin/sh", "-c", "ulimit -l 3072 && exec \"$@\"", "sh"};
    for (gsize i = 0; i < G_N_ELEMENTS(before); i++)
        g_ptr_array_insert(rig->args, (gint)i, g_strdup(before[i]));
    rig_start(rig);
    rig_expect(rig, "known, ");
    g_autofree char *large = rig_file(rig, "a-large", 4);
    g_autofree char *small = rig_file(rig, "b-small", 2);
    pin(rig, large);
    rig_expect(rig, "pinned: 0 of 1 files");
    pin(rig, small);
    await_locked(rig, 2 * MIB);
    rig_stop(rig);
}
END_TEST

/* All that its launches need, not what else is in its files. */
START_TEST(a_program_is_pinned_with_what_it_needs)
{
    if (!may_lock())
        unit_skip("too little memory may be locked here");
    g_autorig rig = rig_new("");
    without_limit(rig);
    rig_start_learnt(rig, 4);
    g_autofree char *file = rig_path(rig, "data");
    g_free(ctl(rig, "pin", "application"));
    rig_expect(rig, "pinned: ");
    ck_assert_uint_ge(locked_bytes(rig), 4 * MIB);
    ask_to_drop(file);
    ck_assert_double_ge(rig_resident(file), 1);
    rig_stop(rig);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("pins");
    UNIT_ADD(suite, a_pinned_file_stays);
    UNIT_ADD(suite, a_file_that_is_replaced_is_pinned_anew);
    UNIT_ADD(suite, a_file_that_is_cut_off_does_no_harm);
    UNIT_ADD(suite, lists_are_read_at_the_start_and_with_the_configuration);
    UNIT_ADD(suite, the_limit_holds_and_what_was_said_outlives_the_daemon);
    UNIT_ADD(suite, the_limit_of_the_process_holds);
    UNIT_ADD(suite, a_program_is_pinned_with_what_it_needs);
    return suite;
}
