/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/verdicts.h"
#include "unit.h"

START_TEST(remembers_links)
{
    g_autoptr(Verdicts) verdicts = verdicts_new();
    ck_assert_int_eq(verdicts_find(verdicts, "/bin/true", 0), VERDICT_NONE);
    verdicts_ignore(verdicts, "/bin/true");
    verdicts_ignore(verdicts, "/bin/true");
    ck_assert_int_eq(verdicts_find(verdicts, "/bin/true", 0), VERDICT_IGNORED);
    ck_assert_int_eq(verdicts_find(verdicts, "/bin/tru", 0), VERDICT_NONE);
    ck_assert_int_eq(verdicts_find(verdicts, "/bin/true (deleted)", 0), VERDICT_NONE);
    verdicts_clear(verdicts);
    ck_assert_int_eq(verdicts_find(verdicts, "/bin/true", 0), VERDICT_NONE);
    verdicts_free(NULL);
}
END_TEST

START_TEST(passes_over_a_storm)
{
    g_autoptr(Verdicts) verdicts = verdicts_new();
    verdicts_pass_over(verdicts, "/bin/cc", 100);
    ck_assert_int_eq(verdicts_find(verdicts, "/bin/cc", 0), VERDICT_STORMY);
    ck_assert_int_eq(verdicts_find(verdicts, "/bin/cc", 99), VERDICT_STORMY);
    ck_assert_int_eq(verdicts_find(verdicts, "/bin/cc", 100), VERDICT_NONE);
    verdicts_pass_over(verdicts, "/bin/cc", 200); /* the last word counts */
    ck_assert_int_eq(verdicts_find(verdicts, "/bin/cc", 100), VERDICT_STORMY);
    verdicts_ignore(verdicts, "/bin/cc");
    ck_assert_int_eq(verdicts_find(verdicts, "/bin/cc", 300), VERDICT_IGNORED);
    verdicts_pass_over(verdicts, "/bin/ld", 0);
    ck_assert_int_eq(verdicts_find(verdicts, "/bin/ld", 0), VERDICT_NONE);
}
END_TEST

START_TEST(is_bounded)
{
    g_autoptr(Verdicts) verdicts = verdicts_new();
    g_autofree char *longest = g_strnfill(255, 'x');
    g_autofree char *longer = g_strnfill(256, 'x');
    verdicts_ignore(verdicts, longest);
    verdicts_ignore(verdicts, longer);
    ck_assert_int_eq(verdicts_find(verdicts, longest, 0), VERDICT_IGNORED);
    ck_assert_int_eq(verdicts_find(verdicts, longer, 0), VERDICT_NONE);
    for (guint i = 1; i <= 1024; i++) {
        g_autofree char *link = g_strdup_printf("/bin/%u", i);
        verdicts_ignore(verdicts, link);
        ck_assert_int_eq(verdicts_find(verdicts, link, 0), VERDICT_IGNORED);
    }
    ck_assert_int_eq(verdicts_find(verdicts, longest, 0), VERDICT_NONE); /* it began anew */
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("verdicts");
    UNIT_ADD(suite, remembers_links);
    UNIT_ADD(suite, passes_over_a_storm);
    UNIT_ADD(suite, is_bounded);
    return suite;
}
