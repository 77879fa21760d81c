/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "given.h"
#include "model/footprint.h"
#include "proc-fixture.h"
#include "service/teach.h"
#include "unit.h"

#define BLOCK ((uint64_t)BLOCK_BYTES)

static BlockSet blocks_of(const char *text)
{
    BlockSet blocks = BLOCK_SET_NULL;
    if (*text != '\0')
        ck_assert(block_set_parse(cursor_of(text, strlen(text)), &blocks));
    return blocks;
}

static void file_clear(gpointer data)
{
    ReadaheadFile *file = data;
    g_ref_string_release(file->path);
    block_set_clear(&file->missing);
    block_set_clear(&file->loaded);
}

/* A report of one file. */
static ReadaheadReport report_of(const char *path, const char *missing, const char *loaded)
{
    ReadaheadReport report = {.files = g_array_new(FALSE, FALSE, sizeof(ReadaheadFile))};
    g_array_set_clear_func(report.files, file_clear);
    ReadaheadFile file = {g_ref_string_new(path), blocks_of(missing), blocks_of(loaded)};
    g_array_append_val(report.files, file);
    return report;
}

static void read_ahead(Daemon *daemon, const char *path, const char *missing, const char *loaded)
{
    ReadaheadReport report = report_of(path, missing, loaded);
    teach_reading(daemon, &report);
    readahead_report_clear(&report);
}

/* /x needs 10 blocks of /a. */
static Model *given_one(void)
{
    Model *model = given_model(0);
    when_launched(model, given_launch("/x", 1, "/a=0-9@1"));
    return model;
}

/* Two readings of /a, one after the other; then a launch that misses some blocks. */
static const struct {
    const char *missing[2];
    const char *loaded[2];
    const char *missed;
    Metrics expected; /* in blocks */
} rows[] = {
    {{"", ""}, {"", ""}, "", {1, 10, 10, 0, 0, 0}},
    {{"0-9", ""}, {"0-9", ""}, "", {1, 10, 10, 10, 0, 0}},
    {{"0-9", ""}, {"0-3", ""}, "5-9", {1, 10, 5, 4, 5, 0}},
    {{"0-9", "0-1"}, {"0-9", "0-1"}, "", {1, 10, 10, 10, 0, 2}}, /* evicted, and read again */
    {{"0-9", ""}, {"0-9", ""}, "8-9", {1, 10, 8, 8, 2, 2}},      /* evicted before the launch */
    {{"0-9", "4"}, {"0-9", ""}, "4", {1, 10, 9, 9, 1, 1}},       /* once is once */
};

START_TEST(what_reading_was_good_for)
{
    Daemon daemon = {.model = given_one()};
    Exe *exe = exe_of(daemon.model, "/x");
    for (int i = 0; i < 2; i++)
        read_ahead(&daemon, "/a", rows[_i].missing[i], rows[_i].loaded[i]);
    ReadaheadReport launch = report_of("/a", rows[_i].missed, rows[_i].missed);
    const Metrics *expected = &rows[_i].expected;
    launch.planned_bytes = 10 * BLOCK;
    launch.resident_bytes = expected->resident_bytes * BLOCK;
    launch.submitted_bytes = expected->late_bytes * BLOCK;
    teach_launch(&daemon, exe, &launch);
    readahead_report_clear(&launch);
    ck_assert_uint_eq(exe->metrics.launches, expected->launches);
    ck_assert_uint_eq(exe->metrics.footprint_bytes, expected->footprint_bytes * BLOCK);
    ck_assert_uint_eq(exe->metrics.resident_bytes, expected->resident_bytes * BLOCK);
    ck_assert_uint_eq(exe->metrics.ours_bytes, expected->ours_bytes * BLOCK);
    ck_assert_uint_eq(exe->metrics.late_bytes, expected->late_bytes * BLOCK);
    ck_assert_uint_eq(exe->metrics.wasted_bytes, expected->wasted_bytes * BLOCK);
    model_free(daemon.model);
}
END_TEST

static const struct {
    uint64_t submitted_bytes;
    uint64_t loaded_bytes;
    uint64_t untold_bytes;
    bool cancelled;
    LimiterLeave stopped;
    uint64_t expected_bytes;
} readings[] = {
    {100, 90, 0, false, LIMITER_GO, 90},        {100, 0, 0, false, LIMITER_GO, 0},
    {100, 0, 0, true, LIMITER_GO, 100},         {100, 0, 0, false, LIMITER_BUSY, 100},
    {100, 20, 30, true, LIMITER_CANCELLED, 70}, {100, 20, 90, false, LIMITER_MEMORY, 20},
    {100, 0, 200, true, LIMITER_GO, 0},
};

START_TEST(what_was_stopped_was_read_so_far)
{
    Daemon daemon = {.model = given_one()};
    const ReadaheadReport report = {.submitted_bytes = readings[_i].submitted_bytes,
                                    .loaded_bytes = readings[_i].loaded_bytes,
                                    .untold_bytes = readings[_i].untold_bytes,
                                    .cancelled = readings[_i].cancelled,
                                    .stopped = readings[_i].stopped};
    teach_reading(&daemon, &report);
    ck_assert_uint_eq(days_all(&daemon.model->days).read_bytes, readings[_i].expected_bytes);
    model_free(daemon.model);
}
END_TEST

START_TEST(a_report_without_files)
{
    Daemon daemon = {.model = given_one()};
    Exe *exe = exe_of(daemon.model, "/x");
    const ReadaheadReport report = {.planned_bytes = BLOCK, .resident_bytes = BLOCK};
    teach_reading(&daemon, &report);
    teach_launch(&daemon, exe, &report);
    ck_assert_uint_eq(exe->metrics.launches, 1);
    ck_assert_uint_eq(exe->metrics.resident_bytes, BLOCK);
    model_free(daemon.model);
}
END_TEST

static void ignore(Observation *observation, bool pass, gpointer data)
{
    observation_free(observation);
}

static Observer *given_observer(const char *proc)
{
    const ScanRules rules = {prefix_list_new(NULL), prefix_list_new(NULL), prefix_list_new(NULL),
                             interpreters_new(NULL), 0};
    const ObserverSetup setup = {.proc_path = proc, .rules = &rules, .take = ignore};
    Observer *observer = observer_new(&setup);
    ScanRules spent = rules;
    scan_rules_clear(&spent);
    return observer;
}

/* The observer is told once that a footprint is converged, and once that it is not any more. */
/* As the reading says: its own time has the waits for others in it. */
static const struct {
    uint64_t loaded_bytes;
    uint64_t timed_bytes;
    uint64_t timed_usec;
    uint64_t day_bytes; /* that a speed is told of */
    uint64_t day_usec;
} speeds[] = {
    {100 * MIB, 50 * MIB, 500000, 100 * MIB, 1000000},
    {100 * MIB, 0, 0, 0, 0},
    {100 * MIB, 50 * MIB, 100, 0, 0},
    {100 * MIB, 1000, 500000, 0, 0},
    {0, 50 * MIB, 500000, 0, 0},
};

START_TEST(the_disks_speed_is_of_what_was_timed)
{
    g_autoptr(Model) model = given_one();
    Daemon daemon = {.model = model};
    const ReadaheadReport report = {.loaded_bytes = speeds[_i].loaded_bytes,
                                    .timed_bytes = speeds[_i].timed_bytes,
                                    .timed_usec = speeds[_i].timed_usec,
                                    .took_usec = 30 * G_USEC_PER_SEC};
    teach_reading(&daemon, &report);
    const Day all = days_sum(&model->days, -DAY_LIMIT, DAY_LIMIT);
    ck_assert_uint_eq(all.read_bytes, speeds[_i].loaded_bytes);
    ck_assert_uint_eq(all.timed_bytes, speeds[_i].day_bytes);
    ck_assert_uint_eq(all.read_usec, speeds[_i].day_usec);
}
END_TEST

START_TEST(who_need_not_be_learnt)
{
    char *proc = unit_mkdir();
    Daemon daemon = {.model = given_one(), .observer = given_observer(proc)};
    ck_assert_ptr_nonnull(daemon.observer);
    Exe *exe = exe_of(daemon.model, "/x");
    uint64_t launch = 2;
    for (; launch <= FOOTPRINT_STABLE + 1; launch++) {
        when_launched(daemon.model, given_launch("/x", launch, "/a=0-9@1"));
        teach_observer(&daemon);
        ck_assert_uint_eq(exe->rest_told, 0);
    }
    when_launched(daemon.model, given_launch("/x", launch++, "/a=0-9@1"));
    teach_observer(&daemon);
    ck_assert_uint_eq(exe->rest_told, FOOTPRINT_REST);
    teach_observer(&daemon);
    ck_assert_uint_eq(exe->rest_told, FOOTPRINT_REST);
    /* a launch was learnt from: the rest is over, and told anew */
    g_autoptr(Observation) learnt = observation_new();
    g_ptr_array_add(learnt->sightings, given_launch("/x", launch, "/a=0-9@1"));
    teach_learnt(&daemon, learnt->sightings);
    ck_assert_uint_eq(exe->rest_told, 0);
    teach_observer(&daemon);
    ck_assert_uint_eq(exe->rest_told, FOOTPRINT_REST);
    when_launched(daemon.model, given_launch("/x", launch, "/a=0-9@1 /b=0-99@1"));
    teach_observer(&daemon);
    ck_assert_uint_eq(exe->rest_told, 0);
    observer_free(daemon.observer);
    model_free(daemon.model);
    unit_rmdir(proc);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("teach");
    UNIT_ADD_ROWS(suite, what_reading_was_good_for, rows);
    UNIT_ADD_ROWS(suite, what_was_stopped_was_read_so_far, readings);
    UNIT_ADD(suite, a_report_without_files);
    UNIT_ADD(suite, who_need_not_be_learnt);
    UNIT_ADD_ROWS(suite, the_disks_speed_is_of_what_was_timed, speeds);
    return suite;
}
