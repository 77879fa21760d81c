/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/rests.h"
#include "unit.h"

#define SEC UINT64_C(1000000)
#define BEGIN (UINT64_C(1000) * SEC)

/* So many launches, each so long after the one before: how many are learnt. */
static const struct {
    uint64_t gap_usec;
    guint launches;
    guint learnt;
} rates[] = {
    {60 * SEC, 1000, 1000},
    {SEC, 8, 8},
    {SEC, 9, 8},
    {SEC, 60, 8},
    {SEC, 61, 9},            /* a minute after the first */
    {SEC / 2, 7200, 8 + 59}, /* an hour */
    {SEC / 1000, 3600, 8},   /* a storm of some seconds */
    {30 * SEC, 120, 8 + 59},
};

START_TEST(leaves_out_the_frequent)
{
    g_autoptr(Rests) rests = rests_new();
    g_autoptr(ExeKey) key = exe_key_new("/bin/cc1", NULL);
    g_autoptr(ExeKey) other = exe_key_new("/bin/other", NULL);
    guint learnt = 0;
    for (guint i = 0; i < rates[_i].launches; i++)
        learnt += rests_take_turn(rests, key, BEGIN + i * rates[_i].gap_usec) ? 1 : 0;
    ck_assert_uint_eq(learnt, rates[_i].learnt);
    ck_assert(rests_take_turn(rests, other, BEGIN + rates[_i].launches * rates[_i].gap_usec));
    rests_free(NULL);
}
END_TEST

START_TEST(leaves_out_what_it_is_told_to)
{
    g_autoptr(Rests) rests = rests_new();
    g_autoptr(ExeKey) key = exe_key_new("/bin/a", NULL);
    g_autoptr(ExeKey) other = exe_key_new("/bin/b", NULL);
    rests_set(rests, key, 5);
    rests_set(rests, key, 2); /* the last word counts */
    ck_assert(!rests_take_turn(rests, key, BEGIN));
    ck_assert(rests_take_turn(rests, other, BEGIN));
    ck_assert(!rests_take_turn(rests, key, BEGIN));
    ck_assert(rests_take_turn(rests, key, BEGIN));
    rests_set(rests, key, 1);
    rests_set(rests, key, 0);
    ck_assert(rests_take_turn(rests, key, BEGIN));
}
END_TEST

START_TEST(leaves_out_the_hasty)
{
    g_autoptr(Rests) rests = rests_new();
    g_autoptr(ExeKey) key = exe_key_new("/bin/a", NULL);
    const bool looked[] = {false, false, true, false, false, false};
    for (gsize i = 0; i < G_N_ELEMENTS(looked); i++) {
        ck_assert(rests_take_turn(rests, key, BEGIN));
        rests_note_end(rests, key, looked[i]);
    }
    guint n_left_out = 0;
    while (n_left_out < 1000 && !rests_take_turn(rests, key, BEGIN))
        n_left_out++;
    ck_assert_uint_eq(n_left_out, 64);
}
END_TEST

START_TEST(is_bounded)
{
    g_autoptr(Rests) rests = rests_new();
    g_autoptr(ExeKey) key = exe_key_new("/bin/a", NULL);
    rests_set(rests, key, UINT32_MAX);
    for (guint i = 0; i < 16383; i++) {
        g_autofree char *path = g_strdup_printf("/bin/%u", i);
        g_autoptr(ExeKey) more = exe_key_new(path, NULL);
        rests_set(rests, more, 1);
    }
    ck_assert(!rests_take_turn(rests, key, BEGIN));
    g_autoptr(ExeKey) last = exe_key_new("/bin/z", NULL);
    rests_set(rests, last, 1);
    ck_assert(rests_take_turn(rests, key, BEGIN)); /* it began anew */
    ck_assert(!rests_take_turn(rests, last, BEGIN));
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("rests");
    UNIT_ADD_ROWS(suite, leaves_out_the_frequent, rates);
    UNIT_ADD(suite, leaves_out_what_it_is_told_to);
    UNIT_ADD(suite, leaves_out_the_hasty);
    UNIT_ADD(suite, is_bounded);
    return suite;
}
