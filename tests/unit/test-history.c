/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/history.h"
#include "unit.h"

static const struct {
    HistoryKind kind;
    const char *text;
    guint vim;
    guint gimp;
} histories[] = {
    {HISTORY_PLAIN, "vim a\ngimp\nvim\nls\n", 2, 1},
    {HISTORY_PLAIN, "#1700000000\nvim secret.txt\n", 1, 0},
    {HISTORY_PLAIN, ": 1700000000:0;gimp picture\n: 1700000001:12;vim\n", 1, 1},
    {HISTORY_PLAIN, "  LANG=C GTK=1 /usr/bin/gimp x\n", 0, 1},
    {HISTORY_PLAIN, "vim;ls\nvimdiff a b\n(gimp)\ngvim\n", 1, 0},
    {HISTORY_PLAIN, "vim", 1, 0},
    {HISTORY_PLAIN, "echo vim\n=\n\n \n/\n", 0, 0},
    {HISTORY_FISH, "- cmd: vim x\n  when: 1700000000\n- cmd: gimp\nvim\n  paths:\n    - gimp\n", 1,
     1},
};

START_TEST(commands_are_counted)
{
    const char *text = histories[_i].text;
    g_autoptr(GHashTable) counts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_hash_table_insert(counts, g_strdup("vim"), GUINT_TO_POINTER(0));
    g_hash_table_insert(counts, g_strdup("gimp"), GUINT_TO_POINTER(0));
    history_count(histories[_i].kind, cursor_of(text, strlen(text)), counts);
    ck_assert_uint_eq(GPOINTER_TO_UINT(g_hash_table_lookup(counts, "vim")), histories[_i].vim);
    ck_assert_uint_eq(GPOINTER_TO_UINT(g_hash_table_lookup(counts, "gimp")), histories[_i].gimp);
    /* Nothing but what was asked for. */
    ck_assert_uint_eq(g_hash_table_size(counts), 2);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("history");
    UNIT_ADD_ROWS(suite, commands_are_counted, histories);
    return suite;
}
