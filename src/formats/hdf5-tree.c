/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/hdf5.h"

/*
 * A b-tree of the second version (III.A.2). How many bytes a child's count of records takes in a
 * node follows from how many could be in it at most.
 */
#define DEPTH_MAX 16u
#define FRAME_BYTES 10u /* of each node: signature, version, type; the sum */

typedef struct {
    Hdf5 *hdf5;
    uint32_t priority;
    const char *name;
    Hdf5Visit visit;
    gpointer data;
    uint8_t type;
    uint32_t node_bytes;
    uint32_t record_bytes;
    uint32_t depth;
    uint32_t count_bytes;                /* of a child's records */
    uint32_t total_bytes[DEPTH_MAX + 1]; /* of those of all below it, by the child's depth */
    uint64_t root;
    uint64_t root_count;
} Walk;

static uint64_t records_max(uint32_t node_bytes, uint32_t record_bytes, uint32_t pointer_bytes)
{
    const uint32_t frame = FRAME_BYTES + pointer_bytes;
    return node_bytes > frame ? (node_bytes - frame) / (record_bytes + pointer_bytes) : 0;
}

/* How wide the counts are at each depth. */
static void measure(Walk *walk)
{
    uint64_t all = records_max(walk->node_bytes, walk->record_bytes, 0);
    walk->count_bytes = hdf5_bytes_of(all);
    walk->total_bytes[0] = 0;
    for (uint32_t depth = 1; depth <= walk->depth; depth++) {
        const uint32_t pointer_bytes =
            walk->hdf5->address_bytes + walk->count_bytes + walk->total_bytes[depth - 1];
        const uint64_t n = records_max(walk->node_bytes, walk->record_bytes, pointer_bytes);
        all = all < UINT32_MAX ? (n + 1) * all + n : all;
        walk->total_bytes[depth] = hdf5_bytes_of(all);
    }
}

static bool take_header(Walk *walk, Hdf5Fields *fields)
{
    hdf5_skip(fields, 5);
    walk->type = (uint8_t)hdf5_number(fields, 1);
    walk->node_bytes = (uint32_t)hdf5_number(fields, 4);
    walk->record_bytes = (uint32_t)hdf5_number(fields, 2);
    walk->depth = (uint32_t)hdf5_number(fields, 2);
    hdf5_skip(fields, 2);
    walk->root = hdf5_address(walk->hdf5, fields);
    walk->root_count = hdf5_number(fields, 2);
    return !fields->failed && walk->record_bytes > 0 && walk->depth <= DEPTH_MAX &&
           walk->node_bytes > FRAME_BYTES && walk->node_bytes <= HDF5_PIECE_MAX;
}

static void visit_records(const Walk *walk, Hdf5Fields *fields, uint64_t count)
{
    for (uint64_t i = 0; i < count && fields->left >= walk->record_bytes; i++) {
        Hdf5Fields record = {fields->at, walk->record_bytes, false};
        hdf5_skip(fields, walk->record_bytes);
        if (walk->visit != NULL)
            walk->visit(walk->hdf5, walk->type, &record, walk->data);
    }
}

static void walk_node(const Walk *walk, uint64_t address, uint64_t count, uint32_t depth)
{
    Hdf5 *hdf5 = walk->hdf5;
    const uint64_t at = hdf5_take(hdf5, address);
    g_autofree uint8_t *bytes =
        at != HDF5_NOWHERE ? hdf5_read(hdf5, at, walk->node_bytes, depth > 0 ? "BTIN" : "BTLF")
                           : NULL;
    if (bytes == NULL)
        return;
    hdf5_add(hdf5, walk->priority, at, walk->node_bytes, walk->name);
    Hdf5Fields fields = {bytes + 6, walk->node_bytes - FRAME_BYTES, false};
    visit_records(walk, &fields, count);
    for (uint64_t i = 0; depth > 0 && i <= count && fields.left > 0; i++) {
        const uint64_t child = hdf5_address(hdf5, &fields);
        const uint64_t records = hdf5_number(&fields, walk->count_bytes);
        hdf5_skip(&fields, walk->total_bytes[depth - 1]);
        if (!fields.failed)
            walk_node(walk, child, records, depth - 1);
    }
}

void hdf5_tree(Hdf5 *hdf5, uint64_t address, uint32_t priority, const char *name, Hdf5Visit visit,
               gpointer data)
{
    const uint64_t at = hdf5_take(hdf5, address);
    const uint64_t n = 22 + hdf5->address_bytes + hdf5->length_bytes;
    Walk walk = {.hdf5 = hdf5, .priority = priority, .name = name, .visit = visit, .data = data};
    if (at == HDF5_NOWHERE)
        return;
    g_autofree uint8_t *bytes = hdf5_read(hdf5, at, n, "BTHD");
    Hdf5Fields fields = {bytes, (size_t)n, false};
    if (bytes == NULL || !take_header(&walk, &fields)) {
        hdf5->anatomy->clipped = true;
        return;
    }
    hdf5_add(hdf5, priority, at, n, name);
    measure(&walk);
    walk_node(&walk, walk.root, walk.root_count, walk.depth);
}
