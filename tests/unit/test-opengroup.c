/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "base/fd.h"
#include "observe/opengroup.h"
#include "quiet.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>

/*
 * Tables of mounts as they are told, beside what is there: DIR is the test's file system, DIR/a
 * and DIR/b are directories on it, /proc another one. "0" is its device, "1" another anonymous one,
 * "8" a disk's.
 */
typedef struct {
    const char *path;
    char device;
    const char *type;
} Line;

static const struct {
    Line lines[3]; /* the last below the one before if its path is the same */
    uint32_t n_marked;
    uint32_t n_unmarked;
    const char *why; /* what it ends with */
} rows[] = {
    {{{NULL, 0, NULL}}, 0, 0, NULL},
    {{{"DIR", '0', "ext4"}}, 1, 0, NULL},
    {{{"DIR", '0', "ext4"}, {"DIR/a", '0', "ext4"}}, 1, 0, NULL}, /* one file system, twice */
    {{{"DIR", '0', "ext4"}, {"DIR/a", '1', "ext4"}}, 2, 0, NULL},
    {{{"DIR", '0', "tmpfs"}}, 0, 0, NULL},
    {{{"DIR", '0', "nfs"}}, 0, 0, NULL},
    {{{"DIR", '0', "fuse.sshfs"}}, 0, 0, NULL},
    /* below what may hang, and covered by it */
    {{{"DIR", '1', "nfs"}, {"DIR/a", '0', "ext4"}}, 0, 0, NULL},
    {{{"DIR", '0', "ext4"}, {"DIR", '1', "nfs"}}, 0, 0, NULL},
    {{{"DIR", '1', "autofs"}, {"DIR", '0', "ext4"}}, 1, 0, NULL},
    /* another mount of it does */
    {{{"DIR/none", '0', "ext4"}, {"DIR/a", '0', "ext4"}}, 1, 0, NULL},
    {{{"DIR/a", '0', "ext4"}, {"DIR/none", '0', "ext4"}}, 1, 0, NULL},
    {{{"DIR/none", '0', "ext4"}}, 0, 1, "/none: No such file or directory"},
    {{{"DIR/none", '0', "ext4"}, {"DIR/nil", '1', "ext4"}},
     0,
     2,
     "/none: No such file or directory"},
    {{{"DIR/a", '8', "ext4"}}, 0, 1, "/a: another file system is mounted there by now"},
    {{{"DIR/a", '8', "ext4"}, {"DIR/b", '0', "ext4"}},
     1,
     1,
     "/a: another file system is mounted there by now"},
    {{{"DIR/link", '0', "ext4"}}, 1, 0, NULL}, /* the link itself is on it: not followed */
};

static dev_t device_of(const char *directory, char device)
{
    switch (device) {
    case '0':
        return quiet_device(directory);
    case '1':
        return makedev(0, 77777);
    default:
        return makedev(8, 1);
    }
}

static Mounts *given(const char *directory, const Line *lines)
{
    g_autoptr(GString) text = quiet_table();
    for (uint32_t i = 0; i < 3 && lines[i].path != NULL; i++) {
        GString *path = g_string_new(lines[i].path);
        g_string_replace(path, "DIR", directory, 0);
        bool below = i > 0 && g_str_has_prefix(lines[i].path, lines[i - 1].path);
        quiet_add_line(text, i + 2, below ? i + 1 : 1, device_of(directory, lines[i].device),
                       path->str, lines[i].type);
        g_string_free(path, TRUE);
    }
    return mounts_parse(cursor_of(text->str, text->len));
}

/* The group, or -1: the test is to be skipped. */
static int given_group(char **ret_directory)
{
    int fd = open_group_new();
    if (fd < 0) {
        ck_assert_msg(fd == -EPERM || fd == -ENOSYS, "%d", fd);
        return -1;
    }
    *ret_directory = quiet_mkdir();
    if (*ret_directory != NULL)
        return fd;
    (void)close(fd);
    return -1;
}

static void make_entry(const char *directory, const char *name, const char *target)
{
    g_autofree char *path = g_build_filename(directory, name, NULL);
    if (target != NULL)
        ck_assert_int_eq(symlink(target, path), 0);
    else
        ck_assert_int_eq(mkdir(path, 0755), 0);
}

START_TEST(marks_what_is_local_and_can_be_reached)
{
    char *directory = NULL;
    autofd fd = given_group(&directory);
    if (fd < 0)
        unit_skip("no fanotify group, or no mounting");
    make_entry(directory, "a", NULL);
    make_entry(directory, "b", NULL);
    make_entry(directory, "link", "nowhere");
    g_autoptr(Mounts) mounts = given(directory, rows[_i].lines);
    for (int again = 0; again < 2; again++) {
        uint32_t n_unmarked = 99;
        g_autofree char *why = NULL;
        ck_assert_uint_eq(open_group_mark(fd, mounts, &n_unmarked, &why), rows[_i].n_marked);
        ck_assert_uint_eq(n_unmarked, rows[_i].n_unmarked);
        ck_assert_msg((why == NULL) == (rows[_i].why == NULL), "%s", why);
        if (why != NULL)
            ck_assert_msg(g_str_has_suffix(why, rows[_i].why), "%s", why);
    }
    quiet_rmdir(directory);
}
END_TEST

START_TEST(no_more_than_it_may)
{
    char *directory = NULL;
    autofd fd = given_group(&directory);
    if (fd < 0)
        unit_skip("no fanotify group, or no mounting");
    g_autoptr(GString) text = quiet_table();
    for (uint32_t i = 0; i < OPEN_GROUP_MARKS_MAX + 3; i++) {
        g_autofree char *name = g_strdup_printf("%u", i);
        g_autofree char *path = g_build_filename(directory, name, NULL);
        make_entry(directory, name, NULL);
        quiet_add_line(text, i + 2, 1, makedev(0, 70000 + i), path, "squashfs");
    }
    g_autoptr(Mounts) mounts = mounts_parse(cursor_of(text->str, text->len));
    uint32_t n_unmarked = 0;
    g_autofree char *why = NULL;
    ck_assert_uint_eq(open_group_mark(fd, mounts, &n_unmarked, &why), OPEN_GROUP_MARKS_MAX);
    ck_assert_uint_eq(n_unmarked, 3);
    ck_assert(g_str_has_suffix(why, "/64: too many file systems are marked already"));
    quiet_rmdir(directory);
}
END_TEST

static bool has_event(int fd)
{
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
    ck_assert_int_ge(poll(&poll_fd, 1, 0), 0);
    return (poll_fd.revents & POLLIN) != 0;
}

START_TEST(marks_and_unmarks)
{
    char *directory = NULL;
    autofd fd = given_group(&directory);
    if (fd < 0)
        unit_skip("no fanotify group, or no mounting");
    ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
    ck_assert(fcntl(fd, F_GETFL) & O_NONBLOCK);
    g_autoptr(Mounts) mounts = quiet_mounts(directory);
    g_free(unit_write(directory, "before", "x", 1));
    uint32_t n_unmarked = 0;
    g_autofree char *why = NULL;
    ck_assert_uint_eq(open_group_mark(fd, mounts, &n_unmarked, &why), 1);
    ck_assert(!has_event(fd)); /* marking itself opens nothing */
    open_group_unmark(fd);
    g_free(unit_write(directory, "after", "x", 1));
    ck_assert(!has_event(fd));
    ck_assert_uint_eq(open_group_mark(fd, mounts, &n_unmarked, &why), 1);
    g_free(unit_write(directory, "marked", "x", 1));
    ck_assert(has_event(fd));
    quiet_rmdir(directory);
}
END_TEST

START_TEST(what_is_no_group_marks_nothing)
{
    autofd fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    g_autoptr(Mounts) mounts = quiet_mounts("/");
    uint32_t n_unmarked = 0;
    g_autofree char *why = NULL;
    ck_assert_uint_eq(open_group_mark(fd, mounts, &n_unmarked, &why), 0);
    ck_assert_uint_eq(n_unmarked, 1);
    ck_assert_str_eq(why, "/: this kernel cannot mark whole file systems");
    open_group_unmark(fd);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("opengroup");
    UNIT_ADD_ROWS(suite, marks_what_is_local_and_can_be_reached, rows);
    UNIT_ADD(suite, no_more_than_it_may);
    UNIT_ADD(suite, marks_and_unmarks);
    UNIT_ADD(suite, what_is_no_group_marks_nothing);
    return suite;
}
