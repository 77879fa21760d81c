/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
/* Files that are gone leave the model: at once, and what was missed at the next start. */
#include "rig.h"
#include "unit.h"
#include <glib/gstdio.h>
#include <signal.h>

static void deleted(const char *path)
{
    ck_assert_int_eq(g_unlink(path), 0);
}

static void moved(const char *path)
{
    g_autofree char *to = g_strconcat(path, ".away", NULL);
    ck_assert_int_eq(g_rename(path, to), 0);
}

static void replaced(const char *path)
{
    g_autofree char *other = g_strconcat(path, ".new", NULL);
    ck_assert(g_file_set_contents(other, "new", -1, NULL));
    ck_assert_int_eq(g_rename(other, path), 0);
}

/* As some installers do it. */
static void deleted_and_made_anew(const char *path)
{
    deleted(path);
    ck_assert(g_file_set_contents(path, "new", -1, NULL));
}

static const struct {
    const char *file;
    void (*happens)(const char *path);
    const char *said;
    const char *left; /* what the dump says then */
} events[] = {
    {"application", deleted, "forgotten: 1 of", "model: 0 programs, 0 files"},
    {"application", moved, "forgotten: 1 of", "model: 0 programs, 0 files"},
    {"application", replaced, "learnt anew", "model: 1 program, 2 files"},
    {"application", deleted_and_made_anew, "learnt anew", "model: 1 program, 2 files"},
    {"data", deleted, "left the model", "model: 1 program, 1 file"},
    {"data", moved, "left the model", "model: 1 program, 1 file"},
    {"data", replaced, "learnt anew", "model: 1 program, 2 files"},
};

static Rig *given_learnt(void)
{
    Rig *rig = rig_new(NULL);
    g_ptr_array_add(rig->args, g_strdup("-V9"));
    rig_start_learnt(rig, 1);
    g_autofree char *dump = rig_dump(rig);
    ck_assert_ptr_nonnull(strstr(dump, "model: 1 program, 2 files"));
    return rig;
}

START_TEST(leaves_at_once)
{
    g_autorig rig = given_learnt();
    g_autofree char *path = rig_path(rig, events[_i].file);
    events[_i].happens(path);
    rig_expect(rig, events[_i].said);
    g_autofree char *dump = rig_dump(rig);
    ck_assert_msg(strstr(dump, events[_i].left) != NULL, "%s", dump);
    rig_stop(rig);
}
END_TEST

START_TEST(what_went_while_the_daemon_was_down_leaves_at_the_start)
{
    g_autorig rig = given_learnt();
    rig_stop(rig);
    g_autofree char *path = rig_path(rig, "data");
    deleted(path);
    rig_start(rig);
    rig_expect(rig, "loaded 1 program, 2 files");
    rig_expect(rig, "no longer on disk, and forgotten: 1 of");
    g_autofree char *dump = rig_dump(rig);
    ck_assert_ptr_nonnull(strstr(dump, "model: 1 program, 1 file"));
    rig_stop(rig);
}
END_TEST

/* As at boot, when a disk is mounted later: its mount point is there, and empty. */
START_TEST(what_is_below_an_empty_mount_point_is_kept)
{
    g_autorig rig = rig_new(NULL);
    g_autofree char *mount = rig_path(rig, "mount");
    ck_assert_int_eq(g_mkdir(mount, 0755), 0);
    g_autofree char *program = rig_program(rig, "application");
    g_autofree char *file = rig_file(rig, "mount/data", 1);
    rig_start(rig);
    App app = rig_launch(program, file);
    rig_expect_learnt(rig, "application");
    rig_close(&app);
    rig_expect(rig, "ended: application");
    rig_stop(rig);
    deleted(file);
    rig_start(rig);
    rig_expect(rig, "loaded 1 program, 2 files");
    rig_expect(rig, "known, ");
    rig_expect(rig, "known, ");
    g_autofree char *dump = rig_dump(rig);
    ck_assert_ptr_nonnull(strstr(dump, "model: 1 program, 2 files"));
    rig_stop(rig);
}
END_TEST

/* More events than the kernel queues while the daemon is stopped: it checks everything, and says
 * so. */
START_TEST(an_overflow_triggers_the_full_check)
{
    g_autofree char *limit = NULL;
    if (!g_file_get_contents("/proc/sys/fs/inotify/max_queued_events", &limit, NULL, NULL) ||
        g_ascii_strtoull(limit, NULL, 10) > 100000)
        unit_skip("the kernel queues too many events to overflow it");
    g_autorig rig = given_learnt();
    rig_signal(rig, SIGSTOP);
    g_autofree char *one = rig_path(rig, "one");
    g_autofree char *two = rig_path(rig, "two");
    ck_assert(g_file_set_contents(one, "", -1, NULL));
    for (guint64 i = 0; i < g_ascii_strtoull(limit, NULL, 10); i++) {
        ck_assert_int_eq(g_rename(one, two), 0);
        ck_assert_int_eq(g_rename(two, one), 0);
    }
    g_autofree char *path = rig_path(rig, "data");
    deleted(path);
    rig_signal(rig, SIGCONT);
    rig_expect(rig, "overflowed: all files are checked");
    rig_expect(rig, "no longer on disk");
    rig_stop(rig);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("purge");
    UNIT_ADD_ROWS(suite, leaves_at_once, events);
    UNIT_ADD(suite, what_went_while_the_daemon_was_down_leaves_at_the_start);
    UNIT_ADD(suite, what_is_below_an_empty_mount_point_is_kept);
    UNIT_ADD(suite, an_overflow_triggers_the_full_check);
    return suite;
}
