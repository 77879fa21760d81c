/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "disk.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include "observe/residency.h"

#define PAGE 4096
#define FILE_BYTES (25 * 4 * PAGE + 100) /* the last page is short */

typedef struct {
    uint64_t first_page;
    uint64_t n_pages;
} Pages;

/* Which pages are in memory; what is asked; what must be missing. */
static const struct {
    const char *name;
    Pages loaded[3];
    Range asked;
    Range missing[4];
    uint64_t resident_bytes;
} rows[] = {
    {"nothing resident", {{0}}, {0, UINT64_MAX}, {{0, FILE_BYTES}}, 0},
    {"all resident", {{0, 101}}, {0, UINT64_MAX}, {{0}}, FILE_BYTES},
    {"a hole",
     {{0, 10}, {12, 89}},
     {0, FILE_BYTES},
     {{10 * PAGE, 2 * PAGE}},
     FILE_BYTES - 2 * PAGE},
    {"two pages resident",
     {{3, 1}, {100, 1}},
     {0, FILE_BYTES},
     {{0, 3 * PAGE}, {4 * PAGE, 96 * PAGE}},
     PAGE + 100},
    {"the short page missing", {{0, 100}}, {0, FILE_BYTES}, {{100 * PAGE, 100}}, 100 * PAGE},
    {"a part of it", {{16, 1}}, {16 * PAGE, 16 * PAGE}, {{17 * PAGE, 15 * PAGE}}, PAGE},
    {"a resident part", {{16, 16}}, {16 * PAGE, 16 * PAGE}, {{0}}, 16 * PAGE},
    {"a missing part", {{0, 16}}, {16 * PAGE, 16 * PAGE}, {{16 * PAGE, 16 * PAGE}}, 0},
    {"beyond the end", {{0}}, {1000 * PAGE, PAGE}, {{0}}, 0},
    {"nothing asked", {{0}}, {0, 0}, {{0}}, 0},
    {"over the end", {{0}}, {100 * PAGE, 16 * PAGE}, {{100 * PAGE, 100}}, 0},
    {"within a page", {{5, 1}}, {5 * PAGE + 7, PAGE}, {{6 * PAGE, 7}}, PAGE},
    {"overflow", {{0}}, {99 * PAGE, UINT64_MAX}, {{99 * PAGE, PAGE + 100}}, 0},
    {"offset overflow", {{0}}, {UINT64_MAX, UINT64_MAX}, {{0}}, 0},
};

static GArray *range_array(void)
{
    return g_array_new(FALSE, FALSE, sizeof(Range));
}

static void check_ranges(const GArray *ranges, const Range *expected)
{
    guint n = 0;
    for (; expected[n].length_bytes > 0; n++) {
        ck_assert_uint_lt(n, ranges->len);
        const Range *range = &g_array_index(ranges, Range, n);
        ck_assert_uint_eq(range->offset_bytes, expected[n].offset_bytes);
        ck_assert_uint_eq(range->length_bytes, expected[n].length_bytes);
    }
    ck_assert_uint_eq(ranges->len, n);
}

static void load_pages(const char *path, const Pages *pages)
{
    off_t offset = (off_t)(pages->first_page * PAGE);
    size_t room = FILE_BYTES - (size_t)offset;
    if (pages->n_pages > 0)
        disk_load(path, offset, MIN(room, pages->n_pages * PAGE));
}

/* Given a file with these pages in memory, both questions have the same answer: nothing is in
 * flight. */
START_TEST(test_missing)
{
    char *directory = disk_mkdir();
    if (directory == NULL || sysconf(_SC_PAGESIZE) != PAGE)
        unit_skip("no directory on a disk, or no pages of 4 KiB");
    g_autofree char *path = disk_file(directory, "file", FILE_BYTES);
    disk_drop(path);
    for (guint i = 0; i < G_N_ELEMENTS(rows[_i].loaded); i++)
        load_pages(path, &rows[_i].loaded[i]);
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ck_assert_int_eq(fstat(fd, &st), 0);
    g_autoptr(Residency) residency = residency_new();
    ck_assert(residency_tells(residency, &st));
    for (int settled = 0; settled <= 1; settled++) {
        g_autoptr(GArray) missing = range_array();
        uint64_t resident_bytes =
            residency_missing(residency, fd, &st, rows[_i].asked, settled != 0, missing);
        ck_assert_msg(resident_bytes == rows[_i].resident_bytes, "%s: %" G_GUINT64_FORMAT,
                      rows[_i].name, resident_bytes);
        check_ranges(missing, rows[_i].missing);
    }
    (void)close(fd);
    unit_rmdir(directory);
}
END_TEST

/* More than one window of mincore(2). The file is sparse: a hole that was read is resident as well.
 */
START_TEST(test_windows)
{
    char *directory = disk_mkdir();
    if (directory == NULL || sysconf(_SC_PAGESIZE) != PAGE)
        unit_skip("no directory on a disk, or no pages of 4 KiB");
    const uint64_t size_bytes = (UINT64_C(150) << 20) + 1;
    const off_t loaded[] = {(64 << 20) - PAGE, 64 << 20, 128 << 20, 150 << 20};
    g_autofree char *path = disk_file(directory, "file", 0);
    ck_assert_int_eq(truncate(path, (off_t)size_bytes), 0);
    for (guint i = 0; i < G_N_ELEMENTS(loaded); i++)
        disk_load(path, loaded[i], 1);
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ck_assert_int_eq(fstat(fd, &st), 0);
    g_autoptr(Residency) residency = residency_new();
    g_autoptr(GArray) missing = range_array();
    uint64_t resident_bytes =
        residency_missing(residency, fd, &st, (Range){0, size_bytes}, true, missing);
    ck_assert_uint_eq(resident_bytes, 3 * PAGE + 1);
    const Range expected[] = {{0, (64 << 20) - PAGE},
                              {(64 << 20) + PAGE, (64 << 20) - PAGE},
                              {(128 << 20) + PAGE, (22 << 20) - PAGE},
                              {0}};
    check_ranges(missing, expected);
    (void)close(fd);
    unit_rmdir(directory);
}
END_TEST

/* What others put into the array is left alone, also if it looks like a neighbour. */
START_TEST(test_appends)
{
    char *directory = disk_mkdir();
    if (directory == NULL)
        unit_skip("no directory on a disk");
    g_autofree char *path = disk_file(directory, "file", FILE_BYTES);
    disk_drop(path);
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ck_assert_int_eq(fstat(fd, &st), 0);
    g_autoptr(Residency) residency = residency_new();
    g_autoptr(GArray) missing = range_array();
    const Range other = {0, 65536};
    g_array_append_val(missing, other);
    (void)residency_missing(residency, fd, &st, (Range){65536, 65536}, true, missing);
    const Range expected[] = {{0, 65536}, {65536, 65536}, {0}};
    check_ranges(missing, expected);
    (void)close(fd);
    unit_rmdir(directory);
}
END_TEST

/* A file that shrank since it was looked at must not be touched behind its end. */
START_TEST(test_truncated)
{
    char *directory = disk_mkdir();
    if (directory == NULL)
        unit_skip("no directory on a disk");
    g_autofree char *path = disk_file(directory, "file", FILE_BYTES);
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ck_assert_int_eq(fstat(fd, &st), 0);
    ck_assert_int_eq(truncate(path, PAGE), 0);
    g_autoptr(Residency) residency = residency_new();
    g_autoptr(GArray) missing = range_array();
    uint64_t resident_bytes =
        residency_missing(residency, fd, &st, (Range){0, FILE_BYTES}, true, missing);
    ck_assert_uint_le(resident_bytes, (uint64_t)sysconf(_SC_PAGESIZE));
    ck_assert_uint_eq(missing->len, 1);
    (void)close(fd);
    unit_rmdir(directory);
}
END_TEST

/* Whom the kernel does not tell: all is called missing, though all is resident. Exit status 0: so
 * it is. */
static int look_as_nobody(int fd, const struct stat *st)
{
    const uid_t nobody = 65534;
    if (setresuid(nobody, nobody, nobody) != 0)
        return 2;
    g_autoptr(Residency) residency = residency_new();
    g_autoptr(GArray) missing = range_array();
    if (residency_tells(residency, st))
        return 3;
    uint64_t resident_bytes =
        residency_missing(residency, fd, st, (Range){0, FILE_BYTES}, false, missing);
    if (resident_bytes != 0 || missing->len != 1)
        return 4;
    return g_array_index(missing, Range, 0).length_bytes == FILE_BYTES ? 0 : 5;
}

START_TEST(test_not_told)
{
    if (geteuid() != 0)
        unit_skip("only root can become another user");
    char *directory = unit_mkdir();
    g_autofree char *path = disk_file(directory, "file", FILE_BYTES);
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ck_assert_int_eq(fstat(fd, &st), 0);
    pid_t pid = fork();
    if (pid == 0)
        _exit(look_as_nobody(fd, &st));
    int status = 0;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    (void)close(fd);
    unit_rmdir(directory);
    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), 0);
}
END_TEST

/* A descriptor that cannot be asked about: all missing, no failure. */
START_TEST(test_bad_descriptor)
{
    g_autoptr(Residency) residency = residency_new();
    g_autoptr(GArray) missing = range_array();
    const struct stat st = {.st_uid = geteuid(), .st_size = FILE_BYTES};
    uint64_t resident_bytes =
        residency_missing(residency, -1, &st, (Range){0, FILE_BYTES}, false, missing);
    ck_assert_uint_eq(resident_bytes, 0);
    const Range expected[] = {{0, FILE_BYTES}, {0}};
    check_ranges(missing, expected);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("residency");
    UNIT_ADD_ROWS(suite, test_missing, rows);
    UNIT_ADD(suite, test_windows);
    UNIT_ADD(suite, test_appends);
    UNIT_ADD(suite, test_truncated);
    UNIT_ADD(suite, test_not_told);
    UNIT_ADD(suite, test_bad_descriptor);
    return suite;
}
