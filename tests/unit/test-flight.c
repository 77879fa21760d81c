/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "disk.h"

#include <unistd.h>

#include "base/fd.h"
#include "prefetch/flight.h"

/* Given so many requests of a size; when they are added; then so many are still waited for. */
static const struct {
    guint n_requests;
    uint64_t length_bytes;
    guint n_left;
} rows[] = {
    {1, 4096, 1},
    {FLIGHT_REQUESTS_MAX - 1, 4096, FLIGHT_REQUESTS_MAX - 1},
    {FLIGHT_REQUESTS_MAX, 4096, FLIGHT_REQUESTS_MAX - 1},
    {FLIGHT_REQUESTS_MAX + 100, 4096, FLIGHT_REQUESTS_MAX - 1},
    {4, FLIGHT_BYTES / 4, 4},
    {9, FLIGHT_BYTES / 4, 4},
    {1, FLIGHT_BYTES * 4, 1}, /* the newest is never waited for, or the disk would be idle */
    {5, FLIGHT_BYTES * 4, 1},
};

static guint count_descriptors(void)
{
    guint n = 0;
    g_autoptr(GDir) directory = g_dir_open("/proc/self/fd", 0, NULL);
    ck_assert_ptr_nonnull(directory);
    while (g_dir_read_name(directory) != NULL)
        n++;
    return n;
}

START_TEST(test_window)
{
    char *directory = unit_mkdir();
    g_autofree char *path = unit_write(directory, "file", "x", 1);
    guint n_before = count_descriptors();
    Flight flight = {0};
    autofd fd = open(path, O_RDONLY | O_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    for (guint i = 0; i < rows[_i].n_requests; i++) {
        flight_add(&flight, fd, (Range){i * rows[_i].length_bytes, rows[_i].length_bytes});
        ck_assert_uint_le(count_descriptors(), n_before + 1 + FLIGHT_REQUESTS_MAX);
    }
    ck_assert_uint_eq(flight.n, rows[_i].n_left);
    ck_assert_uint_eq(flight.bytes, rows[_i].n_left * rows[_i].length_bytes);
    ck_assert_uint_eq(count_descriptors(), n_before + 1 + rows[_i].n_left);
    flight_clear(&flight);
    ck_assert_uint_eq(flight.bytes, 0);
    ck_assert_uint_eq(count_descriptors(), n_before + 1);
    unit_rmdir(directory);
}
END_TEST

/* What was waited for is there, the oldest first. */
START_TEST(test_waits)
{
    enum { LENGTH = FLIGHT_BYTES };
    char *directory = disk_mkdir();
    if (directory == NULL)
        unit_skip("no directory on a disk");
    g_autofree char *path = disk_file(directory, "file", 4096);
    ck_assert_int_eq(truncate(path, 2 * (off_t)LENGTH), 0); /* holes are read as any page is */
    disk_drop(path);
    Flight flight = {0};
    autofd fd = open(path, O_RDONLY | O_CLOEXEC);
    flight_add(&flight, fd, (Range){0, LENGTH});
    ck_assert_uint_eq(disk_resident(path, 0, 2 * LENGTH), 0);
    flight_add(&flight, fd, (Range){LENGTH, LENGTH});
    /* Nobody has asked for it, so that just the page that was waited for has come. */
    ck_assert_uint_ge(disk_resident(path, LENGTH - 4096, 4096), 4096);
    ck_assert_uint_eq(disk_resident(path, LENGTH, LENGTH), 0);
    flight_clear(&flight);
    ck_assert_uint_eq(disk_resident(path, LENGTH, LENGTH), 0);
    unit_rmdir(directory);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("flight");
    UNIT_ADD_ROWS(suite, test_window, rows);
    UNIT_ADD(suite, test_waits);
    return suite;
}
