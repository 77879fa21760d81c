/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "disk.h"

#include <linux/fs.h>
#include <sys/ioctl.h>

#include "prefetch/extents.h"

#define FILE_BYTES (1 << 20)

/* The same asked another way (FIBMAP, for CAP_SYS_RAWIO only): bytes, or 0 if we may not. */
static uint64_t ask_fibmap(int fd, uint64_t offset_bytes)
{
    int block_bytes = 0;
    if (ioctl(fd, FIGETBSZ, &block_bytes) != 0 || block_bytes <= 0)
        return 0;
    int block = (int)(offset_bytes / (uint64_t)block_bytes);
    return ioctl(fd, FIBMAP, &block) == 0 ? (uint64_t)block * (uint64_t)block_bytes : 0;
}

static const uint64_t offsets[] = {0, 4096, 65536, FILE_BYTES - 4096};

START_TEST(test_physical)
{
    char *directory = disk_mkdir();
    if (directory == NULL)
        unit_skip("no directory on a disk");
    g_autofree char *path = disk_file(directory, "file", FILE_BYTES);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    uint64_t physical = 0;
    bool told = extents_physical(fd, offsets[_i], &physical);
    uint64_t expected = ask_fibmap(fd, offsets[_i]);
    (void)close(fd);
    unit_rmdir(directory);
    if (expected == 0)
        unit_skip("FIBMAP is not permitted or not supported");
    ck_assert(told);
    ck_assert_uint_eq(physical, expected);
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

/* A file of two pieces with a hole between them, written so that the second lies elsewhere. */
static int open_holed(const char *directory, char **ret_path)
{
    static const char bytes[65536] = {1};
    *ret_path = g_build_filename(directory, "holed", NULL);
    int fd = open(*ret_path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    ck_assert_int_ge(fd, 0);
    disk_write_all(fd, bytes, sizeof bytes);
    ck_assert_int_eq(lseek(fd, FILE_BYTES, SEEK_SET), FILE_BYTES);
    disk_write_all(fd, bytes, sizeof bytes);
    ck_assert_int_eq(fsync(fd), 0);
    return fd;
}

/* The map says of each place what asking for that place alone says, and nothing of the hole. */
START_TEST(test_map)
{
    char *directory = disk_mkdir();
    if (directory == NULL)
        unit_skip("no directory on a disk");
    g_autofree char *path = NULL;
    int fd = open_holed(directory, &path);
    g_autoptr(GArray) extents = g_array_new(FALSE, FALSE, sizeof(Extent));
    bool told = extents_map(fd, extents);
    uint64_t mapped_bytes = 0;
    for (guint i = 0; i < extents->len; i++) {
        const Extent *extent = &g_array_index(extents, Extent, i);
        uint64_t last_bytes = extent->logical_bytes + extent->length_bytes - 1;
        uint64_t physical = 0;
        ck_assert(extents_physical(fd, extent->logical_bytes, &physical));
        ck_assert_uint_eq(physical, extent->physical_bytes);
        ck_assert(extents_physical(fd, last_bytes, &physical));
        ck_assert_uint_eq(physical, extent->physical_bytes + extent->length_bytes - 1);
        ck_assert(i == 0 ||
                  extent->logical_bytes >= extent[-1].logical_bytes + extent[-1].length_bytes);
        mapped_bytes += extent->length_bytes;
    }
    (void)close(fd);
    unit_rmdir(directory);
    if (!told)
        unit_skip("the file system does not tell");
    ck_assert_uint_ge(extents->len, 2);
    ck_assert_uint_eq(mapped_bytes, 2 * 65536);
}
END_TEST

/* What is there before is kept; of what tells nothing nothing is added. */
START_TEST(test_map_appends)
{
    const Extent before = {1, 2, 3};
    g_autoptr(GArray) extents = g_array_new(FALSE, FALSE, sizeof(Extent));
    g_array_append_val(extents, before);
    int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    ck_assert(!extents_map(fd, extents));
    ck_assert(!extents_map(-1, extents));
    (void)close(fd);
    ck_assert_uint_eq(extents->len, 1);
    ck_assert_uint_eq(g_array_index(extents, Extent, 0).physical_bytes, 3);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("extents");
    UNIT_ADD_ROWS(suite, test_physical, offsets);
    UNIT_ADD(suite, test_inside);
    UNIT_ADD(suite, test_hole);
    UNIT_ADD(suite, test_not_allocated);
    UNIT_ADD(suite, test_not_supported);
    UNIT_ADD(suite, test_map);
    UNIT_ADD(suite, test_map_appends);
    return suite;
}
