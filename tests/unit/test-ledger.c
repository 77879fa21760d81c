/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "unit.h"

#include "prefetch/ledger.h"

#define NOTES_MAX 4

typedef struct {
    uint64_t first; /* in units of half a block */
    uint64_t count; /* 0: the end */
} Note;

/* Given what was missing, asked for, and lacking afterwards; then so much is loaded. */
static const struct {
    Note missing[NOTES_MAX];
    Note asked[NOTES_MAX];
    Note lacking[NOTES_MAX];
    const char *told; /* NULL: no file */
} rows[] = {
    {{{0}}, {{0}}, {{0}}, NULL},
    {{{0}}, {{0, 2}}, {{0}}, NULL},
    {{{0, 2}}, {{0}}, {{0}}, "0 "},
    {{{0, 20}}, {{0, 20}}, {{0}}, "0-9 0-9"},
    {{{0, 20}}, {{0, 20}}, {{0, 20}}, "0-9 "},
    {{{0, 20}}, {{0, 20}}, {{5, 1}}, "0-9 0-1,3-9"},
    {{{0, 20}}, {{0, 20}}, {{0, 1}, {19, 1}}, "0-9 1-8"},
    {{{0, 20}}, {{2, 2}, {8, 4}}, {{0, 3}, {9, 1}}, "0-9 5"},
    {{{0, 20}}, {{0, 4}, {8, 4}, {16, 4}}, {{2, 16}}, "0-9 0,9"},
    {{{0, 20}}, {{0, 20}}, {{2, 2}, {6, 2}, {10, 2}, {14, 2}}, "0-9 0,2,4,6,8-9"},
    {{{1, 1}, {7, 1}, {4, 1}}, {{7, 1}}, {{100, 2}}, "0,2-3 3"},
};

static void note(Ledger *ledger, guint entry, void (*func)(Ledger *, guint, Range),
                 const Note *notes)
{
    for (guint i = 0; i < NOTES_MAX && notes[i].count > 0; i++)
        func(ledger, entry,
             (Range){notes[i].first * BLOCK_BYTES / 2, notes[i].count * BLOCK_BYTES / 2});
}

START_TEST(test_loaded)
{
    g_autoptr(Ledger) ledger = ledger_new();
    g_autoptr(GRefString) path = g_ref_string_new("/a");
    guint entry = ledger_entry(ledger, path);
    note(ledger, entry, ledger_missing, rows[_i].missing);
    note(ledger, entry, ledger_asked, rows[_i].asked);
    note(ledger, entry, ledger_lacking, rows[_i].lacking);
    g_autoptr(GArray) files = ledger_close(ledger);
    ck_assert_uint_eq(files->len, rows[_i].told != NULL ? 1 : 0);
    if (files->len == 0)
        return;
    const ReadaheadFile *file = &g_array_index(files, ReadaheadFile, 0);
    g_autoptr(GString) told = g_string_new(NULL);
    block_set_print(&file->missing, told);
    g_string_append_c(told, ' ');
    block_set_print(&file->loaded, told);
    ck_assert_str_eq(told->str, rows[_i].told);
}
END_TEST

/* Equal paths are one file, whoever owns the string; the order is that in which they came. */
START_TEST(test_paths)
{
    static const char *const paths[] = {"/b", "/a", "/b", "/c", "/a"};
    g_autoptr(Ledger) ledger = ledger_new();
    for (guint i = 0; i < G_N_ELEMENTS(paths); i++) {
        g_autoptr(GRefString) path = g_ref_string_new(paths[i]);
        guint entry = ledger_entry(ledger, path);
        ledger_missing(ledger, entry, (Range){i * BLOCK_BYTES, 1});
        ck_assert(ledger_note_read(ledger, entry) == (i != 2 && i != 4));
        ck_assert(ledger_note_skipped(ledger, entry) == (i != 2 && i != 4));
    }
    g_autoptr(GArray) files = ledger_close(ledger);
    ck_assert_uint_eq(files->len, 3);
    ck_assert_str_eq(g_array_index(files, ReadaheadFile, 0).path, "/b");
    ck_assert_uint_eq(g_array_index(files, ReadaheadFile, 0).missing.n_runs, 2);
    ck_assert_str_eq(g_array_index(files, ReadaheadFile, 1).path, "/a");
    ck_assert_str_eq(g_array_index(files, ReadaheadFile, 2).path, "/c");
    g_autoptr(GArray) none = ledger_close(ledger);
    ck_assert_uint_eq(none->len, 0);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("ledger");
    UNIT_ADD_ROWS(suite, test_loaded, rows);
    UNIT_ADD(suite, test_paths);
    return suite;
}
