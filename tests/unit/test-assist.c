/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "plan-fixture.h"

#include "base/fd.h"
#include "prefetch/assist.h"
#include "prefetch/extents.h"

/* Who waits for a disk, and by how many threads. */
static const struct {
    bool rotational;
    uint32_t maxprocs;
    bool helped;
} manners[] = {{false, 0, false}, {false, 30, true}, {true, 0, false}, {true, 30, false}};

static bool begin_assist(Fixture *fixture, guint manner)
{
    if (!fixture_init_disk(fixture, manners[manner].rotational))
        return false;
    fixture->rules.assist = true;
    fixture->rules.maxprocs = manners[manner].maxprocs;
    return true;
}

/* What is missing is loaded, and no more; all is told. */
START_TEST(test_loads)
{
    static const BlockRun some[] = {{0, 1}, {5, 3}};
    static const BlockRun more[] = {{7, 2}, {30, 100}};
    Fixture fixture;
    if (!begin_assist(&fixture, (guint)_i))
        unit_skip("no directory on a disk of its own");
    g_autofree char *warm = disk_file(fixture.directory, "warm", MIB);
    g_autofree char *large = cold_file(&fixture, "large", 8 * MIB);
    g_autofree char *twice = cold_file(&fixture, "twice", 31 * BLOCK_BYTES + 5000);
    g_autofree char *name = cold_file(&fixture, "name", MIB);
    want_all(&fixture, warm);
    want(&fixture, twice, some, G_N_ELEMENTS(some));
    want_all(&fixture, large);
    want_name(&fixture, name, false);
    want_name(&fixture, fixture.directory, true);
    want(&fixture, twice, more, G_N_ELEMENTS(more));
    run(&fixture);
    g_autofree char *of_large = told_of(&fixture, large);
    g_autofree char *of_twice = told_of(&fixture, twice);
    ck_assert_str_eq(of_large, "0-127 0-127");
    ck_assert_str_eq(of_twice, "0,5-8,30-31 0,5-8,30-31");
    ck_assert_uint_eq(fixture.report.files->len, 2);
    ck_assert_uint_eq(fixture.report.n_files, 2);
    ck_assert_uint_eq(fixture.report.n_primed, 1); /* the directory; all names are known */
    ck_assert_uint_eq(fixture.report.loaded_bytes, 0);
    ck_assert_uint_ge(fixture.report.resident_bytes, MIB);
    ck_assert_uint_eq(fixture.report.left_bytes, 0);
    ck_assert_uint_eq(fixture.report.n_failed, 0);
    ck_assert_uint_eq(fixture.report.n_skipped, 0);
    ck_assert(await_resident(&fixture, large, 8 * MIB, 8 * MIB));
    ck_assert(await_resident(&fixture, twice, 31 * BLOCK_BYTES + 5000, 6 * BLOCK_BYTES + 8192));
    ck_assert_uint_eq(resident(name, MIB), 0);
    fixture_clear(&fixture);
}
END_TEST

/* Requests as they were made. */
typedef struct {
    GMutex lock;
    GString *text;
    guint n;
    guint cancel_at;
    int *cancel;
} Record;

static int record(gpointer data, int fd, Range range)
{
    Record *made = data;
    g_autofree char *link = g_strdup_printf("/proc/self/fd/%d", fd);
    g_autofree char *path = g_file_read_link(link, NULL);
    g_autofree char *name = g_path_get_basename(path);
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&made->lock);
    g_string_append_printf(made->text, "%s:%u+%u ", name, (unsigned)(range.offset_bytes >> 10),
                           (unsigned)(range.length_bytes >> 10));
    if (++made->n == made->cancel_at)
        g_atomic_int_set(made->cancel, 1);
    return 0;
}

static void run_recorded(Fixture *fixture, Record *made, guint cancel_at, guint *ret_n_helpers)
{
    Run of_it;
    *made =
        (Record){.text = g_string_new(NULL), .cancel_at = cancel_at, .cancel = &fixture->cancel};
    g_mutex_init(&made->lock);
    begin(fixture, &of_it);
    of_it.ask = record;
    of_it.ask_data = made;
    assist_run(&of_it);
    if (ret_n_helpers != NULL)
        *ret_n_helpers = of_it.n_helpers;
    run_end(&of_it);
    g_mutex_clear(&made->lock);
}

/* In the order of the plan, each file's missing parts in requests of 128 KiB at most. */
START_TEST(test_order)
{
    static const BlockRun b[] = {{0, 1}, {2, 3}};
    static const BlockRun a[] = {{1, 1}};
    static const BlockRun c[] = {{0, 2}};
    static const BlockRun late[] = {{10, 1}};
    Fixture fixture;
    if (!fixture_init_disk(&fixture, false))
        unit_skip("no directory on a disk of its own");
    fixture.rules = (ReadaheadRules){.sort = SORT_PATH, .assist = true};
    g_autofree char *b_path = cold_file(&fixture, "b", MIB);
    g_autofree char *a_path = cold_file(&fixture, "a", MIB);
    g_autofree char *c_path = cold_file(&fixture, "c", MIB);
    disk_load(c_path, 0, BLOCK_BYTES);
    want(&fixture, b_path, b, G_N_ELEMENTS(b));
    want_name(&fixture, c_path, false);
    want(&fixture, a_path, a, G_N_ELEMENTS(a));
    want(&fixture, c_path, c, G_N_ELEMENTS(c));
    want(&fixture, b_path, late, G_N_ELEMENTS(late));
    Record made;
    run_recorded(&fixture, &made, 0, NULL);
    ck_assert_str_eq(made.text->str, "b:0+64 b:128+128 b:256+64 a:64+64 c:64+64 b:640+64 ");
    g_string_free(made.text, TRUE);
    fixture_clear(&fixture);
}
END_TEST

/* Of the file that a request "name:..." was for; 0 if it is not told. */
static uint64_t place_of(const Fixture *fixture, const char *request)
{
    uint64_t place = 0;
    g_autofree char *name = g_strndup(request, strcspn(request, ":"));
    g_autofree char *path = g_build_filename(fixture->directory, name, NULL);
    autofd fd = open(path, O_RDONLY | O_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    return extents_physical(fd, 0, &place) ? place : 0;
}

/* On a disk with a head by place, but a batch after the other. */
START_TEST(test_order_with_head)
{
    enum { FILES = 70 };
    static const BlockRun block[] = {{0, 1}};
    Fixture fixture;
    if (!fixture_init_disk(&fixture, true))
        unit_skip("no directory on a disk of its own");
    fixture.rules.assist = true;
    for (guint i = 0; i < FILES; i++) {
        g_autofree char *name = g_strdup_printf("%u", i);
        g_autofree char *path = cold_file(&fixture, name, BLOCK_BYTES);
        want(&fixture, path, block, 1);
    }
    Record made;
    run_recorded(&fixture, &made, 0, NULL);
    g_auto(GStrv) requests = g_strsplit(made.text->str, " ", -1);
    ck_assert_uint_eq(g_strv_length(requests), FILES + 1);
    uint64_t last_place = 0;
    for (guint i = 0; i < FILES; i++) {
        ck_assert((strtoul(requests[i], NULL, 10) >= 64) == (i >= 64));
        uint64_t place = place_of(&fixture, requests[i]);
        ck_assert(i % 64 == 0 || place == 0 || place > last_place);
        last_place = place;
    }
    g_string_free(made.text, TRUE);
    fixture_clear(&fixture);
}
END_TEST

static const guint cancel_counts[] = {1, 2, 7};

/* Nothing is asked for once it is cancelled, whoever was at what; the other thread may have been
 * just about to. */
START_TEST(test_cancel)
{
    guint manner = (guint)_i % G_N_ELEMENTS(manners);
    guint n = cancel_counts[(guint)_i / G_N_ELEMENTS(manners)];
    Fixture fixture;
    if (!begin_assist(&fixture, manner))
        unit_skip("no directory on a disk of its own");
    g_autofree char *first = cold_file(&fixture, "first", MIB);
    g_autofree char *second = cold_file(&fixture, "second", MIB);
    want_all(&fixture, first);
    want_all(&fixture, second);
    Record made;
    run_recorded(&fixture, &made, n, NULL);
    ck_assert_uint_ge(made.n, n);
    ck_assert_uint_le(made.n, n + (manners[manner].helped ? 1 : 0));
    ck_assert(fixture.report.cancelled);
    ck_assert_uint_eq(fixture.report.n_requests, made.n);
    g_string_free(made.text, TRUE);
    fixture_clear(&fixture);
}
END_TEST

START_TEST(test_cancelled_before)
{
    Fixture fixture;
    if (!begin_assist(&fixture, (guint)_i))
        unit_skip("no directory on a disk of its own");
    g_autofree char *path = cold_file(&fixture, "file", MIB);
    want_all(&fixture, path);
    fixture.cancel = 1;
    guint n_helpers = 0;
    Record made;
    run_recorded(&fixture, &made, 0, &n_helpers);
    ck_assert_uint_eq(made.n + n_helpers, 0);
    ck_assert_uint_eq(fixture.report.planned_bytes, 0);
    g_string_free(made.text, TRUE);
    fixture_clear(&fixture);
}
END_TEST

/* All is there: it is looked at by this thread, and that is all. With a name that is not known, of
 * a file or just for itself, or a block that is missing, others help. */
static const struct {
    bool unknown_file;
    bool unknown_name;
    bool missing;
} temperatures[] = {
    {false, false, false}, {true, false, false}, {false, true, false}, {false, false, true}};

START_TEST(test_warm)
{
    const bool unknown = temperatures[_i].unknown_file || temperatures[_i].unknown_name;
    const bool warm = !unknown && !temperatures[_i].missing;
    Fixture fixture;
    if (!begin_assist(&fixture, 1))
        unit_skip("no directory on a disk of its own");
    g_autofree char *path = disk_file(fixture.directory, "file", MIB);
    g_autofree char *name = g_build_filename(fixture.directory, "name", NULL);
    if (temperatures[_i].missing) {
        disk_drop(path);
        disk_load(path, 0, MIB - BLOCK_BYTES);
    }
    want_name(&fixture, fixture.directory, true);
    want_all(&fixture, path);
    want_name(&fixture, path, false);
    if (temperatures[_i].unknown_file)
        want_unknown(&fixture);
    if (temperatures[_i].unknown_name)
        want_name(&fixture, name, false);
    guint n_helpers = 0;
    Record made;
    run_recorded(&fixture, &made, 0, &n_helpers);
    ck_assert((n_helpers == 0) == warm);
    ck_assert_str_eq(made.text->str, temperatures[_i].missing ? "file:960+64 " : "");
    ck_assert_uint_eq(fixture.report.n_primed, warm ? 0 : 1); /* the directory */
    ck_assert_uint_eq(fixture.report.planned_bytes, MIB);
    ck_assert_uint_eq(fixture.report.resident_bytes,
                      temperatures[_i].missing ? MIB - BLOCK_BYTES : MIB);
    ck_assert_uint_eq(fixture.report.n_skipped, unknown ? 1 : 0);
    g_string_free(made.text, TRUE);
    fixture_clear(&fixture);
}
END_TEST

/* Three cold files of 1 MiB; so much is asked for. */
static const struct {
    uint64_t read_bytes;
    uint64_t keep_bytes;
    uint64_t submitted_bytes;
} budgets[] = {
    {UINT64_MAX, UINT64_MAX, 3 * MIB},
    {3 * MIB, 3 * MIB, 3 * MIB},
    {2 * MIB, 3 * MIB, 2 * MIB},
    {3 * MIB, MIB, MIB},
    {MIB + 1000, MIB * 3, MIB},
    {65535, MIB, 0},
    {0, 0, 0},
};

START_TEST(test_budget)
{
    static const char *const names[] = {"a", "b", "c"};
    static const BlockRun all = {0, 16};
    guint manner = (guint)_i % G_N_ELEMENTS(manners);
    guint row = (guint)_i / G_N_ELEMENTS(manners);
    Fixture fixture;
    if (!begin_assist(&fixture, manner))
        unit_skip("no directory on a disk of its own");
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = cold_file(&fixture, names[i], MIB);
        want(&fixture, path, &all, 1);
    }
    set_budget(&fixture, budgets[row].read_bytes, budgets[row].keep_bytes);
    Record made;
    run_recorded(&fixture, &made, 0, NULL);
    ck_assert_uint_eq(fixture.report.submitted_bytes, budgets[row].submitted_bytes);
    ck_assert_uint_eq(fixture.report.planned_bytes, 3 * MIB);
    ck_assert_uint_eq(fixture.report.left_bytes, 3 * MIB - budgets[row].submitted_bytes);
    g_string_free(made.text, TRUE);
    fixture_clear(&fixture);
}
END_TEST

static void make_fifo(const char *path)
{
    ck_assert_int_eq(mkfifo(path, 0644), 0);
}

static void make_link(const char *path)
{
    ck_assert_int_eq(symlink("good", path), 0);
}

static void make_directory(const char *path)
{
    ck_assert_int_eq(mkdir(path, 0755), 0);
}

static void make_nothing(const char *path)
{
}

static void (*const strangers[])(const char *path) = {make_fifo, make_link, make_directory,
                                                      make_nothing};

/* Under a wanted name there is now something else: it is passed over, what follows is read. */
START_TEST(test_stranger)
{
    guint manner = (guint)_i % G_N_ELEMENTS(manners);
    Fixture fixture;
    if (!begin_assist(&fixture, manner))
        unit_skip("no directory on a disk of its own");
    g_autofree char *stranger = g_build_filename(fixture.directory, "stranger", NULL);
    g_autofree char *good = cold_file(&fixture, "good", MIB);
    strangers[(guint)_i / G_N_ELEMENTS(manners)](stranger);
    want_all(&fixture, good);
    want_all(&fixture, stranger);
    want_all(&fixture, "/dev/zero");
    want_all(&fixture, "/proc/self/maps");
    want_name(&fixture, good, true); /* a file where a directory was */
    want_all(&fixture, good);
    Record made;
    run_recorded(&fixture, &made, 0, NULL);
    ck_assert_uint_ge(fixture.report.n_skipped, 4);
    ck_assert(strstr(made.text->str, "good:896+128 ") != NULL);
    ck_assert(strstr(made.text->str, "stranger") == NULL && strstr(made.text->str, "zero") == NULL);
    g_string_free(made.text, TRUE);
    fixture_clear(&fixture);
}
END_TEST

/* Blocks behind the end of a file that has become shorter do not exist. */
START_TEST(test_shrunk)
{
    static const BlockRun runs[] = {{0, 1}, {10, 2}};
    Fixture fixture;
    if (!begin_assist(&fixture, (guint)_i))
        unit_skip("no directory on a disk of its own");
    g_autofree char *path = cold_file(&fixture, "file", MIB);
    ck_assert_int_eq(truncate(path, 10 * BLOCK_BYTES + 4096), 0);
    disk_drop(path);
    want(&fixture, path, runs, G_N_ELEMENTS(runs));
    Record made;
    run_recorded(&fixture, &made, 0, NULL);
    ck_assert_str_eq(made.text->str, "file:0+64 file:640+4 ");
    ck_assert_uint_eq(fixture.report.planned_bytes, BLOCK_BYTES + 4096);
    g_string_free(made.text, TRUE);
    fixture_clear(&fixture);
}
END_TEST

/* The kernel refuses: the file has failed, once, and the next one is read. */
static int refuse(gpointer data, int fd, Range range)
{
    g_atomic_int_inc((int *)data);
    return 5;
}

START_TEST(test_refused)
{
    Fixture fixture;
    if (!begin_assist(&fixture, (guint)_i))
        unit_skip("no directory on a disk of its own");
    g_autofree char *first = cold_file(&fixture, "first", MIB);
    g_autofree char *second = cold_file(&fixture, "second", MIB);
    want_all(&fixture, first);
    want_all(&fixture, second);
    int n = 0;
    Run of_it;
    begin(&fixture, &of_it);
    of_it.ask = refuse;
    of_it.ask_data = &n;
    assist_run(&of_it);
    run_end(&of_it);
    ck_assert_int_eq(n, 2);
    ck_assert_uint_eq(fixture.report.n_failed, 2);
    ck_assert_uint_eq(fixture.report.submitted_bytes, 0);
    g_autofree char *told = told_of(&fixture, first);
    ck_assert_str_eq(told, "0-15 ");
    fixture_clear(&fixture);
}
END_TEST

static void add_product(Suite *suite, const char *name, const TTest *test, guint n_rows)
{
    TCase *tcase = tcase_create(name);
    tcase_add_loop_test(tcase, test, 0, (int)(n_rows * G_N_ELEMENTS(manners)));
    suite_add_tcase(suite, tcase);
}

Suite *unit_suite(void)
{
    Suite *suite = suite_create("assist");
    UNIT_ADD_ROWS(suite, test_loads, manners);
    UNIT_ADD(suite, test_order);
    UNIT_ADD(suite, test_order_with_head);
    add_product(suite, "test_cancel", test_cancel, G_N_ELEMENTS(cancel_counts));
    UNIT_ADD_ROWS(suite, test_cancelled_before, manners);
    UNIT_ADD_ROWS(suite, test_warm, temperatures);
    add_product(suite, "test_budget", test_budget, G_N_ELEMENTS(budgets));
    add_product(suite, "test_stranger", test_stranger, G_N_ELEMENTS(strangers));
    UNIT_ADD_ROWS(suite, test_shrunk, manners);
    UNIT_ADD_ROWS(suite, test_refused, manners);
    return suite;
}
