/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
/*
 * What the kernel, the disk or the machine lacks, one at a time: the daemon starts, learns what it
 * can, keeps what it learnt, and `preloadctl health` names what is missing.
 */
#include "rig.h"
#include "unit.h"
#include <errno.h>
#include <glib/gstdio.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* All that "preloadctl health" says; its status is how bad that is. */
static char *health_of(const Rig *rig)
{
    const char *argv[] = {g_getenv("PRELOAD_CTL"), "--socket", rig->socket, "health", NULL};
    char *text = NULL;
    int status = 0;
    ck_assert(g_spawn_sync(NULL, (char **)argv, NULL, 0, NULL, NULL, &text, NULL, &status, NULL));
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) <= 2 && *text != '\0',
                  "the daemon does not answer; it said:\n%s", rig->log->str);
    return text;
}

static void expect_health(const Rig *rig, const char *text)
{
    g_autofree char *health = health_of(rig);
    ck_assert_msg(strstr(health, text) != NULL, "'%s' is not said of:\n%s", text, health);
}

static void start_refused(Rig *rig, const char *call, int error)
{
    g_autofree char *number = g_strdup_printf("%d", error);
    const char *const before[] = {g_getenv("PRELOAD_REFUSER"), number, call};
    for (gsize i = 0; i < G_N_ELEMENTS(before); i++)
        g_ptr_array_insert(rig->args, (gint)i, g_strdup(before[i]));
}

typedef enum { READS, READS_NOTHING } Reading;

static const struct {
    const char *call;
    int error;
    const char *health; /* what is said of it; NULL: nothing is lost */
    Reading reading;
} refusals[] = {
    {"cachestat", ENOSYS, NULL, READS},
    {"cachestat", EPERM, NULL, READS},
    {"mincore", ENOSYS, "pages in memory are not told", READS},
    {"mincore", EPERM, "pages in memory are not told", READS},
    {"pagemap_scan", ENOTTY, NULL, READS},
    {"pagemap_scan", EPERM, NULL, READS},
    {"fanotify_init", ENOSYS, "no events of", READS},
    {"fanotify_mark", EPERM, "no events of", READS},
    {"netlink", EAFNOSUPPORT, "no events of", READS},
    {"netlink", EPERM, "no events of", READS},
    {"inotify_init1", ENOSYS, "no inotify", READS},
    {"inotify_init1", EMFILE, "no inotify", READS},
    {"inotify_add_watch", ENOSPC, "directories are not watched", READS},
    {"fadvise", ENOSYS, "pages cannot be asked for", READS_NOTHING},
    {"fadvise", EPERM, "pages cannot be asked for", READS_NOTHING},
    {"mlock2", ENOSYS, "pages cannot be pinned", READS},
    {"statx", ENOSYS, NULL, READS},
    {"openat2", ENOSYS, NULL, READS},
    {"openat2", EPERM, NULL, READS},
    {"fiemap", EOPNOTSUPP, NULL, READS},
    {"ioprio_set", EPERM, NULL, READS},
    {"setpriority", EPERM, NULL, READS},
    {"pidfd_open", ENOSYS, NULL, READS},
    {"prctl", EPERM, NULL, READS},
    {"capget", EPERM, NULL, READS},
    {"linkat", EPERM, NULL, READS},
};

/* Whether system calls can be refused here. */
static bool can_refuse(void)
{
    const char *argv[] = {g_getenv("PRELOAD_REFUSER"), "1", "mlock2", "/bin/true", NULL};
    int status = 0;
    return g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, NULL,
                        NULL, &status, NULL) &&
           status == 0;
}

/* A daemon is idle most of its time: some live side by side, each in a kernel of its own. */
#define AT_ONCE 7

typedef struct {
    Rig *rig;
    App app;
    gsize refusal;
} Life;

static void begin(Life *life)
{
    life->rig = rig_new("promote = application");
    start_refused(life->rig, refusals[life->refusal].call, refusals[life->refusal].error);
    g_free(rig_program(life->rig, "application"));
    g_free(rig_file(life->rig, "data", 2));
    rig_start(life->rig);
}

static void launch(Life *life)
{
    g_autofree char *program = rig_path(life->rig, "application");
    g_autofree char *file = rig_path(life->rig, "data");
    rig_expect(life->rig, "known, ");
    life->app = rig_launch(program, file);
}

static void learn(Life *life)
{
    rig_expect_learnt(life->rig, "application");
    rig_close(&life->app);
    rig_expect(life->rig, "ended: application");
}

static void ask_and_drop(Life *life)
{
    const char *health = refusals[life->refusal].health;
    if (health != NULL)
        expect_health(life->rig, health);
    else
        g_free(health_of(life->rig));
    g_autofree char *file = rig_path(life->rig, "data");
    rig_drop(file);
}

static void end(Life *life)
{
    bool reads = refusals[life->refusal].reading == READS;
    rig_expect(life->rig, reads ? "read from " : " failed");
    g_autofree char *state = rig_saved(life->rig);
    ck_assert_ptr_nonnull(strstr(state, "/application\n"));
    ck_assert_ptr_nonnull(strstr(state, "/data\n"));
    rig_stop(life->rig);
    rig_free(life->rig);
}

START_TEST(the_kernel_refuses)
{
    static void (*const steps[])(Life * life) = {begin, launch, learn, ask_and_drop, end};
    Life lives[AT_ONCE] = {{.rig = NULL}};
    gsize first = (gsize)_i * AT_ONCE;
    if (!can_refuse())
        unit_skip("no filter on system calls can be set here");
    for (gsize step = 0; step < G_N_ELEMENTS(steps); step++) {
        for (gsize i = 0; i < AT_ONCE && first + i < G_N_ELEMENTS(refusals); i++) {
            lives[i].refusal = first + i;
            steps[step](&lives[i]);
        }
    }
}
END_TEST

/* Then nobody can be answered; all else goes on. */
START_TEST(without_sockets)
{
    if (!can_refuse())
        unit_skip("no filter on system calls can be set here");
    g_autorig rig = rig_new(NULL);
    start_refused(rig, "unix", EAFNOSUPPORT);
    rig_start_learnt(rig, 2);
    g_autofree char *state = rig_saved(rig);
    ck_assert_ptr_nonnull(strstr(state, "/application\n"));
    rig_stop(rig);
}
END_TEST

/* Whether mounts of our own end with this process. */
static bool leave_namespace(void)
{
    return unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

START_TEST(without_pressure)
{
    if (!leave_namespace() || mount("none", "/proc/pressure", "tmpfs", 0, NULL) < 0)
        unit_skip("nothing can be mounted over /proc/pressure here");
    g_autorig rig = rig_new("promote = application\nyield = true");
    rig_start_learnt(rig, 2);
    expect_health(rig, "no /proc/pressure");
    rig_stop(rig);
}
END_TEST

/* The directory of the state is a file system of its own, of that size. False: not permitted. */
static bool mount_state(const Rig *rig, unsigned long flags, const char *size)
{
    g_autofree char *directory = g_path_get_dirname(rig->state);
    return mount("none", directory, "tmpfs", flags, size) == 0;
}

/* So full that not one byte more can be written, until it is made larger. */
static void fill(const Rig *rig)
{
    g_autofree char *path = g_strconcat(rig->state, ".other", NULL);
    FILE *file = g_fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    while (fputc('x', file) != EOF && fflush(file) == 0)
        ;
    (void)fclose(file);
}

static char *state_in(const Rig *rig)
{
    char *text = NULL;
    ck_assert(g_file_get_contents(rig->state, &text, NULL, NULL));
    return text;
}

/* What was saved before stays; what is learnt is kept in memory, and saved when there is room. */
START_TEST(the_disk_is_full)
{
    g_autorig rig = rig_new(NULL);
    if (!leave_namespace() || !mount_state(rig, 0, "size=64k"))
        unit_skip("no file system of our own can be mounted here");
    rig_start(rig);
    rig_expect(rig, "known, ");
    g_autofree char *first = rig_saved(rig);
    fill(rig);
    g_autofree char *program = rig_program(rig, "application");
    g_autofree char *file = rig_file(rig, "data", 2);
    App app = rig_launch(program, file);
    rig_expect_learnt(rig, "application");
    rig_close(&app);
    rig_signal(rig, SIGUSR2);
    rig_expect(rig, "is kept in memory and saved next time");
    expect_health(rig, "the state cannot be saved");
    g_autofree char *kept = state_in(rig);
    ck_assert_str_eq(first, kept);
    ck_assert(mount_state(rig, MS_REMOUNT, "size=4m"));
    g_autofree char *last = rig_saved(rig);
    ck_assert_ptr_nonnull(strstr(last, "/application\n"));
    expect_health(rig, "the state is kept");
    rig_stop(rig);
}
END_TEST

START_TEST(the_disk_is_read_only_for_a_while)
{
    g_autorig rig = rig_new(NULL);
    if (!leave_namespace() || !mount_state(rig, 0, "size=4m"))
        unit_skip("no file system of our own can be mounted here");
    rig_start_learnt(rig, 2);
    g_free(rig_saved(rig));
    rig_stop(rig);
    g_autofree char *first = state_in(rig);
    ck_assert(mount_state(rig, MS_REMOUNT | MS_RDONLY, NULL));
    rig_start(rig);
    rig_expect(rig, "loaded 1 program");
    rig_expect(rig, "is not writable");
    rig_expect(rig, "known, ");
    rig_signal(rig, SIGUSR2);
    rig_expect(rig, "is kept in memory and saved next time");
    expect_health(rig, "the state cannot be saved");
    g_autofree char *kept = state_in(rig);
    ck_assert_str_eq(first, kept);
    ck_assert(mount_state(rig, MS_REMOUNT, NULL));
    g_autofree char *last = rig_saved(rig);
    ck_assert_ptr_nonnull(strstr(last, "/application\n"));
    rig_stop(rig);
}
END_TEST

/* A state that is there and cannot be read, each in its own way: the generation before counts. */
typedef void (*Spoil)(const char *path);

static void make_directory(const char *path)
{
    ck_assert_int_eq(g_mkdir(path, 0700), 0);
}

static void make_link(const char *path)
{
    g_autofree char *target = g_strconcat(path, ".prev", NULL);
    ck_assert_int_eq(symlink(target, path), 0);
}

static void make_fifo(const char *path)
{
    ck_assert_int_eq(mkfifo(path, 0600), 0);
}

static void make_nothing(const char *path)
{
    ck_assert(g_file_set_contents(path, "", 0, NULL));
}

static void make_huge(const char *path)
{
    make_nothing(path);
    ck_assert_int_eq(truncate(path, (off_t)1 << 40), 0);
}

static const Spoil spoils[] = {make_directory, make_link, make_fifo, make_nothing, make_huge};

START_TEST(an_unreadable_state_is_replaced_by_the_one_before)
{
    g_autorig rig = rig_new(NULL);
    rig_start_learnt(rig, 2);
    g_free(rig_saved(rig));
    rig_stop(rig); /* saves again: now there is a generation before */
    ck_assert_int_eq(g_unlink(rig->state), 0);
    spoils[_i](rig->state);
    rig_start(rig);
    rig_expect(rig, "set aside as ");
    rig_expect(rig, "loaded 1 program");
    rig_expect(rig, "known, ");
    rig_stop(rig); /* saves: what was in the way is not any more */
    struct stat st;
    ck_assert_int_eq(lstat(rig->state, &st), 0);
    ck_assert(S_ISREG(st.st_mode));
    g_autofree char *before = g_strconcat(rig->state, ".prev", NULL);
    ck_assert_int_eq(lstat(before, &st), 0);
    ck_assert(S_ISREG(st.st_mode));
}
END_TEST

/* One damaged bit where the version stands: not a state of a later preload. */
START_TEST(a_damaged_version_is_damage)
{
    g_autorig rig = rig_new(NULL);
    rig_start_learnt(rig, 2);
    g_free(rig_saved(rig));
    rig_stop(rig);
    g_autofree char *text = NULL;
    gsize length = 0;
    ck_assert(g_file_get_contents(rig->state, &text, &length, NULL));
    text[strlen("PRELOAD-STATE\t")] ^= 4; /* "7" */
    ck_assert(g_file_set_contents(rig->state, text, (gssize)length, NULL));
    rig_start(rig);
    rig_expect(rig, "set aside as ");
    rig_expect(rig, "loaded 1 program");
    rig_expect(rig, "known, ");
    rig_stop(rig);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("lacks");
    UNIT_ADD_TIMES(suite, the_kernel_refuses, (G_N_ELEMENTS(refusals) + AT_ONCE - 1) / AT_ONCE);
    UNIT_ADD(suite, without_sockets);
    UNIT_ADD(suite, without_pressure);
    UNIT_ADD(suite, the_disk_is_full);
    UNIT_ADD(suite, the_disk_is_read_only_for_a_while);
    UNIT_ADD_ROWS(suite, an_unreadable_state_is_replaced_by_the_one_before, spoils);
    UNIT_ADD(suite, a_damaged_version_is_damage);
    return suite;
}
