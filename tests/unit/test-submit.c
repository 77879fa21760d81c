/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "disk.h"

#include <stdio.h>

#include "prefetch/reading.h"

#define FILE_BYTES 262144

/* What happened to the file between the look at it and the reading. */
typedef enum { SAME, REPLACED, VANISHED, CANCELLED } Fate;

static const struct {
    Fate fate;
    bool rotational;
    uint32_t maxprocs;
    uint32_t n_requests;
    uint32_t n_failed;
} rows[] = {
    {SAME, false, 0, 4, 0},      {SAME, false, 4, 4, 0},     {SAME, true, 4, 4, 0},
    {REPLACED, false, 0, 0, 1},  {REPLACED, true, 0, 0, 1},  {VANISHED, false, 0, 0, 1},
    {VANISHED, false, 4, 0, 1},  {VANISHED, true, 0, 0, 1},  {CANCELLED, false, 0, 0, 0},
    {CANCELLED, false, 4, 0, 0}, {CANCELLED, true, 0, 0, 0},
};

typedef struct {
    char *path;
    Disk disk;
    Reading reading;
} Fixture;

/* Two portions of one file, of two ranges each. */
static void fixture_init(Fixture *fixture, const char *directory, bool rotational)
{
    fixture->path = disk_file(directory, "file", FILE_BYTES);
    disk_drop(fixture->path);
    fixture->disk = (Disk){8, 0, rotational, 131072};
    fixture->reading = (Reading){.targets = g_array_new(FALSE, FALSE, sizeof(Target)),
                                 .ranges = g_array_new(FALSE, FALSE, sizeof(Range)),
                                 .portions = g_array_new(FALSE, FALSE, sizeof(Portion))};
    struct stat st;
    ck_assert_int_eq(stat(fixture->path, &st), 0);
    const Target target = {.path = fixture->path,
                           .disk = &fixture->disk,
                           .dev = st.st_dev,
                           .ino = st.st_ino,
                           .told = true};
    const Range ranges[] = {{0, 16384}, {65536, 16384}, {131072, 16384}, {FILE_BYTES - 4096, 4096}};
    const Portion portions[] = {{.n_ranges = 2, .length_bytes = 32768},
                                {.first_range = 2, .n_ranges = 2, .length_bytes = 20480}};
    g_array_append_val(fixture->reading.targets, target);
    g_array_append_vals(fixture->reading.ranges, ranges, G_N_ELEMENTS(ranges));
    g_array_append_vals(fixture->reading.portions, portions, G_N_ELEMENTS(portions));
}

static void fixture_clear(Fixture *fixture)
{
    g_array_unref(fixture->reading.targets);
    g_array_unref(fixture->reading.ranges);
    g_array_unref(fixture->reading.portions);
    g_free(fixture->path);
}

static void befall(const Fixture *fixture, const char *directory, Fate fate)
{
    if (fate == VANISHED)
        ck_assert_int_eq(unlink(fixture->path), 0);
    if (fate != REPLACED)
        return;
    g_autofree char *other = disk_file(directory, "other", FILE_BYTES);
    disk_drop(other);
    ck_assert_int_eq(rename(other, fixture->path), 0);
}

/* Given a reading; when that befalls its file; then so many requests are made, and nothing else is
 * read. */
START_TEST(test_fate)
{
    char *directory = disk_mkdir();
    if (directory == NULL || sysconf(_SC_PAGESIZE) != 4096)
        unit_skip("no directory on a disk, or no pages of 4 KiB");
    Fixture fixture;
    fixture_init(&fixture, directory, rows[_i].rotational);
    befall(&fixture, directory, rows[_i].fate);
    const ReadaheadRules rules = {.maxprocs = rows[_i].maxprocs};
    const int cancel = rows[_i].fate == CANCELLED;
    g_autoptr(Residency) residency = residency_new();
    ReadaheadReport report = {0};
    submit_reading(&fixture.reading, &rules, rows[_i].rotational ? 0 : 2, residency, &cancel,
                   &report);
    const uint64_t expected_bytes = rows[_i].fate == SAME ? 32768 + 20480 : 0;
    ck_assert_uint_eq(report.n_requests, rows[_i].n_requests);
    ck_assert_uint_eq(report.submitted_bytes, expected_bytes);
    ck_assert_uint_eq(report.loaded_bytes, expected_bytes);
    ck_assert_uint_eq(report.n_failed, rows[_i].n_failed);
    if (rows[_i].fate != VANISHED)
        ck_assert_uint_eq(disk_resident(fixture.path, 0, FILE_BYTES),
                          rows[_i].fate == SAME ? 13 * 4096 : 0);
    fixture_clear(&fixture);
    unit_rmdir(directory);
}
END_TEST

/* Behind the end of the file there is nothing to wait for: it ends, and claims nothing. */
START_TEST(test_shrunk)
{
    char *directory = disk_mkdir();
    if (directory == NULL)
        unit_skip("no directory on a disk");
    Fixture fixture;
    fixture_init(&fixture, directory, false);
    ck_assert_int_eq(truncate(fixture.path, 0), 0);
    const ReadaheadRules rules = {.maxprocs = 1};
    const int cancel = 0;
    g_autoptr(Residency) residency = residency_new();
    ReadaheadReport report = {0};
    submit_reading(&fixture.reading, &rules, 2, residency, &cancel, &report);
    ck_assert_uint_eq(report.loaded_bytes, 0);
    ck_assert_uint_eq(report.n_failed, 0);
    fixture_clear(&fixture);
    unit_rmdir(directory);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("submit");
    UNIT_ADD_ROWS(suite, test_fate, rows);
    UNIT_ADD(suite, test_shrunk);
    return suite;
}
