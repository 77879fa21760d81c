/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/pageset.h"
#include "unit.h"

static char *print(const GArray *ranges)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < ranges->len; i++) {
        const Range *range = &g_array_index(ranges, Range, i);
        g_string_append_printf(text, "%s%" G_GUINT64_FORMAT "+%" G_GUINT64_FORMAT, i > 0 ? " " : "",
                               range->offset_bytes, range->length_bytes);
    }
    return g_string_free(text, FALSE);
}

static const struct {
    uint64_t size_bytes;
    Range taken[3];
    bool within; /* the last one */
    const char *fresh;
    const char *all;
} rows[] = {
    {10000, {{0, 1}}, false, "0+4096", "0+4096"},
    {10000, {{4095, 2}}, false, "0+8192", "0+8192"},
    {10000, {{8192, 5000}}, false, "8192+1808", "8192+1808"},
    {10000, {{9999, UINT64_MAX}}, false, "8192+1808", "8192+1808"},
    {10000, {{10000, 1}}, false, "", ""},
    {10000, {{UINT64_MAX, UINT64_MAX}}, false, "", ""},
    {10000, {{0, 0}}, false, "", ""},
    {20480, {{4096, 4096}, {0, 20480}}, false, "4096+4096 0+4096 8192+12288", "0+20480"},
    {20480, {{0, 4096}, {0, 4096}}, false, "0+4096", "0+4096"},
    {20480, {{1, 8191}}, true, "4096+4096", "4096+4096"},
    {20480, {{1, 100}}, true, "", ""},
    {10000, {{8192, 1808}}, true, "8192+1808", "8192+1808"},
    {10000, {{5000, 5000}}, true, "8192+1808", "8192+1808"},
    {1 << 20, {{0, 64 * 4096}, {63 * 4096, 2 * 4096}}, false, "0+262144 262144+4096", "0+266240"},
};

START_TEST(each_page_is_taken_once)
{
    g_autoptr(PageSet) set = page_set_new(rows[_i].size_bytes);
    g_autoptr(GArray) fresh = g_array_new(FALSE, FALSE, sizeof(Range));
    g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(Range));
    uint64_t bytes = 0;
    for (guint i = 0; i < G_N_ELEMENTS(rows[_i].taken); i++) {
        if (rows[_i].within)
            page_set_take_within(set, rows[_i].taken[i], fresh);
        else
            page_set_take(set, rows[_i].taken[i], fresh);
    }
    page_set_ranges(set, all);
    g_autofree char *fresh_text = print(fresh);
    g_autofree char *all_text = print(all);
    ck_assert_str_eq(fresh_text, rows[_i].fresh);
    ck_assert_str_eq(all_text, rows[_i].all);
    for (guint i = 0; i < all->len; i++)
        bytes += g_array_index(all, Range, i).length_bytes;
    ck_assert_uint_eq(page_set_bytes(set), bytes);
}
END_TEST

START_TEST(a_huge_file_has_coarse_pages)
{
    g_autoptr(PageSet) set = page_set_new(UINT64_MAX / 2);
    g_autoptr(GArray) fresh = g_array_new(FALSE, FALSE, sizeof(Range));
    page_set_take(set, (Range){UINT64_MAX / 4, 1}, fresh);
    page_set_take(set, (Range){0, UINT64_MAX}, fresh);
    ck_assert_uint_eq(fresh->len, 3);
    ck_assert_uint_eq(page_set_bytes(set), UINT64_MAX / 2);
}
END_TEST

/* Whatever is taken in whatever order: as a set of pages, kept by hand, has it. */
START_TEST(it_is_what_a_simple_set_is)
{
    enum { PAGES = 200 };
    gboolean taken[PAGES] = {0};
    g_autoptr(GRand) rand = g_rand_new_with_seed((guint32)_i);
    g_autoptr(PageSet) set = page_set_new(PAGES * PAGE_SET_PAGE_BYTES);
    g_autoptr(GArray) fresh = g_array_new(FALSE, FALSE, sizeof(Range));
    for (guint n = 0; n < 40; n++) {
        guint first = (guint)g_rand_int_range(rand, 0, PAGES);
        guint count = (guint)g_rand_int_range(rand, 1, 30);
        uint64_t wanted_bytes = 0;
        for (guint page = first; page < MIN(first + count, PAGES); page++) {
            wanted_bytes += taken[page] ? 0 : PAGE_SET_PAGE_BYTES;
            taken[page] = TRUE;
        }
        g_array_set_size(fresh, 0);
        page_set_take(set, (Range){first * PAGE_SET_PAGE_BYTES, count * PAGE_SET_PAGE_BYTES},
                      fresh);
        uint64_t bytes = 0;
        for (guint i = 0; i < fresh->len; i++)
            bytes += g_array_index(fresh, Range, i).length_bytes;
        ck_assert_uint_eq(bytes, wanted_bytes);
    }
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("pageset");
    UNIT_ADD_ROWS(suite, each_page_is_taken_once, rows);
    UNIT_ADD(suite, a_huge_file_has_coarse_pages);
    UNIT_ADD_TIMES(suite, it_is_what_a_simple_set_is, 20);
    return suite;
}
