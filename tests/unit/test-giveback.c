/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "disk.h"
#include "given.h"
#include "model/metrics.h"
#include "prefetch/giveback.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#define FILE_BYTES (4 * BLOCK_BYTES)

static void note_read(Model *model, const char *path, uint32_t n_blocks)
{
    BlockSet blocks = BLOCK_SET_NULL;
    (void)block_set_add_run(&blocks, 0, n_blocks);
    metrics_note_read(model, path, &blocks);
    block_set_clear(&blocks);
}

/* Three programs with a file each; /run runs. */
static Model *given_programs(void)
{
    Model *model = given_model(0);
    g_autoptr(Observation) observation = given_pass("/often /rare /run", "");
    add_sighting(observation, "/often", "/of-often", FILE_BYTES);
    add_sighting(observation, "/rare", "/of-rare", FILE_BYTES);
    add_sighting(observation, "/run", "/of-run", FILE_BYTES);
    add_sighting(observation, "/rare", "/shared", FILE_BYTES);
    add_sighting(observation, "/run", "/shared", FILE_BYTES);
    model_observe(model, observation);
    g_autoptr(Observation) later = given_pass("", "/often /rare");
    model_observe(model, later);
    return model;
}

static const struct {
    float often;
    float rare;
    Pool often_pool;
    const char *first;
} orders[] = {
    {-2.0F, -0.1F, POOL_PRIORITY, "/of-rare"},
    {-0.1F, -2.0F, POOL_PRIORITY, "/of-often"},
    {-2.0F, -0.1F, POOL_OBSERVATION, "/of-often"},
};

/* Given four files that are ours, of which two are in use; then the other two are given back, the
 * least likely first. */
START_TEST(test_list)
{
    Model *model = given_programs();
    static const char *const paths[] = {"/of-often", "/of-rare", "/of-run", "/shared"};
    for (gsize i = 0; i < G_N_ELEMENTS(paths); i++)
        note_read(model, paths[i], 2);
    Map *often = model_find_map(model, "/of-often");
    Map *rare = model_find_map(model, "/of-rare");
    often->lnprob = orders[_i].often;
    rare->lnprob = orders[_i].rare;
    often->pool = orders[_i].often_pool;
    rare->pool = POOL_PRIORITY;
    g_autoptr(GArray) list = giveback_list(model);
    ck_assert_uint_eq(list->len, 2);
    ck_assert_str_eq(g_array_index(list, GivebackItem, 0).path, orders[_i].first);
    ck_assert_uint_eq(block_set_bytes(&g_array_index(list, GivebackItem, 0).blocks),
                      2 * BLOCK_BYTES);
    model_free(model);
}
END_TEST

/* What nobody read ahead is not ours to give. */
START_TEST(test_not_ours)
{
    Model *model = given_programs();
    g_autoptr(GArray) list = giveback_list(model);
    ck_assert_uint_eq(list->len, 0);
    model_free(model);
}
END_TEST

typedef struct {
    char *directory;
    GArray *list;
    Storage *storage;
    Residency *residency;
    int cancel;
    uint32_t enough_after; /* so many looks at memory */
    GivebackReport report;
} Fixture;

static bool memory(gpointer data, Meminfo *ret)
{
    Fixture *fixture = data;
    bool enough = fixture->enough_after-- == 0;
    *ret = (Meminfo){.total_bytes = 1000, .free_bytes = enough ? 100 : 99};
    return true;
}

static bool fixture_init(Fixture *fixture)
{
    *fixture = (Fixture){.directory = disk_mkdir(), .enough_after = 1000};
    if (fixture->directory == NULL)
        return false;
    fixture->list = g_array_new(FALSE, FALSE, sizeof(GivebackItem));
    fixture->storage = storage_new("/sys", "/proc/self/mountinfo");
    fixture->residency = residency_new();
    return true;
}

static void fixture_clear(Fixture *fixture)
{
    for (guint i = 0; i < fixture->list->len; i++) {
        GivebackItem *item = &g_array_index(fixture->list, GivebackItem, i);
        g_ref_string_release(item->path);
        block_set_clear(&item->blocks);
    }
    g_array_unref(fixture->list);
    giveback_report_clear(&fixture->report);
    storage_free(fixture->storage);
    residency_free(fixture->residency);
    unit_rmdir(fixture->directory);
}

/* A file in memory, of which those blocks are in the list. */
static char *listed(Fixture *fixture, const char *name, uint32_t first, uint32_t count)
{
    char *path = disk_file(fixture->directory, name, FILE_BYTES);
    disk_drop(path);
    /* Block by block, so that no large folio spans two of them. */
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ck_assert_int_eq(posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM), 0);
    g_autofree char *buffer = g_malloc(4096);
    for (off_t at = 0; at < (off_t)FILE_BYTES; at += 4096)
        ck_assert_int_eq(pread(fd, buffer, 4096, at), 4096);
    (void)close(fd);
    GivebackItem item = {.path = g_ref_string_new(path)};
    (void)block_set_add_run(&item.blocks, first, count);
    g_array_append_val(fixture->list, item);
    return path;
}

static void give(Fixture *fixture)
{
    const GivebackSetup setup = {fixture->storage, fixture->residency, memory, fixture,
                                 &fixture->cancel};
    giveback_run(fixture->list, &setup, &fixture->report);
}

/* Of a file that somebody has mapped, the pages that are mapped stay; of the others, what is listed
 * goes and nothing else. */
START_TEST(test_give)
{
    Fixture fixture;
    if (!fixture_init(&fixture))
        unit_skip("no directory on a disk");
    g_autofree char *plain = listed(&fixture, "plain", 1, 2);
    g_autofree char *mapped = listed(&fixture, "mapped", 0, 4);
    int fd = open(mapped, O_RDONLY | O_CLOEXEC);
    char *map = mmap(NULL, BLOCK_BYTES, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0);
    ck_assert_ptr_ne(map, MAP_FAILED);
    give(&fixture);
    ck_assert_uint_eq(disk_resident(plain, 0, FILE_BYTES), 2 * BLOCK_BYTES);
    ck_assert_uint_eq(disk_resident(mapped, 0, BLOCK_BYTES), BLOCK_BYTES);
    ck_assert_uint_eq(disk_resident(mapped, BLOCK_BYTES, 3 * BLOCK_BYTES), 0);
    ck_assert_uint_eq(fixture.report.given_bytes, 5 * BLOCK_BYTES);
    ck_assert_uint_eq(fixture.report.n_files, 2);
    const GivebackItem *last = &g_array_index(fixture.report.given, GivebackItem, 1);
    ck_assert_str_eq(last->path, mapped);
    ck_assert_uint_eq(block_set_bytes(&last->blocks), 3 * BLOCK_BYTES);
    ck_assert_uint_eq(last->blocks.runs[0].first, 1);
    (void)munmap(map, BLOCK_BYTES);
    (void)close(fd);
    fixture_clear(&fixture);
}
END_TEST

/* It ends when enough is free, or when it is cancelled; what is gone is passed over. */
START_TEST(test_end)
{
    Fixture fixture;
    if (!fixture_init(&fixture))
        unit_skip("no directory on a disk");
    g_autofree char *first = listed(&fixture, "first", 0, 4);
    g_autofree char *second = listed(&fixture, "second", 0, 4);
    fixture.enough_after = _i == 0 ? 1 : 1000;
    fixture.cancel = _i == 1;
    if (_i == 2)
        ck_assert_int_eq(unlink(first), 0);
    give(&fixture);
    ck_assert_uint_eq(disk_resident(second, 0, FILE_BYTES), _i == 2 ? 0 : FILE_BYTES);
    if (_i != 2)
        ck_assert_uint_eq(disk_resident(first, 0, FILE_BYTES), _i == 0 ? 0 : FILE_BYTES);
    fixture_clear(&fixture);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("giveback");
    UNIT_ADD_ROWS(suite, test_list, orders);
    UNIT_ADD(suite, test_not_ours);
    UNIT_ADD(suite, test_give);
    UNIT_ADD_TIMES(suite, test_end, 3);
    return suite;
}
