/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/hdf5.h"

/*
 * A fractal heap (III.G): a space of so many bytes, in blocks whose sizes double from row to row of
 * a table; a block of the table may be another table.
 */
#define DEPTH_MAX 16
#define ROWS_MAX 64u
#define WIDTH_MAX 1024u
#define BLOCKS_MAX 20000u
#define OBJECT_MANAGED 0u

typedef struct {
    uint64_t offset; /* in the heap */
    uint64_t length;
    uint64_t at; /* in the file */
} Block;

typedef struct {
    Hdf5 *hdf5;
    Hdf5Heap *heap;
    uint32_t priority;
    const char *name;
    bool filtered;
    uint32_t width;
    uint64_t first_length; /* of the first rows' blocks */
    uint32_t direct_rows;  /* whose blocks are no tables */
    uint32_t rows;         /* of the root; 0: the root is a block */
    uint64_t root;
    uint64_t root_length; /* if it is filtered */
} Walk;

/* What a header says; false if it is nothing that is possible. */
static bool take_header(Walk *walk, Hdf5Fields *fields)
{
    const Hdf5 *hdf5 = walk->hdf5;
    hdf5_skip(fields, 5);
    walk->heap->id_bytes = (uint32_t)hdf5_number(fields, 2);
    walk->filtered = hdf5_number(fields, 2) > 0;
    hdf5_skip(fields, 1);
    const uint64_t most = hdf5_number(fields, 4);
    hdf5_skip(fields, 10 * hdf5->length_bytes + 2 * hdf5->address_bytes);
    walk->width = (uint32_t)hdf5_number(fields, 2);
    walk->first_length = hdf5_length(hdf5, fields);
    const uint64_t direct = hdf5_length(hdf5, fields);
    const uint32_t bits = (uint32_t)hdf5_number(fields, 2);
    hdf5_skip(fields, 2);
    walk->root = hdf5_address(hdf5, fields);
    walk->rows = (uint32_t)hdf5_number(fields, 2);
    walk->root_length = walk->filtered ? hdf5_length(hdf5, fields) : walk->first_length;
    if (fields->failed || walk->width == 0 || walk->width > WIDTH_MAX || walk->rows > ROWS_MAX ||
        bits == 0 || bits > 64 || walk->first_length == 0 || direct < walk->first_length ||
        direct > UINT32_MAX)
        return false;
    walk->direct_rows = hdf5_log2(direct) - hdf5_log2(walk->first_length) + 2;
    walk->heap->offset_bytes = (bits + 7) / 8;
    walk->heap->length_bytes = MIN((hdf5_log2(direct) + 7) / 8, hdf5_bytes_of(most));
    return true;
}

/* Twice that of the row before, but for the second. */
static uint64_t row_length(const Walk *walk, uint32_t row)
{
    const uint32_t doublings = row > 0 ? row - 1 : 0;
    return doublings < 63 && walk->first_length <= (uint64_t)INT64_MAX >> doublings
               ? walk->first_length << doublings
               : INT64_MAX;
}

static void take_block(Walk *walk, uint64_t address, uint64_t offset, uint64_t length,
                       uint64_t stored)
{
    const Block block = {offset, length, hdf5_take(walk->hdf5, address)};
    if (block.at == HDF5_NOWHERE || walk->heap->blocks->len >= BLOCKS_MAX)
        return;
    hdf5_add(walk->hdf5, walk->priority, block.at, stored, walk->name);
    if (!walk->filtered)
        g_array_append_val(walk->heap->blocks, block);
}

/* How many rows a table has that is one block of this row. */
static uint32_t rows_within(const Walk *walk, uint32_t row)
{
    const uint32_t table = hdf5_log2(row_length(walk, row));
    const uint32_t first = hdf5_log2(walk->first_length) + hdf5_log2(walk->width);
    return table >= first ? MIN(table - first + 1, ROWS_MAX) : 0;
}

static void walk_table(Walk *walk, uint64_t address, uint32_t rows, uint64_t offset, int depth);

static void take_entry(Walk *walk, Hdf5Fields *fields, uint32_t row, uint64_t offset, int depth)
{
    const uint64_t length = row_length(walk, row);
    const uint64_t address = hdf5_address(walk->hdf5, fields);
    if (row >= walk->direct_rows) {
        walk_table(walk, address, rows_within(walk, row), offset, depth + 1);
        return;
    }
    uint64_t stored = length;
    if (walk->filtered) {
        stored = hdf5_length(walk->hdf5, fields);
        hdf5_skip(fields, 4);
    }
    take_block(walk, address, offset, length, stored);
}

static void walk_table(Walk *walk, uint64_t address, uint32_t rows, uint64_t offset, int depth)
{
    Hdf5 *hdf5 = walk->hdf5;
    const uint64_t at = depth < DEPTH_MAX ? hdf5_take(hdf5, address) : HDF5_NOWHERE;
    const uint32_t direct = MIN(rows, walk->direct_rows) * walk->width;
    const uint32_t entry_bytes =
        hdf5->address_bytes + (walk->filtered ? hdf5->length_bytes + 4 : 0);
    const uint32_t head = 5 + hdf5->address_bytes + walk->heap->offset_bytes;
    const uint64_t n = head + (uint64_t)direct * entry_bytes +
                       (uint64_t)(rows * walk->width - direct) * hdf5->address_bytes + 4;
    g_autofree uint8_t *bytes = at != HDF5_NOWHERE ? hdf5_read(hdf5, at, n, "FHIB") : NULL;
    if (bytes == NULL)
        return;
    hdf5_add(hdf5, walk->priority, at, n, walk->name);
    Hdf5Fields fields = {bytes + head, (size_t)n - head, false};
    for (uint32_t i = 0; i < rows * walk->width; i++) {
        take_entry(walk, &fields, i / walk->width, offset, depth);
        const uint64_t length = row_length(walk, i / walk->width);
        offset += MIN(length, UINT64_MAX - offset);
    }
}

static int compare_blocks(gconstpointer a, gconstpointer b)
{
    const Block *x = a;
    const Block *y = b;
    return x->offset < y->offset ? -1 : x->offset > y->offset;
}

bool hdf5_heap(Hdf5 *hdf5, uint64_t address, uint32_t priority, const char *name, Hdf5Heap *ret)
{
    const uint64_t at = hdf5_take(hdf5, address);
    const uint64_t n = 26 + 12 * hdf5->length_bytes + 3 * hdf5->address_bytes;
    Walk walk = {.hdf5 = hdf5, .heap = ret, .priority = priority, .name = name};
    *ret = (Hdf5Heap){.blocks = g_array_new(FALSE, FALSE, sizeof(Block))};
    if (at == HDF5_NOWHERE)
        return false;
    const uint64_t left = hdf5->anatomy->size_bytes - at;
    g_autofree uint8_t *bytes = hdf5_read(hdf5, at, MIN(n + hdf5->length_bytes + 4, left), "FRHP");
    Hdf5Fields fields = {bytes, (size_t)MIN(n + hdf5->length_bytes + 4, left), false};
    if (bytes == NULL || !take_header(&walk, &fields)) {
        hdf5->anatomy->clipped = true;
        return false;
    }
    hdf5_add(hdf5, priority, at, n, name);
    if (walk.rows == 0)
        take_block(&walk, walk.root, 0, walk.first_length, walk.root_length);
    else
        walk_table(&walk, walk.root, walk.rows, 0, 0);
    g_array_sort(ret->blocks, compare_blocks);
    return true;
}

void hdf5_heap_clear(Hdf5Heap *heap)
{
    g_clear_pointer(&heap->blocks, g_array_unref);
}

/* NULL if no block has it. */
static const Block *find_block(const Hdf5Heap *heap, uint64_t offset)
{
    guint first = 0;
    for (guint end = heap->blocks->len; first < end;) {
        const guint middle = first + (end - first) / 2;
        const Block *block = &g_array_index(heap->blocks, Block, middle);
        if (offset >= block->offset && offset - block->offset < block->length)
            return block;
        if (offset < block->offset)
            end = middle;
        else
            first = middle + 1;
    }
    return NULL;
}

uint8_t *hdf5_heap_get(Hdf5 *hdf5, const Hdf5Heap *heap, Hdf5Fields *id, size_t *ret_length)
{
    const uint8_t kind = (uint8_t)hdf5_number(id, 1);
    const uint64_t offset = hdf5_number(id, heap->offset_bytes);
    const uint64_t length = hdf5_number(id, heap->length_bytes);
    if (id->failed || (kind >> 4) != OBJECT_MANAGED)
        return NULL;
    const Block *block = find_block(heap, offset);
    if (block == NULL || length > block->length - (offset - block->offset)) {
        hdf5->anatomy->clipped = true;
        return NULL;
    }
    *ret_length = (size_t)length;
    return hdf5_read(hdf5, block->at + (offset - block->offset), length, "");
}
