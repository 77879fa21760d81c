/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "given-prophet.h"
#include "service/report.h"
#include "unit.h"

static const struct {
    uint64_t bytes;
    const char *text;
} sizes[] = {
    {0, "0 KiB"},
    {1536, "2 KiB"},
    {999 << 10, "999 KiB"},
    {1 << 20, "1.0 MiB"},
    {UINT64_C(370) << 20, "370 MiB"},
    {UINT64_C(1536) << 20, "1.5 GiB"},
    {UINT64_MAX, "16777216 TiB"},
};

START_TEST(bytes)
{
    g_autofree char *text = report_bytes(sizes[_i].bytes);
    ck_assert_str_eq(text, sizes[_i].text);
}
END_TEST

START_TEST(observed)
{
    Model *model = given_three();
    Observation *pass = given_pass("/a /b", "");
    when(model, 1, pass);
    Observation *told = given_pass("/usr/bin/x1 /x2 /x3 /x4 /x5", "/gone\x1b[2J");
    g_autofree char *text = report_observed(model, told);
    ck_assert_str_eq(text, "3 programs known, 2 running; started: x1, x2, x3 and 2 more; "
                           "ended: gone?[2J");
    observation_free(told);
    model_free(model);
}
END_TEST

START_TEST(predicted)
{
    Model *model = given_three();
    g_autoptr(Prophecy) prophecy = prophet_prophesy(given_prophet(model, &given_rules));
    g_autofree char *text = report_predicted(prophecy);
    ck_assert_str_eq(text, "next: a 33 %, b 33 %, c 33 %");
    Model *empty = given_model(0);
    g_autoptr(Prophecy) none = prophet_prophesy(given_prophet(empty, &given_rules));
    g_autofree char *nothing = report_predicted(none);
    ck_assert_str_eq(nothing, "next: no guess yet");
    model_free(model);
    model_free(empty);
}
END_TEST

static const struct {
    ReadaheadReport report;
    Budget budget;
    const char *text;
} readings[] = {
    {{0}, {.writeback = true}, "nothing read ahead: the disk is busy writing"},
    {{0}, {0}, "nothing read ahead: memory is short"},
    {{.planned_bytes = 10 * MIB, .resident_bytes = 10 * MIB},
     {.read_bytes = 1},
     "10 MiB wanted, 10 MiB in memory"},
    {{.planned_bytes = 10 * MIB,
      .submitted_bytes = 6 * MIB,
      .loaded_bytes = 6 * MIB,
      .n_files = 1,
      .took_usec = 1500000},
     {.read_bytes = 1},
     "10 MiB wanted, 0 KiB in memory, 6.0 MiB read from 1 file in 1.5 s, all of it loaded"},
    {{.planned_bytes = 10 * MIB,
      .submitted_bytes = 6 * MIB,
      .loaded_bytes = 2 * MIB,
      .n_files = 3,
      .left_bytes = 4 * MIB,
      .n_failed = 2,
      .cancelled = true},
     {.read_bytes = 1},
     "10 MiB wanted, 0 KiB in memory, 6.0 MiB read from 3 files in 0.0 s, of which 2.0 MiB loaded, "
     "4.0 MiB left out: over the budget, 2 files failed, stopped early"},
    {{.planned_bytes = MIB, .submitted_bytes = MIB, .untold_bytes = MIB, .n_files = 1},
     {.read_bytes = 1},
     "1.0 MiB wanted, 0 KiB in memory, 1.0 MiB read from 1 file in 0.0 s, some of it files whose "
     "residency we may not see"},
};

START_TEST(reading)
{
    g_autofree char *text = report_read(&readings[_i].report, &readings[_i].budget);
    ck_assert_str_eq(text, readings[_i].text);
}
END_TEST

START_TEST(counts)
{
    g_autofree char *one = report_counts(1, 1, 1);
    g_autofree char *more = report_counts(0, 2, 3);
    ck_assert_str_eq(one, "1 program, 1 file, 1 chain");
    ck_assert_str_eq(more, "0 programs, 2 files, 3 chains");
}
END_TEST

static const struct {
    int n_launches;
    Metrics metrics;
    const char *text;
} footprints[] = {
    {0, {0}, "2 files of 2.0 MiB as mapped"},
    {1, {0}, "2 files of 64 KiB, learnt from 1 launch, not converged"},
    {4, {0}, "2 files of 64 KiB, learnt from 4 launches, not converged"},
    {5,
     {.launches = 1, .footprint_bytes = 200, .resident_bytes = 150, .ours_bytes = 99},
     "2 files of 64 KiB, learnt from 5 launches, converged, at 1 launch 75 % in memory, 50 % "
     "because read ahead, 0 % read too late"},
    {9,
     {7, 1000, 900, 500, 49, 3 * MIB},
     "2 files of 64 KiB, learnt from the last 8 launches, converged, at 7 launches 90 % in memory, "
     "50 % because read ahead, 5 % read too late, 3.0 MiB read in vain"},
};

START_TEST(footprint)
{
    Model *model = given_model(0);
    Observation *pass = given_pass("/x", "");
    add_sighting(pass, "/x", "/a", MIB);
    add_sighting(pass, "/x", "/b", MIB);
    when(model, 1, pass);
    for (int i = 0; i < footprints[_i].n_launches; i++)
        when_launched(model, given_launch("/x", (uint64_t)i + 1, "/a=0@1 /b"));
    Exe *exe = exe_of(model, "/x");
    exe->metrics = footprints[_i].metrics;
    g_autofree char *text = report_footprint(exe);
    ck_assert_str_eq(text, footprints[_i].text);
    model_free(model);
}
END_TEST

/* Of the classes that did something; nothing is said of what did not happen. */
START_TEST(accounting)
{
    char *directory = unit_mkdir();
    g_autofree char *path = g_build_filename(directory, "log", NULL);
    g_autoptr(Log) log = log_new(path, LEVEL_NOTICE, NULL);
    Accounting account = {.wasted_bytes = 3 << 20};
    account.all[CLASS_ASSIST] = (AccountingRow){.n_plans = 1,
                                                .n_stopped = 1,
                                                .n_skipped = 1,
                                                .n_failed = 1,
                                                .n_requests = 1,
                                                .n_merged = 1,
                                                .n_primed = 1,
                                                .asked_bytes = 1 << 20,
                                                .took_usec = 1500000};
    account.all[CLASS_PREDICTED] = (AccountingRow){.n_plans = 2,
                                                   .n_stopped = 2,
                                                   .n_skipped = 4,
                                                   .n_failed = 5,
                                                   .n_requests = 6,
                                                   .n_merged = 7,
                                                   .n_primed = 8,
                                                   .asked_bytes = 9 << 20,
                                                   .resident_bytes = 10 << 20,
                                                   .read_bytes = 11 << 20,
                                                   .gap_bytes = 12 << 20,
                                                   .loaded_bytes = 13 << 20,
                                                   .cancelled_bytes = 14 << 20,
                                                   .left_bytes = 15 << 20,
                                                   .took_usec = 2000000};
    report_accounting(log, &account);
    g_autofree char *text = NULL;
    ck_assert(g_file_get_contents(path, &text, NULL, NULL));
    static const char *const expected[] = {
        "read ahead since the start, 3.0 MiB in vain:\n",
        "  assist: 1 plan in 1.5 s: 1.0 MiB wanted, 1 request, 1 request saved by that, "
        "1 name looked up, 1 file skipped, 1 file failed, 1 plan stopped early\n",
        "  predicted: 2 plans in 2.0 s: 9.0 MiB wanted, 10 MiB in memory before, 11 MiB read, "
        "6 requests, 12 MiB of it gaps, 7 requests saved by that, 13 MiB seen loaded, "
        "14 MiB cancelled, 15 MiB over the budget, 8 names looked up, 4 files skipped, "
        "5 files failed, 2 plans stopped early\n",
    };
    for (gsize j = 0; j < G_N_ELEMENTS(expected); j++)
        ck_assert_msg(strstr(text, expected[j]) != NULL, "%s\nis not in\n%s", expected[j], text);
    ck_assert_ptr_null(strstr(text, "session"));
    ck_assert_ptr_null(strstr(text, "bulk"));
    unit_rmdir(directory);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("report");
    UNIT_ADD_ROWS(suite, bytes, sizes);
    UNIT_ADD(suite, observed);
    UNIT_ADD(suite, predicted);
    UNIT_ADD_ROWS(suite, reading, readings);
    UNIT_ADD(suite, counts);
    UNIT_ADD_ROWS(suite, footprint, footprints);
    UNIT_ADD(suite, accounting);
    return suite;
}
