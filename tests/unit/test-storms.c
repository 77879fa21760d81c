/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/storms.h"
#include "unit.h"

#define SEC UINT64_C(1000000)

/* So many launches, each so long after the one before; then one more after a rest: stormy? */
static const struct {
    guint launches;
    uint64_t gap_usec;
    uint64_t rest_usec;
    bool stormy;
} rows[] = {
    {0, 0, 0, false},
    {9, 0, 0, false}, /* the tenth */
    {10, 0, 0, true},
    {10, SEC, SEC, true},      /* 10 s ago was the first of these eleven */
    {10, SEC, SEC + 1, false}, /* a bit more */
    {1000, SEC + 1, SEC + 1, false},
    {10, 0, 10 * SEC, true},
    {10, 0, 10 * SEC + 1, false},
    {11, 0, 60 * SEC - 1, true}, /* once stormy it stays so for a while */
    {11, 0, 60 * SEC, false},
    {1000, 1, 60 * SEC, false},
};

START_TEST(tells_storms)
{
    g_autoptr(Storms) storms = storms_new();
    g_autoptr(ExeKey) key = exe_key_new("/bin/a", NULL);
    g_autoptr(ExeKey) other = exe_key_new("/bin/b", NULL);
    uint64_t now_usec = 5;
    for (guint i = 0; i < rows[_i].launches; i++) {
        now_usec += i == 0 ? 0 : rows[_i].gap_usec;
        (void)storms_note(storms, key, now_usec); /* what counts is the last */
    }
    now_usec += rows[_i].rest_usec;
    uint64_t until_usec = storms_note(storms, key, now_usec);
    ck_assert_uint_eq(until_usec, rows[_i].stormy ? now_usec + 60 * SEC : 0);
    ck_assert_uint_eq(storms_until_usec(storms, key), until_usec);
    ck_assert_uint_eq(storms_until_usec(storms, other), 0);
    ck_assert_uint_eq(storms_note(storms, other, now_usec), 0);
    storms_free(NULL);
}
END_TEST

/* Of ever new programs only those of the last minute are remembered, if they are not too many. */
START_TEST(is_bounded)
{
    g_autoptr(Storms) storms = storms_new();
    g_autoptr(ExeKey) key = exe_key_new("/bin/a", NULL);
    for (guint i = 0; i < 11; i++)
        (void)storms_note(storms, key, 70 * SEC); /* it is stormy by now */
    for (guint i = 0; i < 1022; i++) {
        g_autofree char *path = g_strdup_printf("/bin/%u", i);
        g_autoptr(ExeKey) old = exe_key_new(path, NULL);
        ck_assert_uint_eq(storms_note(storms, old, i == 0 ? 70 * SEC : 10 * SEC), 0);
    }
    for (guint i = 0; i < 500; i++) { /* the old ones make room */
        g_autofree char *path = g_strdup_printf("/usr/bin/%u", i);
        g_autoptr(ExeKey) new = exe_key_new(path, NULL);
        ck_assert_uint_eq(storms_note(storms, new, 71 * SEC), 0);
    }
    ck_assert_uint_ne(storms_note(storms, key, 71 * SEC), 0);
    for (guint i = 0; i < 1000; i++) { /* all make room */
        g_autofree char *path = g_strdup_printf("/sbin/%u", i);
        g_autoptr(ExeKey) new = exe_key_new(path, NULL);
        ck_assert_uint_eq(storms_note(storms, new, 72 * SEC), 0);
    }
    ck_assert_uint_eq(storms_note(storms, key, 72 * SEC), 0);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("storms");
    UNIT_ADD_ROWS(suite, tells_storms, rows);
    UNIT_ADD(suite, is_bounded);
    return suite;
}
