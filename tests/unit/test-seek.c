/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "plan-fixture.h"

#include <errno.h>

#include "base/fd.h"
#include "prefetch/extents.h"
#include "prefetch/seek.h"

/* Microseconds of the far and the near blocks: `n_odd` of the 24 take another time. */
static const struct {
    const char *what;
    uint64_t far_usec;
    uint64_t near_usec;
    guint n_odd;
    uint64_t odd_far_usec;
    uint64_t odd_near_usec;
    guint n;
    SeekVerdict verdict;
} judged[] = {
    {"7200 a minute", 12000, 250, 0, 0, 0, 24, SEEK_DEAR},
    {"15000 a minute, without a cache", 5000, 700, 0, 0, 0, 24, SEEK_DEAR},
    {"a head, some near ones wait for a turn", 12000, 250, 5, 12000, 8300, 24, SEEK_DEAR},
    {"a head, some far ones were in its cache", 12000, 250, 5, 200, 250, 24, SEEK_DEAR},
    {"a head, half of them were", 12000, 250, 12, 200, 250, 24, SEEK_UNKNOWN},
    {"NVMe", 90, 80, 0, 0, 0, 24, SEEK_FREE},
    {"NVMe, the near in its buffer", 90, 15, 0, 0, 0, 24, SEEK_FREE},
    {"SATA, some collect garbage", 180, 150, 5, 20000, 20000, 24, SEEK_FREE},
    {"a card", 900, 600, 0, 0, 0, 24, SEEK_FREE},
    {"a network", 5000, 4900, 0, 0, 0, 24, SEEK_FREE},
    {"an uneven network", 5000, 4900, 10, 9000, 3000, 24, SEEK_UNKNOWN},
    {"a slow stick", 1800, 300, 0, 0, 0, 24, SEEK_UNKNOWN},
    {"slow, and twice as far", 8000, 4000, 0, 0, 0, 24, SEEK_UNKNOWN},
    {"a head, few pairs", 12000, 250, 0, 0, 0, SEEK_PAIRS_LEAST, SEEK_DEAR},
    {"too few", 12000, 250, 0, 0, 0, SEEK_PAIRS_LEAST - 1, SEEK_UNKNOWN},
    {"none", 0, 0, 0, 0, 0, 0, SEEK_UNKNOWN},
};

START_TEST(test_judge)
{
    SeekTimes times = {.n = judged[_i].n};
    for (guint i = 0; i < times.n; i++) {
        bool odd = i % 2 == 1 && i / 2 < judged[_i].n_odd;
        times.far_usec[i] = odd ? judged[_i].odd_far_usec : judged[_i].far_usec;
        times.near_usec[i] = odd ? judged[_i].odd_near_usec : judged[_i].near_usec;
    }
    ck_assert_msg(seek_judge(&times) == judged[_i].verdict, "%s", judged[_i].what);
}
END_TEST

START_TEST(test_typical)
{
    uint64_t far_usec = 1;
    uint64_t near_usec = 1;
    const SeekTimes none = {0};
    seek_typical(&none, &far_usec, &near_usec);
    ck_assert(far_usec == 0 && near_usec == 0);
    const SeekTimes three = {.n = 3, .far_usec = {9, 1, 5}, .near_usec = {3, 2, 400}};
    seek_typical(&three, &far_usec, &near_usec);
    ck_assert(far_usec == 5 && near_usec == 3);
}
END_TEST

#define N_FILES 16
#define FILE_BYTES (4 * MIB)

/* A disk in virtual time under real files: where they lie is asked of the file system. */
typedef struct {
    uint64_t now_usec;
    uint64_t n_counted; /* requests that it tells of */
    uint64_t at_bytes;
    uint64_t far_usec; /* to a place more than 1 MiB away */
    uint64_t near_usec;
    guint n_reads;
    guint n_far;
    guint n_same;       /* neither far nor 64 KiB on */
    guint others_after; /* somebody else comes then; 0: nobody */
    guint cancel_after;
    guint fail_after;
    bool hidden; /* what is read is not counted */
    bool real;   /* it is read, too */
} Spindle;

typedef struct {
    Fixture base;
    Spindle spindle;
    GPtrArray *paths;
    Heads *heads;
    SeekReport report;
    uint64_t way_bytes;
} Bench;

static uint64_t spindle_now(gpointer data)
{
    return ((const Bench *)data)->spindle.now_usec;
}

static void spindle_sleep(gpointer data, uint64_t usec)
{
    ((Bench *)data)->spindle.now_usec += usec;
}

static bool spindle_disk(gpointer data, uint32_t major, uint32_t minor, Diskstat *ret)
{
    const Bench *bench = data;
    ck_assert_uint_eq(major, bench->report.disk.major);
    ck_assert_uint_eq(minor, bench->report.disk.minor);
    *ret = (Diskstat){.n_requests = bench->spindle.n_counted};
    return true;
}

static int spindle_read(gpointer data, int fd, uint64_t offset_bytes)
{
    Bench *bench = data;
    Spindle *spindle = &bench->spindle;
    uint64_t place = 0;
    ck_assert(extents_physical(fd, offset_bytes, &place));
    bool near = place - spindle->at_bytes == 65536;
    bool far = place > spindle->at_bytes + MIB || place + MIB < spindle->at_bytes;
    spindle->at_bytes = place;
    spindle->n_far += far;
    spindle->n_same += !far && !near;
    spindle->now_usec += near ? spindle->near_usec : spindle->far_usec;
    spindle->n_reads++;
    spindle->n_counted += spindle->hidden ? 0 : 1;
    if (spindle->n_reads == spindle->others_after)
        spindle->n_counted++;
    if (spindle->n_reads == spindle->cancel_after)
        bench->base.cancel = 1;
    if (spindle->real)
        return seek_read_block(NULL, fd, offset_bytes);
    return spindle->n_reads == spindle->fail_after ? -EIO : 0;
}

/* False if there is no disk here. */
static bool bench_init(Bench *bench)
{
    *bench =
        (Bench){.spindle = {.now_usec = 1, .far_usec = 12000, .near_usec = 250}, .way_bytes = 1};
    if (!fixture_init(&bench->base))
        return false;
    bench->heads = heads_new();
    bench->paths = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < N_FILES; i++) {
        g_autofree char *name = g_strdup_printf("file-%02u", i);
        g_ptr_array_add(bench->paths, cold_file(&bench->base, name, FILE_BYTES));
    }
    const Disk *disk = storage_disk_of(bench->base.storage, bench->paths->pdata[0]);
    ck_assert_ptr_nonnull(disk);
    return disk->major != 0;
}

static void bench_clear(Bench *bench)
{
    if (bench->paths != NULL) {
        g_ptr_array_unref(bench->paths);
        heads_free(bench->heads);
        fixture_clear(&bench->base);
    }
}

static void measure(Bench *bench)
{
    const SeekSetup setup = {.storage = bench->base.storage,
                             .residency = bench->base.residency,
                             .heads = bench->heads,
                             .host = {.now_usec = spindle_now,
                                      .sleep = spindle_sleep,
                                      .disk = spindle_disk,
                                      .data = bench},
                             .way_bytes = bench->way_bytes,
                             .read = spindle_read,
                             .read_data = bench,
                             .cancel = &bench->base.cancel};
    seek_measure(bench->paths, 3, &setup, &bench->report);
}

#define BENCH(bench)                                                                               \
    Bench bench;                                                                                   \
    if (!bench_init(&bench)) {                                                                     \
        bench_clear(&bench);                                                                       \
        unit_skip("no directory on a disk of its own");                                            \
    }

static const struct {
    uint64_t far_usec;
    uint64_t near_usec;
    SeekVerdict verdict;
} disks[] = {
    {12000, 250, SEEK_DEAR},
    {90, 80, SEEK_FREE},
    {1800, 300, SEEK_UNKNOWN},
};

/* It goes to and fro, and reads what it says it does, and not more. */
START_TEST(test_measure)
{
    BENCH(bench)
    bench.spindle.far_usec = disks[_i].far_usec;
    bench.spindle.near_usec = disks[_i].near_usec;
    measure(&bench);
    ck_assert_int_eq(bench.report.outcome, SEEK_MEASURED);
    ck_assert_int_eq(bench.report.verdict, disks[_i].verdict);
    ck_assert_uint_eq(bench.report.times.n, SEEK_PAIRS);
    ck_assert_uint_eq(bench.spindle.n_reads, 2 * SEEK_PAIRS);
    ck_assert_uint_eq(bench.spindle.n_same, 0);
    ck_assert_uint_ge(bench.spindle.n_far, SEEK_PAIRS - 1);
    ck_assert_uint_le(bench.spindle.now_usec, 1000000);
    bench_clear(&bench);
}
END_TEST

/* Nothing of what is read comes into memory, and nothing that is there goes. */
START_TEST(test_memory_stays_as_it_is)
{
    BENCH(bench)
    bench.spindle.real = true;
    int fd = open(bench.paths->pdata[0], O_RDONLY | O_DIRECT | O_CLOEXEC);
    bool direct = fd >= 0;
    fd_close(&fd);
    disk_load(bench.paths->pdata[1], 0, FILE_BYTES);
    measure(&bench);
    ck_assert_int_eq(bench.report.outcome, SEEK_MEASURED);
    ck_assert_uint_eq(bench.spindle.n_reads, 2 * SEEK_PAIRS);
    size_t resident_bytes = 0;
    for (guint i = 0; i < N_FILES; i++)
        resident_bytes += resident(bench.paths->pdata[i], FILE_BYTES);
    ck_assert_uint_ge(resident_bytes, FILE_BYTES);
    ck_assert_uint_le(resident_bytes, FILE_BYTES + (direct ? 0 : 2 * SEEK_PAIRS * 65536));
    bench_clear(&bench);
}
END_TEST

/* It ends before the next block. */
static const struct {
    guint others_after;
    guint cancel_after;
    guint fail_after;
    SeekOutcome outcome;
} ends[] = {
    {1, 0, 0, SEEK_BUSY},      {10, 0, 0, SEEK_BUSY},     {48, 0, 0, SEEK_BUSY},
    {0, 1, 0, SEEK_CANCELLED}, {0, 7, 0, SEEK_CANCELLED}, {0, 0, 6, SEEK_FAILED},
};

START_TEST(test_ends_at_once)
{
    BENCH(bench)
    bench.spindle.others_after = ends[_i].others_after;
    bench.spindle.cancel_after = ends[_i].cancel_after;
    bench.spindle.fail_after = ends[_i].fail_after;
    measure(&bench);
    ck_assert_int_eq(bench.report.outcome, ends[_i].outcome);
    ck_assert_uint_eq(bench.spindle.n_reads,
                      ends[_i].others_after + ends[_i].cancel_after + ends[_i].fail_after);
    ck_assert_int_eq(bench.report.verdict, SEEK_UNKNOWN);
    bench_clear(&bench);
}
END_TEST

/* What came from somewhere else says nothing of the disk. */
START_TEST(test_read_from_elsewhere)
{
    BENCH(bench)
    bench.spindle.hidden = true;
    measure(&bench);
    ck_assert_int_eq(bench.report.outcome, SEEK_UNSURE);
    bench_clear(&bench);
}
END_TEST

/* A disk that takes for ever is left alone after two seconds and a block. */
START_TEST(test_time_is_bounded)
{
    BENCH(bench)
    bench.spindle.far_usec = 400000;
    bench.spindle.near_usec = 400000;
    measure(&bench);
    ck_assert_int_eq(bench.report.outcome, SEEK_MEASURED);
    ck_assert_int_eq(bench.report.verdict, SEEK_UNKNOWN);
    ck_assert_uint_le(bench.spindle.now_usec, 3200000);
    bench_clear(&bench);
}
END_TEST

START_TEST(test_nowhere)
{
    BENCH(bench)
    if (_i == 0) { /* all of it is in memory */
        for (guint i = 0; i < N_FILES; i++)
            disk_load(bench.paths->pdata[i], 0, FILE_BYTES);
    } else if (_i == 1) { /* no way is long enough */
        bench.way_bytes = UINT64_MAX;
    } else { /* one file is not enough */
        g_ptr_array_set_size(bench.paths, 1);
    }
    measure(&bench);
    ck_assert_int_eq(bench.report.outcome, SEEK_NOWHERE);
    ck_assert_uint_eq(bench.spindle.n_reads, 0);
    bench_clear(&bench);
}
END_TEST

/* Once for each disk, as long as it is the same. */
START_TEST(test_nothing_left)
{
    BENCH(bench)
    measure(&bench);
    const Disk disk = bench.report.disk;
    heads_note(bench.heads, disk.major, disk.minor, disk.identity, true);
    measure(&bench);
    ck_assert_int_eq(bench.report.outcome, SEEK_NOTHING);
    ck_assert_uint_eq(bench.spindle.n_reads, 2 * SEEK_PAIRS);
    heads_note(bench.heads, disk.major, disk.minor, disk.identity + 1, true);
    for (guint i = 0; i < N_FILES; i++)
        disk_drop(bench.paths->pdata[i]);
    measure(&bench);
    ck_assert_int_eq(bench.report.outcome, SEEK_MEASURED);
    g_ptr_array_set_size(bench.paths, 0);
    measure(&bench);
    ck_assert_int_eq(bench.report.outcome, SEEK_NOTHING);
    bench_clear(&bench);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("seek");
    UNIT_ADD_ROWS(suite, test_judge, judged);
    UNIT_ADD(suite, test_typical);
    UNIT_ADD_ROWS(suite, test_measure, disks);
    UNIT_ADD(suite, test_memory_stays_as_it_is);
    UNIT_ADD_ROWS(suite, test_ends_at_once, ends);
    UNIT_ADD(suite, test_read_from_elsewhere);
    UNIT_ADD(suite, test_time_is_bounded);
    UNIT_ADD_TIMES(suite, test_nowhere, 3);
    UNIT_ADD(suite, test_nothing_left);
    return suite;
}
