/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/hdf5.h"
#include <string.h>

#define DEPTH_MAX 32
#define CHILDREN_MAX 4096u /* of a node */

/* A node of a b-tree of the first version (III.A.1): key and child in turn. */
typedef struct {
    const char *name;
    uint32_t priority;
    uint8_t type;
    uint32_t key_bytes;
} Tree;

/* A local heap: the names of a group's members. */
static void take_heap(Hdf5 *hdf5, uint64_t address)
{
    const uint64_t at = hdf5_take(hdf5, address);
    const uint32_t n = 8 + 2 * hdf5->length_bytes + hdf5->address_bytes;
    if (at == HDF5_NOWHERE)
        return;
    g_autofree uint8_t *bytes = hdf5_read(hdf5, at, n, "HEAP");
    if (bytes == NULL)
        return;
    Hdf5Fields fields = {bytes + 8, n - 8, false};
    const uint64_t length = hdf5_length(hdf5, &fields);
    hdf5_skip(&fields, hdf5->length_bytes);
    const uint64_t data = hdf5_place(hdf5, hdf5_address(hdf5, &fields));
    hdf5_add(hdf5, HDF5_GROUPS, at, n, "groups");
    if (data != HDF5_NOWHERE)
        hdf5_add(hdf5, HDF5_GROUPS, data, length, "groups");
}

/* The leaf of such a tree: entries of objects. */
static void take_symbols(Hdf5 *hdf5, uint64_t address)
{
    uint8_t head[8];
    const uint64_t at = hdf5_take(hdf5, address);
    const uint32_t entry_bytes = 2 * hdf5->address_bytes + 24;
    if (at == HDF5_NOWHERE)
        return;
    if (window_read(hdf5->window, at, head, sizeof head) < 0) {
        hdf5->anatomy->clipped = true;
        return;
    }
    const uint32_t count = window_le16(head + 6);
    const uint64_t n = 8 + (uint64_t)count * entry_bytes;
    g_autofree uint8_t *bytes = hdf5_read(hdf5, at, n, "SNOD");
    if (bytes == NULL)
        return;
    hdf5_add(hdf5, HDF5_GROUPS, at, n, "groups");
    for (uint32_t i = 0; i < count; i++) {
        Hdf5Fields entry = {bytes + 8 + (gsize)i * entry_bytes, entry_bytes, false};
        hdf5_skip(&entry, hdf5->address_bytes);
        const uint64_t object = hdf5_address(hdf5, &entry);
        if (object != HDF5_NOWHERE)
            g_array_append_val(hdf5->objects, object);
    }
}

/* NULL, and clipped, if this is no node of such a tree. */
static uint8_t *read_node(Hdf5 *hdf5, const Tree *tree, uint64_t at, uint32_t *ret_count)
{
    uint8_t head[8];
    if (window_read(hdf5->window, at, head, sizeof head) < 0 || head[4] != tree->type) {
        hdf5->anatomy->clipped = true;
        return NULL;
    }
    *ret_count = MIN(window_le16(head + 6), CHILDREN_MAX);
    const uint64_t n = 8 + 2 * hdf5->address_bytes + tree->key_bytes +
                       (uint64_t)*ret_count * (tree->key_bytes + hdf5->address_bytes);
    uint8_t *bytes = hdf5_read(hdf5, at, n, "TREE");
    if (bytes != NULL)
        hdf5_add(hdf5, tree->priority, at, n, tree->name);
    return bytes;
}

static void walk(Hdf5 *hdf5, const Tree *tree, uint64_t address, int depth)
{
    uint32_t count = 0;
    const uint64_t at = hdf5_take(hdf5, address);
    g_autofree uint8_t *bytes =
        at != HDF5_NOWHERE && depth < DEPTH_MAX ? read_node(hdf5, tree, at, &count) : NULL;
    for (uint32_t i = 0; bytes != NULL && i < count; i++) {
        const gsize place = 8 + 2 * hdf5->address_bytes + tree->key_bytes +
                            (gsize)i * (tree->key_bytes + hdf5->address_bytes);
        Hdf5Fields child = {bytes + place, hdf5->address_bytes, false};
        const uint64_t below = hdf5_address(hdf5, &child);
        if (bytes[5] > 0)
            walk(hdf5, tree, below, depth + 1);
        else if (tree->type == 0)
            take_symbols(hdf5, below);
    }
}

void hdf5_group(Hdf5 *hdf5, uint64_t tree_address, uint64_t heap_address)
{
    const Tree tree = {"groups", HDF5_GROUPS, 0, hdf5->length_bytes};
    take_heap(hdf5, heap_address);
    walk(hdf5, &tree, tree_address, 0);
}

void hdf5_chunk_tree(Hdf5 *hdf5, uint64_t address, uint32_t dimensions)
{
    const Tree tree = {"chunk indexes", HDF5_INDEXES, 1, 8 + 8 * dimensions};
    walk(hdf5, &tree, address, 0);
}
