/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "plan-fixture.h"

#include <sched.h>
#include <sys/mount.h>

#include "service/unmounts.h"

static const char before[] = "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n"
                             "2 1 8:17 / /media/stick rw - vfat /dev/sdb1 rw\n"
                             "3 1 8:33 / /srv rw - ext4 /dev/sdc1 rw\n"
                             "4 1 8:49 / /opt rw - ext4 /dev/sdd1 rw\n";
static const char after[] = "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n"
                            "3 1 8:34 / /srv rw - ext4 /dev/sdc2 rw\n"
                            "4 1 8:49 / /opt rw - ext4 /dev/sdd1 rw\n"
                            "5 1 0:50 / /usr rw - nfs server:/ rw\n";

static const struct {
    const char *path;
    bool lost;
} rows[] = {
    {"/bin/x", false},     {"/media/stick/x", true}, {"/media/x", false}, {"/srv/x", true},
    {"/opt/x", false},     {"/usr/x", true}, /* another one is mounted over it */
    {"relative/x", false},
};

START_TEST(what_is_lost)
{
    g_autoptr(Mounts) was = mounts_parse(cursor_of(before, strlen(before)));
    g_autoptr(Mounts) is = mounts_parse(cursor_of(after, strlen(after)));
    g_autoptr(Mounts) none = mounts_parse(cursor_of("", 0));
    ck_assert_msg(unmounts_lost(was, is, rows[_i].path) == rows[_i].lost, "%s", rows[_i].path);
    ck_assert(!unmounts_lost(none, is, rows[_i].path));
    ck_assert(!unmounts_lost(was, was, rows[_i].path));
}
END_TEST

START_TEST(no_mounts)
{
    ck_assert_ptr_null(unmounts_new("/nowhere/mountinfo", NULL, NULL));
}
END_TEST

typedef struct {
    GAsyncQueue *go;
    bool ended;
    ReadaheadReport report;
} Told;

static void hold(gpointer job)
{
    Told *told = job;
    (void)g_async_queue_pop(told->go);
}

static void held(gpointer job)
{
    (void)job;
}

static void note_done(const Plan *plan, const ReadaheadReport *report, gpointer data)
{
    Told *told = data;
    ck_assert_ptr_nonnull(plan);
    told->ended = true;
    told->report = *report;
}

/* A plan waits; then its directory is covered by another mount. What of it is elsewhere is read. */
static void drop_by_mount(Fixture *f, const char *covered)
{
    const QueueSetup setup = {
        .sys_path = "/sys", .mountinfo_path = "/proc/self/mountinfo", .residency = f->residency};
    g_autofree char *lost = g_build_filename(covered, "lost", NULL);
    g_autofree char *kept = cold_file(f, "kept", MIB);
    Queue *queue = queue_new(&setup);
    Unmounts *unmounts = unmounts_new("/proc/self/mountinfo", queue, NULL);
    Told told = {.go = g_async_queue_new()};
    queue_call(queue, CLASS_PREDICTED, hold, held, &told);
    want_all(f, lost);
    want_all(f, kept);
    const QueueOrder order = {.class = CLASS_PREDICTED,
                              .reason = g_strdup("x"),
                              .plan = g_steal_pointer(&f->plan),
                              .done = note_done,
                              .data = &told};
    ck_assert(queue_push(queue, &order));
    ck_assert_int_eq(mount("none", covered, "ramfs", 0, NULL), 0);
    (void)g_main_context_iteration(NULL, TRUE);
    ck_assert_int_eq(umount(covered), 0); /* it is there again, but nobody knows of what kind */
    g_async_queue_push(told.go, &told);
    while (!told.ended)
        (void)g_main_context_iteration(NULL, TRUE);
    ck_assert_uint_eq(told.report.loaded_bytes, MIB);
    ck_assert_uint_eq(told.report.n_skipped, 0);
    ck_assert_uint_eq(disk_resident(lost, 0, MIB), 0);
    ck_assert_uint_eq(disk_resident(kept, 0, MIB), MIB);
    unmounts_free(unmounts);
    queue_free(queue);
    g_async_queue_unref(told.go);
}

START_TEST(what_waits_is_dropped)
{
    Fixture f;
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
        unit_skip("no mount namespace of our own: not root");
    if (!fixture_init(&f))
        unit_skip("no directory on a disk");
    g_autofree char *covered = g_build_filename(f.directory, "covered", NULL);
    ck_assert_int_eq(mkdir(covered, 0755), 0);
    g_autofree char *lost = cold_file(&f, "covered/lost", MIB);
    ck_assert_ptr_nonnull(lost);
    drop_by_mount(&f, covered);
    fixture_clear(&f);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("unmounts");
    UNIT_ADD_ROWS(suite, what_is_lost, rows);
    UNIT_ADD(suite, no_mounts);
    UNIT_ADD(suite, what_waits_is_dropped);
    return suite;
}
