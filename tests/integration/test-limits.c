/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
/* What reading ahead may take: in a control group with a limit, and when memory becomes short. */
#include "rig.h"
#include "unit.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define MIB (UINT64_C(1) << 20)

/* A control group with a limit of memory. */
typedef struct {
    char *path; /* NULL: none can be made here */
} Group;

static bool put(const char *directory, const char *name, const char *text)
{
    g_autofree char *path = g_build_filename(directory, name, NULL);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool written = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    (void)close(fd);
    return written;
}

static Group group_new(uint64_t limit_bytes)
{
    static const struct {
        const char *root;
        const char *limit;
    } versions[] = {{"/sys/fs/cgroup/memory", "memory.limit_in_bytes"},
                    {"/sys/fs/cgroup", "memory.max"}};
    g_autofree char *text = g_strdup_printf("%" G_GUINT64_FORMAT, limit_bytes);
    for (gsize i = 0; i < G_N_ELEMENTS(versions); i++) {
        g_autofree char *path = g_strdup_printf("%s/preload-test-%d", versions[i].root, getpid());
        if (mkdir(path, 0755) < 0)
            continue;
        if (put(path, versions[i].limit, text))
            return (Group){g_steal_pointer(&path)};
        (void)rmdir(path);
    }
    return (Group){NULL};
}

/* Its processes have ended. The kernel may need a moment to notice. */
static void group_free(Group *group)
{
    enum { TRIES = 5000 };
    for (int i = 0; i < TRIES && rmdir(group->path) < 0; i++)
        g_usleep(1000);
    g_free(group->path);
}

/* The daemon is started in the group. */
static void run_in(Rig *rig, const Group *group)
{
    g_autofree char *script = g_strdup_printf("echo $$ >%s/cgroup.procs; exec \"$@\"", group->path);
    const char *const before[] = {"/bin/sh", "-c", script, "sh"};
    for (gsize i = 0; i < G_N_ELEMENTS(before); i++)
        g_ptr_array_insert(rig->args, (gint)i, g_strdup(before[i]));
}

/* A process of the group that has so much memory; ended by a signal. */
static pid_t take_memory(const Group *group, size_t length)
{
    int ends[2];
    ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
    pid_t child = fork();
    if (child == 0) {
        bool entered = put(group->path, "cgroup.procs", "0");
        char *memory =
            mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (!entered || memory == MAP_FAILED)
            _exit(1);
        memset(memory, 1, length);
        (void)!write(ends[1], memory, 1);
        (void)pause();
        _exit(0);
    }
    (void)close(ends[1]);
    char byte;
    ck_assert_int_eq(read(ends[0], &byte, 1), 1);
    (void)close(ends[0]);
    return child;
}

/* A file of 128 MiB, a limit of 96: a part of it is read, and all that is read stays. */
START_TEST(the_limit_of_a_group_is_what_counts)
{
    Group group = group_new(96 * MIB);
    if (group.path == NULL)
        unit_skip("no memory controller of control groups that we may use");
    g_autorig rig = rig_new("promote = application");
    run_in(rig, &group);
    rig_start_learnt(rig, 128);
    g_autofree char *file = rig_path(rig, "data");
    rig_drop(file);
    rig_expect(rig, "over the budget");
    ck_assert_double_lt(rig_resident(file), 0.75);
    rig_stop(rig);
    group_free(&group);
}
END_TEST

/* While a file is read slowly, another program takes what is left: reading stops, and what was read
 * is not in memory any more. */
START_TEST(reading_stops_and_gives_back_when_memory_is_short)
{
    enum { LOOKS = 30000 };
    Group group = group_new(256 * MIB);
    if (group.path == NULL)
        unit_skip("no memory controller of control groups that we may use");
    g_autorig rig = rig_new("promote = application\nbandwidth = 2000000");
    run_in(rig, &group);
    rig_start_learnt(rig, 64);
    g_autofree char *file = rig_path(rig, "data");
    rig_drop(file);
    for (int i = 0; i < LOOKS && rig_resident(file) == 0; i++)
        g_usleep(1000); /* of reading there is no event */
    ck_assert_double_gt(rig_resident(file), 0);
    pid_t taker = take_memory(&group, 236 * MIB);
    rig_expect(rig, "memory is becoming short");
    rig_expect(rig, "memory is short: reading ahead pauses");
    for (int i = 0; i < LOOKS && rig_resident(file) >= 0.01; i++)
        g_usleep(1000); /* nor of what is dropped */
    ck_assert_double_lt(rig_resident(file), 0.01);
    /* And it is not read again at once. */
    rig_expect(rig, "memory was short a moment ago");
    ck_assert_double_lt(rig_resident(file), 0.01);
    ck_assert_int_eq(kill(taker, SIGKILL), 0);
    ck_assert_int_eq(waitpid(taker, NULL, 0), taker);
    rig_stop(rig);
    group_free(&group);
}
END_TEST

/* In the group, memory becomes short by another program: the daemon looks every ten seconds, and
 * the kernel would swap before it dropped what is locked. */
START_TEST(what_is_pinned_is_unlocked_when_memory_is_short)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_MEMLOCK, &limit) < 0 || limit.rlim_cur < 5 * MIB)
        unit_skip("too little memory may be locked here");
    Group group = group_new(256 * MIB);
    if (group.path == NULL)
        unit_skip("no memory controller of control groups that we may use");
    g_autorig rig = rig_new("pinlimit = 50");
    run_in(rig, &group);
    rig_start(rig);
    rig_expect(rig, "known, ");
    g_autofree char *file = rig_file(rig, "pinned", 4);
    const char *argv[] = {g_getenv("PRELOAD_CTL"), "--socket", rig->socket, "pin", file, NULL};
    ck_assert(g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL,
                           NULL, NULL, NULL));
    rig_expect(rig, "pinned: 1 of 1 files");
    ck_assert_double_ge(rig_resident(file), 1);
    pid_t taker = take_memory(&group, 236 * MIB);
    rig_expect(rig, "memory is short: what is pinned is unlocked, 1 file");
    rig_drop(file);
    ck_assert_int_eq(kill(taker, SIGKILL), 0);
    ck_assert_int_eq(waitpid(taker, NULL, 0), taker);
    rig_stop(rig);
    group_free(&group);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("limits");
    UNIT_ADD(suite, the_limit_of_a_group_is_what_counts);
    UNIT_ADD(suite, reading_stops_and_gives_back_when_memory_is_short);
    UNIT_ADD(suite, what_is_pinned_is_unlocked_when_memory_is_short);
    return suite;
}
