/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
/*
 * Files that the daemon knows became something else while it was down: a file system that never
 * answers, a FIFO, a device, a file that shrinks while it is read, one that cannot be read. It
 * starts, feeds the watchdog, and reads what can be read.
 *
 * All is mounted in a mount namespace that ends with the test; with its descriptor of /dev/fuse,
 * which no other process has, the file system that never answers ends, too (fs/fuse/dev.c,
 * fuse_dev_release()).
 */
#include "manager.h"
#include "rig.h"
#include "unit.h"
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define MIB ((off_t)1 << 20)
#define IMAGE_MIB 32

typedef struct {
    Rig *rig;
    int manager_fd;
    int fuse_fd; /* -1: not mounted */
    bool with_disk;
} Fixture;

/* Whether mounts of our own end with this process. */
static bool leave_namespace(void)
{
    return unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

static bool run_tool(const char *const *argv)
{
    int status = -1;
    return g_spawn_sync(NULL, (char **)argv, NULL,
                        G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL |
                            G_SPAWN_STDOUT_TO_DEV_NULL,
                        NULL, NULL, NULL, NULL, &status, NULL) &&
           g_spawn_check_wait_status(status, NULL);
}

/* Nobody reads the descriptor: whoever asks the file system for anything waits. -1: not here. */
static int mount_silent(const char *directory)
{
    int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return -1;
    g_autofree char *options = g_strdup_printf("fd=%d,rootmode=40000,user_id=0,group_id=0", fd);
    if (mount("silent", directory, "fuse", MS_NOSUID | MS_NODEV, options) == 0)
        return fd;
    (void)close(fd);
    return -1;
}

/* An ext4 file system in a file, on a loop device that goes when it is unmounted. */
static bool mount_image(const Rig *rig, const char *directory)
{
    g_autofree char *image = rig_path(rig, "image");
    g_autofree char *size = g_strdup_printf("%dM", IMAGE_MIB);
    const char *const make[] = {"mkfs.ext4", "-q", "-O", "^has_journal", image, size, NULL};
    const char *const attach[] = {"mount", "-o", "loop,noatime", image, directory, NULL};
    return run_tool(make) && run_tool(attach);
}

static int listen_as_manager(const Rig *rig)
{
    g_autofree char *path = rig_path(rig, "notify");
    return manager_listen(path, "400000");
}

static const char *const names[] = {"hung", "fifo", "device", "shrinks", "io", "data"};

/* In a directory of the file system, which is not known before it answers. */
static char *file_of(const Rig *rig, const char *name)
{
    bool directory = strcmp(name, "hung") == 0 || strcmp(name, "io") == 0;
    g_autofree char *inside =
        directory ? g_build_filename(name, "deep", "file", NULL) : g_strdup(name);
    return rig_path(rig, inside);
}

/* One program for each file; all have ended, and are in the state. */
static void learn_all(Rig *rig)
{
    rig_start(rig);
    rig_expect(rig, "known, ");
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *program_name = g_strconcat("program-", names[i], NULL);
        g_autofree char *program = rig_program(rig, program_name);
        g_autofree char *file = file_of(rig, names[i]);
        App app = rig_launch(program, file);
        rig_expect_learnt(rig, program_name);
        rig_close(&app);
        g_autofree char *ended = g_strconcat("ended: ", program_name, NULL);
        rig_expect(rig, ended);
    }
    rig_stop(rig);
}

static void replace_by_node(const Rig *rig, const char *name, mode_t mode, dev_t dev)
{
    g_autofree char *path = rig_path(rig, name);
    ck_assert_int_eq(g_unlink(path), 0);
    ck_assert_int_eq(mknod(path, mode, dev), 0);
}

/* What the disk no longer has cannot be read (drivers/block/loop.c, lo_complete_rq()): metadata is
 * in memory, data is not. */
static void cut_disk(const Rig *rig)
{
    g_autofree char *image = rig_path(rig, "image");
    g_autofree char *file = file_of(rig, "io");
    rig_drop(file);
    rig_drop(image);
    ck_assert_int_eq(truncate(image, 4096), 0);
}

static void spoil_all(Fixture *fixture)
{
    const Rig *rig = fixture->rig;
    g_autofree char *hung = rig_path(rig, "hung");
    g_autofree char *shrinks = rig_path(rig, "shrinks");
    g_autofree char *data = rig_path(rig, "data");
    replace_by_node(rig, "fifo", S_IFIFO | 0644, 0);
    replace_by_node(rig, "device", S_IFCHR | 0644, makedev(1, 5));
    rig_drop(shrinks);
    rig_drop(data);
    if (fixture->with_disk)
        cut_disk(rig);
    fixture->fuse_fd = mount_silent(hung);
}

/* Shrinks and grows until it is told to stop. */
typedef struct {
    char *path;
    int stop; /* g_atomic_int */
} Shrinking;

static gpointer shrink(gpointer data)
{
    Shrinking *shrinking = data;
    while (g_atomic_int_get(&shrinking->stop) == 0)
        if (truncate(shrinking->path, 4096) != 0 || truncate(shrinking->path, 4 * MIB) != 0)
            break;
    return NULL;
}

static void make_files(Fixture *fixture)
{
    Rig *rig = fixture->rig;
    g_autofree char *hung = rig_path(rig, "hung");
    g_autofree char *io = rig_path(rig, "io");
    ck_assert_int_eq(g_mkdir(hung, 0755), 0);
    ck_assert_int_eq(g_mkdir(io, 0755), 0);
    fixture->with_disk = mount_image(rig, io);
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = file_of(rig, names[i]);
        g_autofree char *parent = g_path_get_dirname(path);
        ck_assert_int_eq(g_mkdir_with_parents(parent, 0755), 0);
        g_free(rig_file(rig, path + strlen(rig->dir) + 1, 4));
    }
}

static void end_all(Fixture *fixture)
{
    g_autofree char *hung = rig_path(fixture->rig, "hung");
    g_autofree char *io = rig_path(fixture->rig, "io");
    if (fixture->fuse_fd >= 0) {
        (void)umount2(hung, MNT_DETACH);
        (void)close(fixture->fuse_fd); /* whoever waits for it is told that it is gone */
    }
    if (fixture->with_disk)
        (void)umount2(io, MNT_DETACH);
    (void)close(fixture->manager_fd);
}

/* Nothing that it knows is what it was; it reads the rest, and its main loop goes on. */
START_TEST(what_never_answers_holds_up_nothing_else)
{
    enum { TICKS = 10 };
    if (!leave_namespace())
        unit_skip("no mount namespace of our own: not root");
    g_autorig rig = rig_new(NULL);
    Fixture fixture = {.rig = rig, .manager_fd = -1, .fuse_fd = -1};
    make_files(&fixture);
    learn_all(rig);
    spoil_all(&fixture);
    if (fixture.fuse_fd < 0) {
        end_all(&fixture);
        unit_skip("no FUSE file system can be mounted here");
    }
    Shrinking shrinking = {.path = rig_path(rig, "shrinks")};
    GThread *thread = g_thread_new("shrinks", shrink, &shrinking);
    fixture.manager_fd = listen_as_manager(rig);
    rig_start(rig);
    manager_await(fixture.manager_fd, "READY=1");
    g_autofree char *data = rig_path(rig, "data");
    manager_await(fixture.manager_fd, "read from");
    /* The watchdog is fed, cycle after cycle, and what is dropped is read again. */
    for (int i = 0; i < TICKS; i++)
        manager_await(fixture.manager_fd, "WATCHDOG=1");
    rig_drop(data);
    manager_forget(fixture.manager_fd);
    manager_await(fixture.manager_fd, "read from");
    while (rig_resident(data) < 1.0)
        manager_await(fixture.manager_fd, "WATCHDOG=1");
    g_atomic_int_set(&shrinking.stop, 1);
    (void)g_thread_join(thread);
    g_free(shrinking.path);
    /* It answers, and ends at once. */
    g_autofree char *dump = rig_dump(rig);
    ck_assert_ptr_nonnull(strstr(dump, "program-data"));
    rig_stop(rig);
    end_all(&fixture);
    if (!fixture.with_disk)
        unit_skip("no ext4 on a loop device here: an I/O error was not tried, all else was");
}
END_TEST

/* A manager that has stopped reading: all else goes on. */
START_TEST(a_manager_that_does_not_read_holds_nothing_up)
{
    enum { CYCLES = 3 };
    g_autorig rig = rig_new(NULL);
    int fd = listen_as_manager(rig);
    g_setenv("WATCHDOG_USEC", "2000", TRUE); /* its queue is full at once */
    rig_start(rig);
    rig_expect(rig, "preload ");
    for (int i = 0; i < CYCLES; i++) {
        manager_await(fd, "WATCHDOG=1");
        g_autofree char *dump = rig_dump(rig);
        ck_assert_ptr_nonnull(strstr(dump, "end of model"));
    }
    rig_stop(rig);
    (void)close(fd);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("hung");
    TCase *tcase = tcase_create("what_never_answers_holds_up_nothing_else");
    tcase_set_timeout(tcase, 240); /* it learns six programs, a few cycles each */
    tcase_add_test(tcase, what_never_answers_holds_up_nothing_else);
    suite_add_tcase(suite, tcase);
    UNIT_ADD(suite, a_manager_that_does_not_read_holds_nothing_up);
    return suite;
}
