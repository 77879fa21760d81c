/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "base/fd.h"
#include "unit.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

START_TEST(opens_regular_files)
{
    char *dir = unit_mkdir();
    g_autofree char *path = unit_write(dir, "file", "hello", -1);
    struct stat st;
    autofd fd = fd_open_foreign(path, &st);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(st.st_size, 5);
    GString *text = fd_read_all(fd, 5);
    ck_assert_str_eq(text->str, "hello");
    g_string_free(text, TRUE);
    ck_assert_int_eq(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    unit_rmdir(dir);
}
END_TEST

START_TEST(refuses_what_is_no_regular_file)
{
    char *dir = unit_mkdir();
    g_autofree char *target = unit_write(dir, "target", "x", -1);
    g_autofree char *fifo = g_build_filename(dir, "fifo", NULL);
    g_autofree char *link = g_build_filename(dir, "link", NULL);
    ck_assert_int_eq(mkfifo(fifo, 0600), 0);
    ck_assert_int_eq(symlink(target, link), 0);
    ck_assert_int_eq(fd_open_foreign(fifo, NULL), -ENOTSUP);
    ck_assert_int_lt(fd_open_foreign(link, NULL), 0);
    ck_assert_int_eq(fd_open_foreign(dir, NULL), -ENOTSUP);
    ck_assert_int_eq(fd_open_foreign("/dev/null", NULL), -ENOTSUP);
    ck_assert_int_eq(fd_open_foreign("/nonexistent/file", NULL), -ENOENT);
    unit_rmdir(dir);
}
END_TEST

START_TEST(reads_are_bounded)
{
    char *dir = unit_mkdir();
    g_autofree char *big = g_strnfill(100000, 'a');
    g_autofree char *path = unit_write(dir, "big", big, -1);
    ck_assert_ptr_null(fd_read_file(AT_FDCWD, path, 99999));
    ck_assert_int_eq(errno, EFBIG);
    GString *text = fd_read_file(AT_FDCWD, path, 100000);
    ck_assert_uint_eq(text->len, 100000);
    ck_assert_str_eq(text->str, big);
    g_string_free(text, TRUE);
    ck_assert_ptr_null(fd_read_file(AT_FDCWD, "/nonexistent", 10));
    ck_assert_int_eq(errno, ENOENT);
    unit_rmdir(dir);
}
END_TEST

START_TEST(ownership)
{
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int kept = fd;
    {
        autofd owned = fd;
        fd = fd_steal(&owned);
    }
    ck_assert_int_eq(fd, kept);
    ck_assert_int_ge(fcntl(fd, F_GETFD), 0);
    fd_close(&fd);
    ck_assert_int_eq(fd, -1);
    ck_assert_int_lt(fcntl(kept, F_GETFD), 0);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("fd");
    UNIT_ADD(suite, opens_regular_files);
    UNIT_ADD(suite, refuses_what_is_no_regular_file);
    UNIT_ADD(suite, reads_are_bounded);
    UNIT_ADD(suite, ownership);
    return suite;
}
