/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "service/seeking.h"
#include "unit.h"

static const SeekReport decided = {.outcome = SEEK_MEASURED, .verdict = SEEK_FREE};
static const SeekReport busy = {.outcome = SEEK_BUSY};

/* Cycles without an attempt behind each of these. */
static const struct {
    const SeekReport *report;
    guint rest;
} attempts[] = {
    {&decided, 0},
    {&busy, 1},
    {&busy, 2},
    {&busy, 4},
    {&busy, 8},
    {&busy, 16},
    {&busy, 32},
    {&busy, 64},
    {&busy, 128},
    {&busy, SEEKING_REST_MAX},
    {&busy, SEEKING_REST_MAX},
    {&decided, 0},
    {&busy, 1},
};

START_TEST(attempts_in_vain_come_ever_later)
{
    Seeking seeking = {0};
    for (gsize i = 0; i < G_N_ELEMENTS(attempts); i++) {
        ck_assert(seeking_take(&seeking));
        guint from = seeking.from;
        seeking_note(&seeking, attempts[i].report);
        for (guint j = 0; j < attempts[i].rest; j++)
            ck_assert(!seeking_take(&seeking));
        /* And look elsewhere. */
        ck_assert((seeking.from != from) == (attempts[i].rest > 0));
    }
}
END_TEST

START_TEST(one_at_a_time)
{
    Seeking seeking = {.under_way = true};
    ck_assert(!seeking_take(&seeking));
    seeking.under_way = false;
    ck_assert(seeking_take(&seeking));
}
END_TEST

static const struct {
    SeekOutcome outcome;
    SeekVerdict verdict;
    bool rotational;
    const char *sentence; /* NULL: none */
} sentences[] = {
    {SEEK_NOTHING, SEEK_UNKNOWN, false, NULL},
    {SEEK_CANCELLED, SEEK_UNKNOWN, false, NULL},
    {SEEK_BUSY, SEEK_UNKNOWN, false,
     "disk 8:16: whether it has a head was not measured: others use it"},
    {SEEK_MEASURED, SEEK_DEAR, true,
     "disk 8:16: a block far away takes 9.50 ms, one nearby 0.25 ms: it has a moving head"},
    {SEEK_MEASURED, SEEK_DEAR, false,
     "disk 8:16: a block far away takes 9.50 ms, one nearby 0.25 ms: it has a moving head, "
     "whatever "
     "it says"},
    {SEEK_MEASURED, SEEK_FREE, true,
     "disk 8:16: a block far away takes 9.50 ms, one nearby 0.25 ms: it has no moving head, "
     "whatever it says"},
    {SEEK_MEASURED, SEEK_UNKNOWN, true,
     "disk 8:16: a block far away takes 9.50 ms, one nearby 0.25 ms: which may mean anything"},
};

START_TEST(what_is_said)
{
    SeekReport report = {.outcome = sentences[_i].outcome,
                         .verdict = sentences[_i].verdict,
                         .disk = {.major = 8, .minor = 16, .rotational = sentences[_i].rotational},
                         .times = {.n = 1, .far_usec = {9500}, .near_usec = {250}}};
    g_autofree char *sentence = seeking_sentence(&report);
    ck_assert_pstr_eq(sentence, sentences[_i].sentence);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("seeking");
    UNIT_ADD(suite, attempts_in_vain_come_ever_later);
    UNIT_ADD(suite, one_at_a_time);
    UNIT_ADD_ROWS(suite, what_is_said, sentences);
    return suite;
}
