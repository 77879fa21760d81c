/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "prefetch/pace.h"
#include "unit.h"

#define KIB UINT64_C(1024)
#define MIB (UINT64_C(1) << 20)

/* What is heard once, by a fresh pace after so many times of being disturbed. */
static const struct {
    guint n_disturbed;
    PaceHeard heard;
    bool begins;
} rows[] = {
    /* silence */
    {0, {2000, true, 0, 0, true, 0}, true},
    {0, {2000, true, 0, 0, false, 0}, true},
    {5, {64000, true, 0, 0, true, 0}, true},
    /* a request, done or not done */
    {0, {2000, true, 1, 0, true, 0}, false},
    {0, {2000, true, 0, 1, true, 0}, false},
    {0, {2000, true, 0, 1, false, 0}, false},
    /* nothing comes to the disk, but somebody waits: it is held back before it */
    {0, {2000, true, 0, 0, true, 1900}, false},
    {4, {32000, true, 0, 0, true, 30000}, false},
    /* somebody waits a little: another disk */
    {0, {2000, true, 0, 0, true, 900}, true},
    /* that long a silence: it is another disk that somebody waits for */
    {6, {128000, true, 0, 0, true, 128000}, true},
    /* a few requests for which hardly anybody waits */
    {3, {16000, true, 3, 0, true, 500}, true},
    {3, {16000, true, 3, 0, true, 1500}, false}, /* somebody does */
    {3, {16000, true, 3, 1, true, 500}, false},  /* not done */
    {3, {16000, true, 4, 0, true, 500}, false},  /* not few */
    {3, {16000, true, 3, 0, false, 0}, false},   /* not told */
    {2, {8000, true, 1, 0, true, 0}, false},     /* too short to tell */
    /* a disk that tells nothing: who waits decides */
    {0, {2000, false, 0, 0, true, 90}, true},
    {0, {2000, false, 0, 0, true, 200}, false},
    {0, {2000, false, 0, 0, false, 0}, true},
};

static const PaceHeard disturbed = {2000, true, 9, 1, true, 1900};
static const PaceHeard silence = {2000, true, 0, 0, true, 0};

static Pace disturbed_pace(guint n)
{
    Pace pace = pace_make();
    for (guint i = 0; i < n; i++)
        ck_assert(!pace_hear(&pace, &disturbed, 0));
    return pace;
}

START_TEST(test_hear)
{
    Pace pace = disturbed_pace(rows[_i].n_disturbed);
    ck_assert(pace_hear(&pace, &rows[_i].heard, 5000) == rows[_i].begins);
    ck_assert(pace_send(&pace, 4096, 5000) == rows[_i].begins);
}
END_TEST

/* It is listened before anything is sent, and after each slice. */
START_TEST(test_slice)
{
    Pace pace = pace_make();
    ck_assert(!pace_send(&pace, 1, 0));
    ck_assert(pace_hear(&pace, &silence, 2000));
    ck_assert(pace_send(&pace, 0, 2000));
    ck_assert(pace_send(&pace, 128 * KIB, 2000));
    ck_assert(pace_send(&pace, 16 * MIB, 3000)); /* one that does not fit ends it */
    ck_assert(!pace_send(&pace, 1, 3000));
    pace_drained(&pace, 4000);
    ck_assert(!pace_send(&pace, 1, 4000));
    ck_assert(pace_hear(&pace, &silence, 6000));
    ck_assert(pace_send(&pace, 1, 6000));
    ck_assert(!pace_send(&pace, 1, 60000)); /* its time is over */
}
END_TEST

/* A slice of the pace on a disk that reads so many bytes a second; the time it takes. */
static uint64_t use_slice(Pace *pace, uint64_t *now_usec, uint64_t rate_bytes)
{
    uint64_t begun_usec = *now_usec;
    uint64_t sent_bytes = 0;
    while (pace_send(pace, MIB, *now_usec))
        sent_bytes += MIB;
    *now_usec += sent_bytes * 1000000 / rate_bytes;
    pace_drained(pace, *now_usec);
    uint64_t took_usec = *now_usec - begun_usec;
    *now_usec += pace_listen_usec(pace);
    (void)pace_hear(pace, &silence, *now_usec);
    return took_usec;
}

static const uint64_t rates_bytes[] = {20000000, 150000000, 500000000, 2000000000};

/* On a quiet disk, whatever its speed, it is read for 19 of 20 parts of the time before long, and
 * whoever comes is not held up for much longer than 50 ms. */
START_TEST(test_ramp)
{
    Pace pace = pace_make();
    uint64_t now_usec = 2000;
    ck_assert(pace_hear(&pace, &silence, now_usec));
    while (now_usec < 500000)
        (void)use_slice(&pace, &now_usec, rates_bytes[_i]);
    for (guint i = 0; i < 20; i++) {
        uint64_t took_usec = use_slice(&pace, &now_usec, rates_bytes[_i]);
        ck_assert_uint_ge(took_usec, 24000);
        ck_assert_uint_le(took_usec, 55000);
    }
}
END_TEST

/* Who comes is left alone for a time that doubles up to half a second; one that is heard no more is
 * forgotten step by step. */
START_TEST(test_backoff)
{
    Pace pace = disturbed_pace(20);
    ck_assert_uint_eq(pace_listen_usec(&pace), 512000);
    ck_assert(pace_hear(&pace, &silence, 0));
    ck_assert_uint_eq(pace_listen_usec(&pace), 256000);
    ck_assert(pace_send(&pace, 256 * KIB, 0));
    ck_assert(!pace_send(&pace, 1, 0)); /* the smallest slice */
    pace_drained(&pace, 1000);
    for (guint i = 0; i < 8; i++)
        ck_assert(pace_hear(&pace, &silence, 0));
    ck_assert_uint_eq(pace_listen_usec(&pace), 2000);
    ck_assert(!pace_hear(&pace, &disturbed, 0));
    ck_assert_uint_eq(pace_listen_usec(&pace), 4000);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("pace");
    UNIT_ADD_ROWS(suite, test_hear, rows);
    UNIT_ADD(suite, test_slice);
    UNIT_ADD_ROWS(suite, test_ramp, rates_bytes);
    UNIT_ADD(suite, test_backoff);
    return suite;
}
