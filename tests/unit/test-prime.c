/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "plan-fixture.h"

#include "prefetch/prime.h"

static char *make_file(const Fixture *fixture)
{
    return cold_file(fixture, "item", MIB);
}

static char *make_directory(const Fixture *fixture)
{
    char *path = g_build_filename(fixture->directory, "item", NULL);
    ck_assert_int_eq(mkdir(path, 0755), 0);
    g_free(unit_write(path, "in-it", "x", 1));
    return path;
}

static char *make_fifo(const Fixture *fixture)
{
    char *path = g_build_filename(fixture->directory, "item", NULL);
    ck_assert_int_eq(mkfifo(path, 0644), 0);
    return path;
}

static char *make_link(const Fixture *fixture)
{
    char *path = g_build_filename(fixture->directory, "item", NULL);
    ck_assert_int_eq(symlink(fixture->directory, path), 0);
    return path;
}

static char *make_nothing(const Fixture *fixture)
{
    return g_build_filename(fixture->directory, "item", NULL);
}

static char *make_device(const Fixture *fixture)
{
    return g_strdup("/dev/null");
}

static char *make_proc(const Fixture *fixture)
{
    return g_strdup("/proc/self");
}

/* Given something under a name that is wanted as a file or as a directory; when it is primed; then
 * it is looked up, passed over, or was known. */
static const struct {
    char *(*make)(const Fixture *fixture);
    bool directory;
    uint32_t n_primed;
    uint32_t n_skipped;
} rows[] = {
    {make_file, false, 0, 0},      {make_directory, true, 1, 0}, {make_file, true, 0, 1},
    {make_directory, false, 0, 1}, {make_fifo, false, 0, 1},     {make_fifo, true, 0, 1},
    {make_link, false, 0, 1},      {make_link, true, 0, 1},      {make_nothing, false, 0, 1},
    {make_nothing, true, 0, 1},    {make_device, false, 0, 1},   {make_device, true, 0, 1},
    {make_proc, true, 0, 1},
};

START_TEST(test_item)
{
    Fixture fixture;
    if (!fixture_init(&fixture))
        unit_skip("no directory on a disk");
    g_autofree char *path = rows[_i].make(&fixture);
    want_name(&fixture, path, rows[_i].directory);
    Run of_it;
    begin(&fixture, &of_it);
    prime_item(&of_it, &g_array_index(fixture.plan->items, PlanItem, 0));
    run_end(&of_it);
    ck_assert_uint_eq(fixture.report.n_primed, rows[_i].n_primed);
    ck_assert_uint_eq(fixture.report.n_skipped, rows[_i].n_skipped);
    if (rows[_i].make == make_file)
        ck_assert_uint_eq(resident(path, MIB), 0);
    fixture_clear(&fixture);
}
END_TEST

/* So many names, so many threads allowed: so many are started. */
static const struct {
    guint n_names;
    uint32_t maxprocs;
    guint n_threads_max;
    guint n_helpers;
} crowds[] = {
    {0, 30, 8, 0},   {1, 30, 8, 1},  {8, 30, 8, 1},  {9, 30, 8, 2},
    {100, 30, 8, 8}, {100, 3, 8, 3}, {100, 0, 8, 0},
};

/* Each name is looked up once; what is not on a disk of this machine is not even in the lane. */
START_TEST(test_crowd)
{
    Fixture fixture;
    if (!fixture_init_disk(&fixture, false))
        unit_skip("no directory on a disk of its own");
    for (guint i = 0; i < crowds[_i].n_names; i++) {
        g_autofree char *path = g_strdup_printf("%s/d%u", fixture.directory, i);
        ck_assert_int_eq(mkdir(path, 0755), 0);
        want_name(&fixture, path, true);
    }
    want_name(&fixture, "/proc/self", true);
    fixture.rules.maxprocs = crowds[_i].maxprocs;
    Run of_it;
    begin(&fixture, &of_it);
    g_autoptr(GArray) lane = run_lane(&of_it, 0, false);
    ck_assert_uint_eq(lane->len, crowds[_i].n_names);
    Primer *primer = primer_start(&of_it, lane, NULL, (PrimerManner){crowds[_i].n_threads_max, 0});
    ck_assert((primer != NULL) == (crowds[_i].n_helpers > 0));
    primer_free(primer);
    ck_assert_uint_eq(of_it.n_helpers, crowds[_i].n_helpers);
    run_end(&of_it);
    ck_assert_uint_eq(fixture.report.n_primed, crowds[_i].n_helpers > 0 ? crowds[_i].n_names : 0);
    ck_assert_uint_eq(fixture.report.n_skipped, 0);
    fixture_clear(&fixture);
}
END_TEST

static void await_primed(Run *run, uint32_t n_primed)
{
    uint32_t n = 0;
    while (n < n_primed) {
        g_thread_yield();
        G_GNUC_UNUSED g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&run->lock);
        n = run->report->n_primed;
    }
}

/* As far ahead of who reads as it may be, and no further. */
START_TEST(test_ahead)
{
    Fixture fixture;
    if (!fixture_init_disk(&fixture, false))
        unit_skip("no directory on a disk of its own");
    for (guint i = 0; i < 100; i++) {
        g_autofree char *path = g_strdup_printf("%s/d%u", fixture.directory, i);
        ck_assert_int_eq(mkdir(path, 0755), 0);
        want_name(&fixture, path, true);
    }
    Run of_it;
    begin(&fixture, &of_it);
    g_autoptr(GArray) lane = run_lane(&of_it, 0, false);
    Primer *primer = primer_start(&of_it, lane, NULL, (PrimerManner){8, 10});
    await_primed(&of_it, 10);
    primer_advance(primer, 5);
    primer_advance(primer, 3); /* another thread that reads is not so far */
    await_primed(&of_it, 15);
    primer_stop(primer);
    primer_free(primer);
    run_end(&of_it);
    ck_assert_uint_eq(fixture.report.n_primed, 15);
    primer_advance(NULL, 1);
    fixture_clear(&fixture);
}
END_TEST

START_TEST(test_cancelled)
{
    Fixture fixture;
    if (!fixture_init_disk(&fixture, false))
        unit_skip("no directory on a disk of its own");
    want_name(&fixture, fixture.directory, true);
    fixture.cancel = 1;
    Run of_it;
    begin(&fixture, &of_it);
    g_autoptr(GArray) lane = run_lane(&of_it, 0, false);
    primer_free(primer_start(&of_it, lane, NULL, (PrimerManner){8, 0}));
    run_end(&of_it);
    ck_assert_uint_eq(fixture.report.n_primed, 0);
    ck_assert(fixture.report.cancelled);
    fixture_clear(&fixture);
}
END_TEST

/* Of a lane: from an item on, by kind of disk, with the directories before it in front. */
START_TEST(test_lane)
{
    Fixture fixture;
    if (!fixture_init_disk(&fixture, _i == 1))
        unit_skip("no directory on a disk of its own");
    static const bool directories[] = {false, true, false, true, false};
    for (guint i = 0; i < G_N_ELEMENTS(directories); i++) {
        g_autofree char *path = g_strdup_printf("%s/%u", fixture.directory, i);
        want_name(&fixture, path, directories[i]);
    }
    Run of_it;
    begin(&fixture, &of_it);
    g_autoptr(GArray) lane = run_lane(&of_it, 2, _i == 1);
    g_autoptr(GArray) other = run_lane(&of_it, 2, _i != 1);
    g_autoptr(GString) order = g_string_new(NULL);
    for (guint i = 0; i < lane->len; i++) {
        g_autofree char *name = g_path_get_basename(g_array_index(lane, LaneItem, i).item->path);
        g_string_append(order, name);
    }
    ck_assert_str_eq(order->str, "1234");
    ck_assert_uint_eq(other->len, 0);
    run_end(&of_it);
    fixture_clear(&fixture);
}
END_TEST

Suite *unit_suite(void)
{
    static const bool rotational[] = {false, true};
    Suite *suite = suite_create("prime");
    UNIT_ADD_ROWS(suite, test_item, rows);
    UNIT_ADD_ROWS(suite, test_crowd, crowds);
    UNIT_ADD(suite, test_ahead);
    UNIT_ADD(suite, test_cancelled);
    UNIT_ADD_ROWS(suite, test_lane, rotational);
    return suite;
}
