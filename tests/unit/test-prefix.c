/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "base/prefix.h"
#include "unit.h"

static const struct {
    const char *list; /* separated by ';' */
    const char *path;
    bool accepted;
} rows[] = {
    {"", "/anything", true},
    {"/usr/;!/", "/usr/bin/x", true},
    {"/usr/;!/", "/home/x", false},
    {"!/usr/sbin/;/usr/;!/", "/usr/sbin/x", false},
    {"!/usr/sbin/;/usr/;!/", "/usr/bin/x", true},
    {"/usr/;!/usr/sbin/", "/usr/sbin/x", true}, /* the first match decides, not the longest */
    {"/lib;!/", "/lib64/x", true},              /* no component boundary */
    {"!/home", "/opt/x", true},                 /* no match accepts */
    {"!", "/usr/x", false},
};

START_TEST(first_match_decides)
{
    g_auto(GStrv) items = g_strsplit(rows[_i].list, ";", -1);
    g_autoptr(PrefixList) list = prefix_list_new((const char *const *)items);
    ck_assert(prefix_list_accepts(list, rows[_i].path) == rows[_i].accepted);
}
END_TEST

START_TEST(null_list_and_references)
{
    PrefixList *list = prefix_list_new(NULL);
    ck_assert_ptr_eq(prefix_list_ref(list), list);
    prefix_list_unref(list);
    ck_assert(prefix_list_accepts(list, "/x"));
    prefix_list_unref(list);
    prefix_list_unref(NULL);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("prefix");
    UNIT_ADD_ROWS(suite, first_match_decides, rows);
    UNIT_ADD(suite, null_list_and_references);
    return suite;
}
