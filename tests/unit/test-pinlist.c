/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/pinlist.h"
#include "unit.h"

static const struct {
    const char *text;
    const char *items; /* joined by '|' */
    guint n_left_out;
} lists[] = {
    {"", "", 0},
    {"# of the office\n\n/usr/bin/one\n  /a b  \r\nfirefox", "/usr/bin/one|/a b|firefox", 0},
    {"/usr/bin/python3\t/usr/bin/deluge\n", "/usr/bin/python3\t/usr/bin/deluge", 0},
    {"/one\n/t\001wo\n/a\tb\tc\n/three\n", "/one|/three", 2},
    {"\xff\xfe\n", "\xff\xfe", 0}, /* a file's name may be any bytes */
};

START_TEST(lines_are_items)
{
    g_autoptr(GPtrArray) items = g_ptr_array_new_with_free_func(g_free);
    Cursor text = cursor_of(lists[_i].text, strlen(lists[_i].text));
    ck_assert_uint_eq(pinlist_parse(text, items), lists[_i].n_left_out);
    g_ptr_array_add(items, NULL);
    g_autofree char *joined = g_strjoinv("|", (char **)items->pdata);
    ck_assert_str_eq(joined, lists[_i].items);
}
END_TEST

START_TEST(lists_are_bounded)
{
    g_autoptr(GPtrArray) items = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < PINLIST_ITEMS_MAX + 3; i++)
        g_string_append_printf(text, "/%u\n", i);
    ck_assert_uint_eq(pinlist_parse(cursor_of(text->str, text->len), items), 3);
    ck_assert_uint_eq(items->len, PINLIST_ITEMS_MAX);
    g_autofree char *name = g_strnfill(5000, 'a');
    g_ptr_array_set_size(items, 0);
    ck_assert_uint_eq(pinlist_parse(cursor_of(name, strlen(name)), items), 1);
    ck_assert_uint_eq(items->len, 0);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("pinlist");
    UNIT_ADD_ROWS(suite, lines_are_items, lists);
    UNIT_ADD(suite, lists_are_bounded);
    return suite;
}
