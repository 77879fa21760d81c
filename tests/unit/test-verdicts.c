/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/verdicts.h"
#include "unit.h"

START_TEST(remembers_links)
{
    g_autoptr(Verdicts) verdicts = verdicts_new();
    ck_assert(!verdicts_has(verdicts, "/bin/true"));
    verdicts_add(verdicts, "/bin/true");
    verdicts_add(verdicts, "/bin/true");
    ck_assert(verdicts_has(verdicts, "/bin/true"));
    ck_assert(!verdicts_has(verdicts, "/bin/tru"));
    ck_assert(!verdicts_has(verdicts, "/bin/true (deleted)"));
    verdicts_clear(verdicts);
    ck_assert(!verdicts_has(verdicts, "/bin/true"));
    verdicts_free(NULL);
}
END_TEST

START_TEST(is_bounded)
{
    g_autoptr(Verdicts) verdicts = verdicts_new();
    g_autofree char *longest = g_strnfill(255, 'x');
    g_autofree char *longer = g_strnfill(256, 'x');
    verdicts_add(verdicts, longest);
    verdicts_add(verdicts, longer);
    ck_assert(verdicts_has(verdicts, longest));
    ck_assert(!verdicts_has(verdicts, longer));
    for (guint i = 1; i <= 1024; i++) {
        g_autofree char *link = g_strdup_printf("/bin/%u", i);
        verdicts_add(verdicts, link);
        ck_assert(verdicts_has(verdicts, link));
    }
    ck_assert(!verdicts_has(verdicts, longest)); /* it began anew */
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("verdicts");
    UNIT_ADD(suite, remembers_links);
    UNIT_ADD(suite, is_bounded);
    return suite;
}
