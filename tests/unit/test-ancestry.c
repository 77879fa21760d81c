/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/ancestry.h"
#include "proc-fixture.h"

typedef struct {
    char *path;
    ProcRoot *root;
    Ancestry *ancestry;
} Fixture;

static Fixture fixture(void)
{
    Fixture f = {.path = unit_mkdir(), .ancestry = ancestry_new()};
    f.root = proc_root_open(f.path);
    ck_assert_ptr_nonnull(f.root);
    return f;
}

static void fixture_clear(Fixture *f)
{
    proc_root_close(f->root);
    ancestry_free(f->ancestry);
    unit_rmdir(f->path);
}

/* A process; tty 0: no terminal. */
static void add(const Fixture *f, guint pid, const char *name, guint ppid, guint tty, guint ticks)
{
    g_autofree char *dir = g_strdup_printf("%u", pid);
    g_autofree char *stat =
        g_strdup_printf("%u (%s) S %u 1 1 %u -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 %u 1000 10\n", pid,
                        name, ppid, tty, ticks);
    proc_set_file(f->path, dir, "stat", stat, -1);
}

static void set(const Fixture *f, guint pid, const char *file, const char *text)
{
    g_autofree char *dir = g_strdup_printf("%u", pid);
    proc_set_file(f->path, dir, file, text, -1);
}

static Origin ask(const Fixture *f, guint pid)
{
    return ancestry_ask(f->ancestry, f->root, pid);
}

START_TEST(climbs_to_whoever_decides)
{
    Fixture f = fixture();
    add(&f, 1, "systemd", 0, 0, 1);
    add(&f, 10, "cron", 1, 0, 10);
    add(&f, 11, "cron", 10, 0, 20);
    add(&f, 12, "sh) S 1 (", 11, 0, 30); /* a name that looks like the end of one */
    add(&f, 13, "backup", 12, 0, 40);
    ck_assert_int_eq(ask(&f, 13), ORIGIN_AUTOMATED);
    add(&f, 20, "gnome-shell", 1, 0, 10);
    add(&f, 21, "bash", 20, 34816, 20);
    add(&f, 22, "firefox", 21, 34816, 30);
    ck_assert_int_eq(ask(&f, 22), ORIGIN_USER);
    fixture_clear(&f);
}
END_TEST

START_TEST(asks_the_control_group_and_the_login)
{
    Fixture f = fixture();
    add(&f, 1, "systemd", 0, 0, 1);
    add(&f, 10, "x", 1, 0, 10);
    ck_assert_int_eq(ask(&f, 10), ORIGIN_UNKNOWN);
    set(&f, 10, "cgroup", "0::/system.slice/x.service\n");
    ck_assert_int_eq(ask(&f, 10), ORIGIN_AUTOMATED); /* what init starts is asked anew each time */
    set(&f, 10, "cgroup", "0::/user.slice/user-1.slice/session-1.scope\n");
    ck_assert_int_eq(ask(&f, 10), ORIGIN_USER);
    add(&f, 11, "x", 1, 34816, 10);
    set(&f, 11, "sessionid", "4294967295");
    ck_assert_int_eq(ask(&f, 11), ORIGIN_UNKNOWN);
    set(&f, 11, "sessionid", "3");
    ck_assert_int_eq(ask(&f, 11), ORIGIN_USER);
    fixture_clear(&f);
}
END_TEST

START_TEST(remembers_a_parent_while_it_lives)
{
    Fixture f = fixture();
    add(&f, 1, "init", 0, 0, 1);
    add(&f, 9, "login", 1, 34816, 5);
    add(&f, 10, "bash", 9, 34816, 10);
    add(&f, 11, "x", 10, 34816, 20);
    ck_assert_int_eq(ask(&f, 11), ORIGIN_USER);
    uint64_t opens = proc_root_opens(f.root);
    add(&f, 12, "y", 10, 34816, 21);
    ck_assert_int_eq(ask(&f, 12), ORIGIN_USER);
    ck_assert_uint_eq(proc_root_opens(f.root), opens + 2); /* its own stat and the parent's */
    add(&f, 10, "crond", 1, 0, 30);                        /* the pid is another process's now */
    add(&f, 13, "x", 10, 0, 31);
    ck_assert_int_eq(ask(&f, 13), ORIGIN_AUTOMATED);
    fixture_clear(&f);
}
END_TEST

START_TEST(is_bounded)
{
    Fixture f = fixture();
    add(&f, 2, "gnome-shell", 1, 0, 2); /* the 32nd ancestor of 34 */
    for (guint pid = 3; pid <= 40; pid++)
        add(&f, pid, "x", pid - 1, 0, pid);
    ck_assert_int_eq(ask(&f, 35), ORIGIN_UNKNOWN);
    ck_assert_uint_le(proc_root_opens(f.root), 2 + ORIGIN_DEPTH_MAX + 2);
    ck_assert_int_eq(ask(&f, 34), ORIGIN_USER);
    /* One verdict a parent is kept: with very many of them it begins anew, and is right. */
    for (guint pid = 100; pid < 1300; pid++) {
        add(&f, pid, pid % 2 == 0 ? "crond" : "sway", 1, 0, 100);
        add(&f, pid + 10000, "x", pid, 0, 101);
        ck_assert_int_eq(ask(&f, pid + 10000), pid % 2 == 0 ? ORIGIN_AUTOMATED : ORIGIN_USER);
    }
    ck_assert_int_eq(ask(&f, 10100), ORIGIN_AUTOMATED);
    fixture_clear(&f);
}
END_TEST

/* Processes 5, 6 and 7, of which 5 is asked: what a hostile or a changing /proc may look like. */
static const struct {
    const char *stat_5;
    const char *stat_6;
    const char *stat_7;
    Origin origin;
} hostile_rows[] = {
#define TAIL(ticks) " 4 5 6 7 8 20 0 1 0 " ticks " 1000 10\n"
#define STAT(name, ppid, tty, ticks) "5 (" name ") S " ppid " 1 1 " tty " -1 0 1 2 3" TAIL(ticks)
    {STAT("a", "6", "0", "9"), STAT("b", "7", "0", "8"), STAT("cron", "1", "0", "7"),
     ORIGIN_AUTOMATED},
    {STAT("a", "6", "0", "9"), STAT("b", "7", "0", "8"), STAT("cron", "1", "0", "9"),
     ORIGIN_UNKNOWN}, /* younger than its child: another process by now */
    {STAT("a", "6", "0", "9"), STAT("cron", "1", "0", "10"), "", ORIGIN_UNKNOWN},
    {STAT("a", "6", "0", "9"), STAT("b", "7", "0", "9"), STAT("c", "6", "0", "9"),
     ORIGIN_UNKNOWN}, /* a cycle */
    {STAT("a", "6", "0", "9"), STAT("b", "6", "0", "9"), "", ORIGIN_UNKNOWN},
    {STAT("a", "5", "0", "9"), "", "", ORIGIN_UNKNOWN},
    {STAT("a", "0", "0", "9"), "", "", ORIGIN_UNKNOWN},
    {STAT("a", "6", "0", "9"), "", "", ORIGIN_UNKNOWN}, /* gone, or never there */
    {"", "", "", ORIGIN_UNKNOWN},
    {STAT("a", "4294967296", "0", "9"), STAT("cron", "1", "0", "8"), "", ORIGIN_UNKNOWN},
    {STAT("a", "-1", "0", "9"), STAT("cron", "1", "0", "8"), "", ORIGIN_UNKNOWN},
    {STAT("a", "6", "0", "9"), STAT("cron\n(", "1", "0", "8"), "", ORIGIN_UNKNOWN},
    {STAT("a", "6", "0", "9"), STAT("a name of thirty or more bytes", "7", "0", "8"),
     STAT("sway", "1", "0", "7"), ORIGIN_USER},
    {STAT("a", "6", "0", "9"), "6 (cron) S 1\n", "", ORIGIN_UNKNOWN}, /* cut */
    {STAT(") S 6 0 0 0 0", "6", "0", "9"), STAT("bash", "1", "1025", "8"), "", ORIGIN_USER},
};

START_TEST(is_not_misled)
{
    Fixture f = fixture();
    add(&f, 1, "init", 0, 0, 1);
    const char *const stats[] = {hostile_rows[_i].stat_5, hostile_rows[_i].stat_6,
                                 hostile_rows[_i].stat_7};
    for (guint i = 0; i < G_N_ELEMENTS(stats); i++)
        if (*stats[i] != '\0')
            set(&f, 5 + i, "stat", stats[i]);
    ck_assert_int_eq(ask(&f, 5), hostile_rows[_i].origin);
    ck_assert_int_eq(ask(&f, 5), hostile_rows[_i].origin);
    fixture_clear(&f);
}
END_TEST

/* This very process, of the real /proc: any answer, but the same twice, and within the bound. */
START_TEST(knows_this_process)
{
    g_autoptr(ProcRoot) root = proc_root_open("/proc");
    g_autoptr(Ancestry) ancestry = ancestry_new();
    if (root == NULL)
        unit_skip("no /proc");
    Origin origin = ancestry_ask(ancestry, root, (uint32_t)getpid());
    ck_assert_uint_gt(proc_root_opens(root), 0);
    ck_assert_uint_le(proc_root_opens(root), 2 + ORIGIN_DEPTH_MAX + 2);
    ck_assert_int_eq(ancestry_ask(ancestry, root, (uint32_t)getpid()), origin);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("ancestry");
    UNIT_ADD(suite, climbs_to_whoever_decides);
    UNIT_ADD(suite, asks_the_control_group_and_the_login);
    UNIT_ADD(suite, remembers_a_parent_while_it_lives);
    UNIT_ADD(suite, is_bounded);
    UNIT_ADD_ROWS(suite, is_not_misled, hostile_rows);
    UNIT_ADD(suite, knows_this_process);
    return suite;
}
