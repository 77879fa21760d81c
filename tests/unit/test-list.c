/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/list.h"
#include "unit.h"

static const struct {
    const char *text;
    const char *printed;
    guint n_covered;
    guint n_refused;
    guint first_refused;
} rows[] = {
    {"/b\n/a\n", "/b\n/a\n", 0, 0, 0},
    {"/a/b\n/a\n", "/a/b\n/a\n", 0, 0, 0},
    {"/a\n/a/b\n/a\n/ab\n", "/a\n/ab\n", 2, 0, 0},
    {"/\n/a\n", "/\n", 1, 0, 0},
    {"# c\n\n/a//b/./c/\n  \n", "/a/b/c\n", 0, 1, 4},
    {"a\n/a/../b\n/c\r\n", "/c\n", 0, 2, 1},
    {"/a b \n", "/a b\n", 0, 0, 0},
    {"/a\t0\t10\n/a\t20\t5\n", "/a\t0\t10\n/a\t20\t5\n", 0, 0, 0},
    /* A blank at the end of a name cannot be said. */
    {"/a\r/\n/..\r/\n/b /\n/c\n", "/c\n", 0, 0, 0},
    {"/a\t0\t10\n/a\n", "/a\n", 0, 0, 0},
    {"/a\n/a\t0\t10\n", "/a\n", 1, 0, 0},
    {"/a\t0\t10\n/a/b\n", "/a\t0\t10\n/a/b\n", 0, 0, 0},
    {"/a\t0\n/a\t0\t0\n/a\tx\t1\n/a\t1\t1\t1\n/a\t2\t18446744073709551615\n", "", 0, 5, 1},
};

START_TEST(lines_become_entries_in_their_order)
{
    g_autoptr(List) list = list_new();
    g_autoptr(GString) printed = g_string_new(NULL);
    list_parse(list, cursor_of(rows[_i].text, strlen(rows[_i].text)));
    list_print(list, printed);
    ck_assert_str_eq(printed->str, rows[_i].printed);
    ck_assert_uint_eq(list->n_covered, rows[_i].n_covered);
    ck_assert_uint_eq(list->n_refused, rows[_i].n_refused);
    ck_assert_uint_eq(list->first_refused, rows[_i].first_refused);
}
END_TEST

START_TEST(a_name_with_a_nul_is_none)
{
    g_autoptr(List) list = list_new();
    list_parse(list, cursor_of("/a\0b\n", 5));
    ck_assert_uint_eq(list->entries->len, 0);
    ck_assert_uint_eq(list->n_refused, 1);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("list");
    UNIT_ADD_ROWS(suite, lines_become_entries_in_their_order, rows);
    UNIT_ADD(suite, a_name_with_a_nul_is_none);
    return suite;
}
