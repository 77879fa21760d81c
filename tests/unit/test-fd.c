/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "base/fd.h"
#include "disk.h"
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

START_TEST(refuses_what_is_no_directory)
{
    char *dir = unit_mkdir();
    g_autofree char *file = unit_write(dir, "file", "x", -1);
    g_autofree char *fifo = g_build_filename(dir, "fifo", NULL);
    g_autofree char *link = g_build_filename(dir, "link", NULL);
    struct stat st;
    ck_assert_int_eq(mkfifo(fifo, 0600), 0);
    ck_assert_int_eq(symlink(dir, link), 0);
    autofd fd = fd_open_foreign_directory(dir, &st);
    ck_assert_int_ge(fd, 0);
    ck_assert(S_ISDIR(st.st_mode));
    ck_assert_int_eq(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    ck_assert_int_eq(fd_open_foreign_directory(file, NULL), -ENOTSUP);
    ck_assert_int_eq(fd_open_foreign_directory(fifo, NULL), -ENOTSUP);
    ck_assert_int_eq(fd_open_foreign_directory(link, NULL), -ENOTSUP);
    ck_assert_int_eq(fd_open_foreign_directory("/nonexistent", NULL), -ENOENT);
    unit_rmdir(dir);
}
END_TEST

/* A name that was never looked up is asked of the disk, and what came of it is known from then on.
 */
START_TEST(tells_what_is_known)
{
    char *dir = disk_mkdir();
    if (dir == NULL)
        unit_skip("no directory on a disk");
    g_autofree char *known = unit_write(dir, "known", "hello", -1);
    g_autofree char *unknown = g_build_filename(dir, "unknown", NULL);
    struct stat st;
    autofd fd = fd_open_foreign_cached(known, &st);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(st.st_size, 5);
    ck_assert(fd_is_name_cached(known));
    ck_assert_int_eq(fd_open_foreign_cached(dir, NULL), -ENOTSUP);
    int told = fd_open_foreign_cached(unknown, NULL);
    if (told == -ENOENT) {
        unit_rmdir(dir);
        unit_skip("this kernel does not tell what it knows");
    }
    ck_assert_int_eq(told, -EAGAIN);
    ck_assert(!fd_is_name_cached(unknown));
    ck_assert_int_eq(fd_open_foreign(unknown, NULL), -ENOENT);
    ck_assert_int_eq(fd_open_foreign_cached(unknown, NULL), -ENOENT);
    ck_assert(fd_is_name_cached(unknown));
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

static const struct {
    const char *path;
    int error; /* of a file, of a directory */
    int directory_error;
} below[] = {
    {"a/file", 0, -ENOTSUP},         {"a", -ENOTSUP, 0},
    {"a/link", -ENOTSUP, -ENOTSUP},  {"linked/file", -ELOOP, -ELOOP},
    {"../top", -EXDEV, -EXDEV},      {"a/../../top", -EXDEV, -EXDEV},
    {"/etc/passwd", -EXDEV, -EXDEV}, {"missing", -ENOENT, -ENOENT},
};

START_TEST(opens_beneath_a_directory_only)
{
    char *dir = unit_mkdir();
    g_free(unit_write(dir, "top", "", -1));
    g_free(unit_write(dir, "in/a/file", "", -1));
    g_autofree char *path = g_build_filename(dir, "in", NULL);
    autofd dirfd = fd_open_foreign_directory(path, NULL);
    ck_assert_int_eq(symlinkat("file", dirfd, "a/link"), 0);
    ck_assert_int_eq(symlinkat("a", dirfd, "linked"), 0);
    struct stat st;
    autofd file = fd_open_beneath(dirfd, below[_i].path, &st);
    autofd directory = fd_open_beneath_directory(dirfd, below[_i].path, &st);
    ck_assert_int_eq(MIN(file, 0), below[_i].error);
    ck_assert_int_eq(MIN(directory, 0), below[_i].directory_error);
    unit_rmdir(dir);
}
END_TEST

START_TEST(lists_names)
{
    char *dir = unit_mkdir();
    g_free(unit_write(dir, "b", "", -1));
    g_free(unit_write(dir, "a", "", -1));
    g_free(unit_write(dir, ".hidden", "", -1));
    g_autoptr(GPtrArray) names = fd_list(fd_open_foreign_directory(dir, NULL), 10);
    ck_assert_uint_eq(names->len, 2);
    ck_assert_str_eq(names->pdata[0], "a");
    g_autoptr(GPtrArray) some = fd_list(fd_open_foreign_directory(dir, NULL), 0);
    ck_assert_uint_eq(some->len, 0);
    ck_assert_ptr_null(fd_list(-1, 10));
    unit_rmdir(dir);
}
END_TEST

START_TEST(bytes_are_read_from_a_place_or_not_at_all)
{
    char *dir = unit_mkdir();
    g_autofree char *file = unit_write(dir, "at", "0123456789", -1);
    autofd fd = open(file, O_RDONLY | O_CLOEXEC);
    char bytes[4] = {0};
    ck_assert_int_eq(fd_read_at(fd, 6, bytes, 4), 0);
    ck_assert_mem_eq(bytes, "6789", 4);
    ck_assert_int_eq(fd_read_at(fd, 7, bytes, 4), -EBADMSG);
    ck_assert_int_eq(fd_read_at(fd, UINT64_MAX - 1, bytes, 4), -EBADMSG);
    ck_assert_int_eq(fd_read_at(-1, 0, bytes, 4), -EBADF);
    unit_rmdir(dir);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("fd");
    UNIT_ADD(suite, opens_regular_files);
    UNIT_ADD(suite, bytes_are_read_from_a_place_or_not_at_all);
    UNIT_ADD(suite, refuses_what_is_no_regular_file);
    UNIT_ADD(suite, refuses_what_is_no_directory);
    UNIT_ADD(suite, tells_what_is_known);
    UNIT_ADD(suite, reads_are_bounded);
    UNIT_ADD_ROWS(suite, opens_beneath_a_directory_only, below);
    UNIT_ADD(suite, lists_names);
    UNIT_ADD(suite, ownership);
    return suite;
}
