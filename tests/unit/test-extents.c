/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "disk.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "prefetch/extents.h"

#define FILE_BYTES (1 << 20)

/* The block device of a file system, opened past the page cache; -1 if we may not. */
static int open_device(dev_t dev)
{
    g_autofree char *path = g_strdup_printf("/dev/block/%u:%u", major(dev), minor(dev));
    g_autofree char *sys = g_strdup_printf("/sys/dev/block/%u:%u", major(dev), minor(dev));
    g_autofree char *target = g_file_read_link(sys, NULL);
    if (target != NULL && !g_file_test(path, G_FILE_TEST_EXISTS)) {
        g_autofree char *name = g_path_get_basename(target);
        g_free(path);
        path = g_build_filename("/dev", name, NULL);
    }
    return open(path, O_RDONLY | O_DIRECT | O_CLOEXEC);
}

/* What the disk has at the address that we were told is what the file has at the offset. */
START_TEST(test_physical)
{
    static const uint64_t offsets[] = {0, 4096, 65536, FILE_BYTES - 4096};
    char *directory = disk_mkdir();
    if (directory == NULL)
        unit_skip("no directory on a disk");
    g_autofree char *path = disk_file(directory, "file", FILE_BYTES);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    ck_assert_int_eq(fstat(fd, &st), 0);
    int device = open_device(st.st_dev);
    uint64_t physical = 0;
    bool told = extents_physical(fd, offsets[_i], &physical);
    void *block = NULL;
    ck_assert_int_eq(posix_memalign(&block, 4096, 4096), 0);
    ssize_t n = device < 0 ? -1 : pread(device, block, 4096, (off_t)physical);
    uint64_t word = 0;
    memcpy(&word, block, sizeof word);
    free(block);
    (void)close(fd);
    (void)close(device);
    unit_rmdir(directory);
    if (device < 0 || !told || n != 4096)
        unit_skip("the disk below the file cannot be read by us");
    ck_assert_uint_eq(word, offsets[_i] + 1);
}
END_TEST

/* Within one extent addresses go with offsets, also between its ends. */
START_TEST(test_inside)
{
    char *directory = disk_mkdir();
    if (directory == NULL)
        unit_skip("no directory on a disk");
    g_autofree char *path = disk_file(directory, "file", 4096);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    uint64_t first = 0;
    uint64_t second = 0;
    bool told = extents_physical(fd, 0, &first) && extents_physical(fd, 1000, &second);
    (void)close(fd);
    unit_rmdir(directory);
    if (!told)
        unit_skip("the file system does not tell");
    ck_assert_uint_eq(second, first + 1000);
}
END_TEST

START_TEST(test_hole)
{
    char *directory = disk_mkdir();
    if (directory == NULL)
        unit_skip("no directory on a disk");
    g_autofree char *path = disk_file(directory, "file", 0);
    ck_assert_int_eq(truncate(path, FILE_BYTES), 0);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    uint64_t physical = 12345;
    ck_assert(!extents_physical(fd, 0, &physical));
    ck_assert(!extents_physical(fd, 65536, &physical));
    ck_assert(!extents_physical(fd, UINT64_MAX, &physical));
    ck_assert_uint_eq(physical, 12345);
    (void)close(fd);
    unit_rmdir(directory);
}
END_TEST

/* Written but with no place yet: nothing is forced onto the disk for our question. */
START_TEST(test_not_allocated)
{
    char *directory = disk_mkdir();
    if (directory == NULL)
        unit_skip("no directory on a disk");
    g_autofree char *path = unit_write(directory, "file", "", 0);
    int fd = open(path, O_RDWR | O_TRUNC | O_CLOEXEC);
    ck_assert_int_eq(write(fd, "x", 1), 1);
    uint64_t physical = 0;
    bool told = extents_physical(fd, 0, &physical);
    (void)close(fd);
    unit_rmdir(directory);
    /* A file system without delayed allocation has a place at once, which then is not 0. */
    ck_assert(!told || physical != 0);
}
END_TEST

START_TEST(test_not_supported)
{
    uint64_t physical = 0;
    int fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
    ck_assert(!extents_physical(fd, 0, &physical));
    ck_assert(!extents_physical(-1, 0, &physical));
    (void)close(fd);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("extents");
    static const int offsets[4];
    UNIT_ADD_ROWS(suite, test_physical, offsets);
    UNIT_ADD(suite, test_inside);
    UNIT_ADD(suite, test_hole);
    UNIT_ADD(suite, test_not_allocated);
    UNIT_ADD(suite, test_not_supported);
    return suite;
}
