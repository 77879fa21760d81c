/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "prefetch/bucket.h"
#include "unit.h"

#define SEC UINT64_C(1000000)
#define MB UINT64_C(1000000)

/* At that time that many bytes are charged; then so long has to be waited. 10 MB a second. */
typedef struct {
    uint64_t at_usec;
    uint64_t bytes;
    uint64_t wait_usec;
} Step;

static const struct {
    uint64_t rate_bytes;
    Step steps[6];
} rows[] = {
    /* no limit */
    {0, {{0, 100 * MB, 0}, {0, 100 * MB, 0}}},
    /* a tenth of a second is saved up */
    {10 * MB, {{0, MB / 2, 0}, {0, MB, 50001}, {50001, 0, 0}}},
    /* and not more, however long nothing was read */
    {10 * MB, {{1000 * SEC, 2 * MB, 100001}}},
    /* in the long run it is the rate */
    {10 * MB, {{0, MB, 1}, {100000, MB, 1}, {200000, MB, 1}, {300000, 2 * MB, 100001}}},
    /* a debt is forgiven but for a second's worth */
    {10 * MB, {{0, 900 * MB, SEC + 1}, {SEC / 2, 900 * MB, SEC + 1}, {SEC, 0, SEC / 2 + 1}}},
    /* a clock that stands still, or goes back */
    {10 * MB, {{SEC, MB, 1}, {0, 0, 1}}},
};

START_TEST(steps)
{
    Bucket bucket = bucket_make(rows[_i].rate_bytes, 0);
    for (gsize i = 0; i < G_N_ELEMENTS(rows[_i].steps); i++) {
        const Step *step = &rows[_i].steps[i];
        if (i > 0 && step->at_usec == 0 && step->bytes == 0 && step->wait_usec == 0)
            break;
        (void)bucket_wait_usec(&bucket, step->at_usec);
        bucket_charge(&bucket, step->bytes);
        ck_assert_uint_eq(bucket_wait_usec(&bucket, step->at_usec), step->wait_usec);
    }
}
END_TEST

/* Requests of 1 MiB as fast as they may come: in ten seconds what the rate says, and the burst. */
START_TEST(keeps_to_the_rate)
{
    Bucket bucket = bucket_make(10 * MB, 0);
    uint64_t read_bytes = 0;
    for (uint64_t now_usec = 0; now_usec < 10 * SEC;) {
        uint64_t wait_usec = bucket_wait_usec(&bucket, now_usec);
        now_usec += wait_usec;
        if (wait_usec > 0)
            continue;
        bucket_charge(&bucket, UINT64_C(1) << 20);
        read_bytes += UINT64_C(1) << 20;
    }
    ck_assert_uint_ge(read_bytes, 99 * MB);
    ck_assert_uint_le(read_bytes, 103 * MB);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("bucket");
    UNIT_ADD_ROWS(suite, steps, rows);
    UNIT_ADD(suite, keeps_to_the_rate);
    return suite;
}
