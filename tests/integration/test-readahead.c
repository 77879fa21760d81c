/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
/* What the daemon is for: a program's file is in memory again before the program is launched. */
#include "rig.h"
#include "unit.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

/* Learns the program, lets it end, drops its file and awaits that it is read ahead. */
static void learn_drop_and_await(Rig *rig)
{
    rig_start_learnt(rig, 64);
    g_autofree char *file = rig_path(rig, "data");
    rig_drop(file);
    g_autofree char *line = rig_await(rig, "read from");
    ck_assert_msg(strstr(line, "next: application") != NULL, "%s", line);
    ck_assert_msg(strstr(line, "all of it loaded") != NULL, "%s", line);
    double resident = rig_resident(file);
    ck_assert_msg(resident == 1.0, "%f is in memory: %s", resident, line);
    /* and then it costs nothing more */
    rig_expect(rig, "64 MiB in memory");
    /* and the names of all that is known are looked at then */
    g_autofree char *dump = rig_await_dump(rig, "  bulk: ");
    ck_assert_msg(strstr(dump, "files failed") == NULL, "%s", dump);
    rig_stop(rig);
}

START_TEST(a_predicted_file_is_loaded_whole)
{
    g_autorig rig = rig_new(NULL);
    learn_drop_and_await(rig);
}
END_TEST

/* queue/max_sectors_kb of the disk under a file; NULL if that cannot be told. */
static char *limit_file(const char *path)
{
    struct stat st;
    ck_assert_int_eq(stat(path, &st), 0);
    g_autofree char *link =
        g_strdup_printf("/sys/dev/block/%u:%u", major(st.st_dev), minor(st.st_dev));
    g_autofree char *device = realpath(link, NULL);
    if (device == NULL)
        return NULL;
    g_autofree char *partition = g_build_filename(device, "partition", NULL);
    g_autofree char *disk =
        g_file_test(partition, G_FILE_TEST_EXISTS) ? g_path_get_dirname(device) : g_strdup(device);
    return g_build_filename(disk, "queue", "max_sectors_kb", NULL);
}

static bool write_limit(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool written = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    (void)close(fd);
    return written;
}

static const char *const limits_kb[] = {"128", "1280"};

/* The test runs in a process of its own: whatever becomes of it, the disk's setting is put back. */
START_TEST(a_predicted_file_is_loaded_whole_whatever_the_disks_limit)
{
    g_autofree char *limit = limit_file(g_getenv("builddir"));
    g_autofree char *before = NULL;
    if (limit == NULL || !g_file_get_contents(limit, &before, NULL, NULL))
        unit_skip("no max_sectors_kb of the disk under %s", g_getenv("builddir"));
    if (!write_limit(limit, limits_kb[_i]))
        unit_skip("cannot set %s: not root", limit);
    pid_t child = fork();
    if (child == 0) {
        g_autorig rig = rig_new(NULL);
        learn_drop_and_await(rig);
        rig_free(g_steal_pointer(&rig));
        _exit(0);
    }
    int status = -1;
    (void)waitpid(child, &status, 0);
    ck_assert(write_limit(limit, g_strstrip(before)));
    ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(nothing_is_read_with_dopredict_off)
{
    g_autorig rig = rig_new("dopredict = false");
    rig_start_learnt(rig, 4);
    g_autofree char *file = rig_path(rig, "data");
    rig_drop(file);
    rig_expect(rig, "dopredict");
    rig_expect(rig, "dopredict");
    ck_assert_double_lt(rig_resident(file), 0.01);
    rig_stop(rig);
}
END_TEST

START_TEST(what_was_learnt_survives_a_restart)
{
    g_autorig rig = rig_new(NULL);
    rig_start_learnt(rig, 8);
    g_autofree char *file = rig_path(rig, "data");
    rig_stop(rig);
    rig_drop(file);
    rig_start(rig);
    rig_expect(rig, "loaded 1 program");
    rig_expect(rig, "all of it loaded");
    ck_assert_double_eq(rig_resident(file), 1.0);
    rig_stop(rig);
}
END_TEST

static const char *const beliefs[] = {NULL, "rotational = no"};

/* When nothing is left to be read, it is asked how the disk behaves, unless the user says it. Here
 * all that is known of the disk is one small file, which is in memory: that tells nothing. */
START_TEST(what_a_disk_says_of_itself_is_checked)
{
    struct stat st;
    ck_assert_int_eq(stat(g_getenv("builddir"), &st), 0);
    if (major(st.st_dev) == 0)
        unit_skip("%s has no disk of its own", g_getenv("builddir"));
    g_autorig rig = rig_new(beliefs[_i]);
    g_ptr_array_insert(rig->args, 1, g_strdup("-V9"));
    rig_start_learnt(rig, 4);
    if (beliefs[_i] == NULL)
        rig_expect(rig, "whether it has a head was not measured: too few places");
    g_autofree char *dump = rig_await_dump(rig, "  bulk: ");
    ck_assert_ptr_nonnull(dump);
    ck_assert_int_eq(rig_count(rig, "has a head") > 0, beliefs[_i] == NULL);
    rig_stop(rig);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("readahead");
    UNIT_ADD(suite, a_predicted_file_is_loaded_whole);
    UNIT_ADD_ROWS(suite, a_predicted_file_is_loaded_whole_whatever_the_disks_limit, limits_kb);
    UNIT_ADD(suite, nothing_is_read_with_dopredict_off);
    UNIT_ADD(suite, what_was_learnt_survives_a_restart);
    UNIT_ADD_ROWS(suite, what_a_disk_says_of_itself_is_checked, beliefs);
    return suite;
}
