/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/pageset.h"
#include <stdbool.h>

#define WORD_PAGES 64

struct PageSet {
    uint64_t size_bytes;
    uint64_t page_bytes;
    uint64_t n_pages;
    uint64_t taken_bytes;
    uint64_t *words; /* a bit a page */
};

PageSet *page_set_new(uint64_t size_bytes)
{
    PageSet *set = g_new0(PageSet, 1);
    set->size_bytes = size_bytes;
    set->page_bytes = PAGE_SET_PAGE_BYTES;
    while (size_bytes / set->page_bytes >= PAGE_SET_PAGES_MAX)
        set->page_bytes *= 2;
    set->n_pages = size_bytes / set->page_bytes + (size_bytes % set->page_bytes != 0);
    set->words = g_new0(uint64_t, set->n_pages / WORD_PAGES + 1);
    return set;
}

void page_set_free(PageSet *set)
{
    if (set == NULL)
        return;
    g_free(set->words);
    g_free(set);
}

/* The next page from `page` on, below `end`, that is taken, or is not; `end` if there is none. */
static uint64_t find(const PageSet *set, uint64_t page, uint64_t end, bool taken)
{
    while (page < end) {
        uint64_t word = set->words[page / WORD_PAGES];
        uint64_t left = (taken ? word : ~word) >> (page % WORD_PAGES);
        if (left != 0)
            return MIN(page + (uint64_t)__builtin_ctzll(left), end);
        page = (page / WORD_PAGES + 1) * WORD_PAGES;
    }
    return end;
}

static Range range_of(const PageSet *set, uint64_t first, uint64_t end)
{
    uint64_t offset_bytes = first * set->page_bytes;
    uint64_t end_bytes = end == set->n_pages ? set->size_bytes : end * set->page_bytes;
    return (Range){offset_bytes, end_bytes - offset_bytes};
}

static void set_bits(PageSet *set, uint64_t first, uint64_t end)
{
    while (first < end) {
        uint64_t bit = first % WORD_PAGES;
        uint64_t n = MIN(WORD_PAGES - bit, end - first);
        uint64_t mask = n == WORD_PAGES ? UINT64_MAX : (UINT64_C(1) << n) - 1;
        set->words[first / WORD_PAGES] |= mask << bit;
        first += n;
    }
}

static void take_pages(PageSet *set, uint64_t first, uint64_t end, GArray *fresh)
{
    for (uint64_t at = find(set, first, end, false); at < end; at = find(set, at, end, false)) {
        uint64_t stop = find(set, at, end, true);
        const Range range = range_of(set, at, stop);
        set_bits(set, at, stop);
        set->taken_bytes += range.length_bytes;
        if (fresh != NULL)
            g_array_append_val(fresh, range);
        at = stop;
    }
}

/* The end of the range, cut at the end of the file; 0 if it is empty. */
static uint64_t end_of(const PageSet *set, Range range)
{
    if (range.length_bytes == 0 || range.offset_bytes >= set->size_bytes)
        return 0;
    return range.offset_bytes + MIN(range.length_bytes, set->size_bytes - range.offset_bytes);
}

void page_set_take(PageSet *set, Range range, GArray *fresh)
{
    uint64_t end_bytes = end_of(set, range);
    if (end_bytes > 0)
        take_pages(set, range.offset_bytes / set->page_bytes, (end_bytes - 1) / set->page_bytes + 1,
                   fresh);
}

void page_set_take_within(PageSet *set, Range range, GArray *fresh)
{
    uint64_t end_bytes = end_of(set, range);
    if (end_bytes == 0)
        return;
    uint64_t first = (range.offset_bytes + (set->page_bytes - 1)) / set->page_bytes;
    uint64_t end = end_bytes == set->size_bytes ? set->n_pages : end_bytes / set->page_bytes;
    take_pages(set, first, MAX(first, end), fresh);
}

uint64_t page_set_bytes(const PageSet *set)
{
    return set->taken_bytes;
}

void page_set_ranges(const PageSet *set, GArray *ret)
{
    for (uint64_t at = find(set, 0, set->n_pages, true); at < set->n_pages;
         at = find(set, at, set->n_pages, true)) {
        uint64_t stop = find(set, at, set->n_pages, false);
        const Range range = range_of(set, at, stop);
        g_array_append_val(ret, range);
        at = stop;
    }
}
