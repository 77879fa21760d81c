/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "base/patterns.h"
#include "unit.h"

static const struct {
    const char *list; /* separated by ';' */
    const char *path;
    bool fits;
} rows[] = {
    {"", "/usr/bin/x", false},
    {"x", "/usr/bin/x", true},
    {"x", "/x/y", false},
    {"x", "x", true},
    {"X", "/usr/bin/x", false},
    {"lib*", "/usr/bin/libreoffice", true},
    {"*office", "/usr/bin/libreoffice", true},
    {"*off*ce", "/usr/bin/libreoffice", true},
    {"*office", "/usr/bin/libreoffice.bin", false},
    {"l?b", "/lib", true},
    {"l?b", "/lb", false},
    {"?", "/", false},
    {"*", "/", true},
    {"/usr/bin/x", "/usr/bin/x", true},
    {"/usr/bin/x", "/usr/bin/xy", false}, /* no prefix, but the whole */
    {"/opt/*", "/opt/games/bin/x", true},
    {"/opt/*", "/opt", false},
    {"/opt/*/x", "/opt/a/b/x", true},
    {"bin/*", "/usr/bin/x", false}, /* a name has no '/' */
    {"a;b;x", "/bin/x", true},
    {"a;;b", "/bin/", false},
    {"\xff*", "/bin/\xff\xfe", true}, /* no UTF-8 */
    {"*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b",
     "/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false},
};

START_TEST(fits)
{
    g_auto(GStrv) items = g_strsplit(rows[_i].list, ";", -1);
    g_autoptr(Patterns) patterns = patterns_new((const char *const *)items);
    ck_assert_int_eq(patterns_fit(patterns, rows[_i].path), rows[_i].fits);
}
END_TEST

START_TEST(none)
{
    g_autoptr(Patterns) patterns = patterns_new(NULL);
    Patterns *again = patterns_ref(patterns);
    ck_assert(!patterns_fit(patterns, "/x"));
    ck_assert(!patterns_fit(patterns, NULL));
    ck_assert(!patterns_fit(NULL, "/x"));
    patterns_unref(again);
    patterns_unref(NULL);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("patterns");
    UNIT_ADD_ROWS(suite, fits, rows);
    UNIT_ADD(suite, none);
    return suite;
}
