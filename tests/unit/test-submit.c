/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "disk.h"

#include <errno.h>
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
    Plan plan;
    Storage *storage;
    Residency *residency;
    ReadaheadRules rules;
    int cancel;
    ReadaheadReport report;
    Run run;
} Fixture;

/* Two portions of one file, of two ranges each. */
static void fixture_init(Fixture *fixture, const char *directory, bool rotational)
{
    *fixture = (Fixture){.storage = storage_new("/sys", "/proc/self/mountinfo"),
                         .residency = residency_new()};
    run_begin(&fixture->run, &fixture->plan, &fixture->rules, fixture->storage, fixture->residency,
              &fixture->cancel, &fixture->report);
    fixture->path = disk_file(directory, "file", FILE_BYTES);
    disk_drop(fixture->path);
    fixture->disk = (Disk){.major = 8, .rotational = rotational, .request_bytes = 131072};
    fixture->reading = reading_make();
    struct stat st;
    ck_assert_int_eq(stat(fixture->path, &st), 0);
    g_autoptr(GRefString) path = g_ref_string_new(fixture->path);
    const Target target = {.path = fixture->path,
                           .entry = ledger_entry(fixture->run.ledger, path),
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
    readahead_report_clear(&fixture->report);
    reading_clear(&fixture->reading);
    storage_free(fixture->storage);
    residency_free(fixture->residency);
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
    fixture.rules.maxprocs = rows[_i].maxprocs;
    fixture.cancel = rows[_i].fate == CANCELLED;
    submit_reading(&fixture.run, &fixture.reading, rows[_i].rotational ? 0 : 2);
    run_end(&fixture.run);
    const ReadaheadReport report = fixture.report;
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
    fixture.rules.maxprocs = 1;
    submit_reading(&fixture.run, &fixture.reading, 2);
    run_end(&fixture.run);
    ck_assert_uint_eq(fixture.report.loaded_bytes, 0);
    ck_assert_uint_eq(fixture.report.n_failed, 0);
    fixture_clear(&fixture);
    unit_rmdir(directory);
}
END_TEST

/* In its order, without a look at what came of it: the file has gone on, if the disk was asked. */
START_TEST(test_unverified)
{
    char *directory = disk_mkdir();
    if (directory == NULL)
        unit_skip("no directory on a disk");
    Fixture fixture;
    fixture_init(&fixture, directory, true);
    befall(&fixture, directory, rows[_i].fate);
    fixture.cancel = rows[_i].fate == CANCELLED;
    submit_unverified(&fixture.run, &fixture.reading);
    run_end(&fixture.run);
    ck_assert_uint_eq(fixture.report.n_requests, rows[_i].n_requests);
    ck_assert_uint_eq(fixture.report.loaded_bytes, 0);
    ck_assert_uint_eq(fixture.report.n_failed, rows[_i].n_failed);
    fixture_clear(&fixture);
    unit_rmdir(directory);
}
END_TEST

typedef struct {
    int seen[16];
    guint n;
} Asked;

static int refuse(gpointer data, int fd, Range range)
{
    Asked *asked = data;
    asked->seen[asked->n++] = fd;
    return asked->n == 2 ? EIO : 0;
}

/* The kernel refuses the second request: what follows of that portion is left, the file has failed,
 * and the ledger has what was asked for only. */
START_TEST(test_refused)
{
    char *directory = disk_mkdir();
    if (directory == NULL)
        unit_skip("no directory on a disk");
    Fixture fixture;
    fixture_init(&fixture, directory, false);
    Asked asked = {.n = 0};
    fixture.run.ask = refuse;
    fixture.run.ask_data = &asked;
    ledger_missing(fixture.run.ledger, 0, (Range){0, FILE_BYTES});
    submit_unverified(&fixture.run, &fixture.reading);
    run_end(&fixture.run);
    ck_assert_uint_eq(asked.n, 4); /* two of the first portion, two of the second */
    ck_assert_uint_eq(fixture.report.n_requests, 3);
    ck_assert_uint_eq(fixture.report.n_failed, 1);
    ck_assert_uint_eq(fixture.report.files->len, 1);
    const ReadaheadFile *file = &g_array_index(fixture.report.files, ReadaheadFile, 0);
    g_autoptr(GString) loaded = g_string_new(NULL);
    block_set_print(&file->loaded, loaded);
    ck_assert_str_eq(loaded->str, "0,2-3");
    fixture_clear(&fixture);
    unit_rmdir(directory);
}
END_TEST

static int ignore(gpointer data, int fd, Range range)
{
    return 0;
}

/* The kernel says yes and reads nothing: what then is there is what was waited for, page by page, a
 * few of the first block and all of the short one. Only what is whole counts as loaded. */
START_TEST(test_lacking)
{
    char *directory = disk_mkdir();
    if (directory == NULL || sysconf(_SC_PAGESIZE) != 4096)
        unit_skip("no directory on a disk, or no pages of 4 KiB");
    Fixture fixture;
    fixture_init(&fixture, directory, false);
    g_array_index(fixture.reading.ranges, Range, 0).length_bytes = BLOCK_BYTES;
    fixture.run.ask = ignore;
    ledger_missing(fixture.run.ledger, 0, (Range){0, FILE_BYTES});
    submit_reading(&fixture.run, &fixture.reading, 2);
    run_end(&fixture.run);
    ck_assert_uint_lt(fixture.report.loaded_bytes, fixture.report.submitted_bytes);
    ck_assert_uint_eq(fixture.report.loaded_bytes, disk_resident(fixture.path, 0, FILE_BYTES));
    const ReadaheadFile *file = &g_array_index(fixture.report.files, ReadaheadFile, 0);
    g_autoptr(GString) loaded = g_string_new(NULL);
    block_set_print(&file->loaded, loaded);
    ck_assert_str_eq(loaded->str, "1-3");
    fixture_clear(&fixture);
    unit_rmdir(directory);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("submit");
    UNIT_ADD_ROWS(suite, test_fate, rows);
    UNIT_ADD(suite, test_shrunk);
    UNIT_ADD_ROWS(suite, test_unverified, rows);
    UNIT_ADD(suite, test_refused);
    UNIT_ADD(suite, test_lacking);
    return suite;
}
