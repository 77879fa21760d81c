/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "base/blocks.h"
#include <string.h>

void block_set_clear(BlockSet *set)
{
    g_clear_pointer(&set->runs, g_free);
    set->n_runs = 0;
}

BlockSet block_set_copy(const BlockSet *set)
{
    return (BlockSet){g_memdup2(set->runs, set->n_runs * sizeof(BlockRun)), set->n_runs};
}

static uint64_t run_end(BlockRun run)
{
    return (uint64_t)run.first + run.count;
}

/* Index of the first run that ends at or behind `first`: the first that may touch it. */
static uint32_t find_touching(const BlockSet *set, uint32_t first)
{
    uint32_t low = 0;
    uint32_t high = set->n_runs;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (run_end(set->runs[middle]) < first)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Replaces the runs [from, to) by one. */
static void replace_runs(BlockSet *set, uint32_t from, uint32_t to, BlockRun run)
{
    uint32_t n_runs = set->n_runs - (to - from) + 1;
    if (n_runs > set->n_runs)
        set->runs = g_renew(BlockRun, set->runs, n_runs);
    memmove(set->runs + from + 1, set->runs + to, (set->n_runs - to) * sizeof(BlockRun));
    set->runs[from] = run;
    set->n_runs = n_runs;
}

bool block_set_add_run(BlockSet *set, uint32_t first, uint32_t count)
{
    if (count == 0)
        return false;
    uint64_t end = MIN((uint64_t)first + count, (uint64_t)UINT32_MAX);
    uint64_t start = first;
    if (start >= end)
        return false;
    uint32_t from = find_touching(set, first);
    uint32_t to = from;
    for (; to < set->n_runs && set->runs[to].first <= end; to++) {
        if (set->runs[to].first <= first && run_end(set->runs[to]) >= end)
            return false;
        start = MIN(start, set->runs[to].first);
        end = MAX(end, run_end(set->runs[to]));
    }
    if (from == to && set->n_runs >= BLOCK_RUNS_MAX)
        return false;
    replace_runs(set, from, to, (BlockRun){(uint32_t)start, (uint32_t)(end - start)});
    return true;
}

bool block_set_add_bytes(BlockSet *set, uint64_t offset_bytes, uint64_t length_bytes)
{
    uint64_t end_bytes = 0;
    if (length_bytes == 0)
        return false;
    if (__builtin_add_overflow(offset_bytes, length_bytes - 1, &end_bytes))
        end_bytes = UINT64_MAX;
    uint64_t first = offset_bytes / BLOCK_BYTES;
    uint64_t last = MIN(end_bytes / BLOCK_BYTES, (uint64_t)UINT32_MAX - 1);
    if (first > last)
        return false;
    return block_set_add_run(set, (uint32_t)first, (uint32_t)(last - first + 1));
}

bool block_set_unite(BlockSet *set, const BlockSet *other)
{
    bool grew = false;
    for (uint32_t i = 0; i < other->n_runs; i++)
        grew |= block_set_add_run(set, other->runs[i].first, other->runs[i].count);
    return grew;
}

void block_set_intersect(const BlockSet *a, const BlockSet *b, BlockSet *out)
{
    uint32_t i = 0;
    uint32_t j = 0;
    while (i < a->n_runs && j < b->n_runs) {
        uint64_t first = MAX(a->runs[i].first, b->runs[j].first);
        uint64_t end = MIN(run_end(a->runs[i]), run_end(b->runs[j]));
        if (first < end)
            (void)block_set_add_run(out, (uint32_t)first, (uint32_t)(end - first));
        if (run_end(a->runs[i]) <= end)
            i++;
        else
            j++;
    }
}

void block_set_subtract(BlockSet *set, const BlockSet *other)
{
    BlockSet rest = BLOCK_SET_NULL;
    uint32_t j = 0;
    for (uint32_t i = 0; i < set->n_runs; i++) {
        uint64_t at = set->runs[i].first;
        uint64_t end = run_end(set->runs[i]);
        while (j < other->n_runs && run_end(other->runs[j]) <= at)
            j++;
        for (uint32_t k = j; k < other->n_runs && other->runs[k].first < end; k++) {
            if (other->runs[k].first > at)
                (void)block_set_add_run(&rest, (uint32_t)at, (uint32_t)(other->runs[k].first - at));
            at = run_end(other->runs[k]);
        }
        if (at < end)
            (void)block_set_add_run(&rest, (uint32_t)at, (uint32_t)(end - at));
    }
    block_set_clear(set);
    *set = rest;
}

bool block_set_equal(const BlockSet *a, const BlockSet *b)
{
    return a->n_runs == b->n_runs &&
           (a->n_runs == 0 || memcmp(a->runs, b->runs, a->n_runs * sizeof(BlockRun)) == 0);
}

uint64_t block_set_bytes(const BlockSet *set)
{
    uint64_t blocks = 0;
    for (uint32_t i = 0; i < set->n_runs; i++)
        blocks += set->runs[i].count;
    return blocks * BLOCK_BYTES;
}

uint64_t block_set_file_bytes(const BlockSet *set, uint64_t size_bytes)
{
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < set->n_runs; i++) {
        uint64_t first_bytes = (uint64_t)set->runs[i].first * BLOCK_BYTES;
        uint64_t length_bytes = (uint64_t)set->runs[i].count * BLOCK_BYTES;
        if (first_bytes >= size_bytes)
            break;
        bytes += MIN(length_bytes, size_bytes - first_bytes);
    }
    return bytes;
}

void block_set_print(const BlockSet *set, GString *out)
{
    for (uint32_t i = 0; i < set->n_runs; i++) {
        BlockRun run = set->runs[i];
        if (i > 0)
            g_string_append_c(out, ',');
        g_string_append_printf(out, "%u", run.first);
        if (run.count > 1)
            g_string_append_printf(out, "-%u", run.first + (run.count - 1));
    }
}

static bool parse_run(Cursor text, uint64_t least, BlockRun *ret)
{
    uint64_t first = 0;
    if (!parse_u64(&text, &first))
        return false;
    uint64_t last = first;
    if (parse_char(&text, '-') && (!parse_u64(&text, &last) || last <= first))
        return false;
    if (text.at != text.end || first < least || last >= UINT32_MAX)
        return false;
    *ret = (BlockRun){(uint32_t)first, (uint32_t)(last - first + 1)};
    return true;
}

bool block_set_parse(Cursor text, BlockSet *ret)
{
    g_autoptr(GArray) runs = g_array_new(FALSE, FALSE, sizeof(BlockRun));
    if (text.at == text.end || text.end[-1] == ',')
        return false;
    uint64_t least = 0;
    for (Cursor field; parse_field(&text, ',', &field);) {
        BlockRun run;
        if (runs->len == BLOCK_RUNS_MAX || !parse_run(field, least, &run))
            return false;
        g_array_append_val(runs, run);
        least = run_end(run) + 1; /* an adjacent run would belong to this one */
    }
    gsize n_runs = 0;
    ret->runs = g_array_steal(runs, &n_runs);
    ret->n_runs = (uint32_t)n_runs;
    return true;
}
