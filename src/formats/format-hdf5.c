/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/formats.h"
#include <string.h>

/*
 * HDF5 (the file format specification, version 3.0) and netCDF-4: the superblock and the metadata
 * of groups and data sets. Of files of the older layout, which the library and netCDF write by
 * default, the groups are followed from the root by their b-trees; of the newer one the root group
 * is found. The library gathers metadata in blocks, of which the first is behind the superblock.
 */
#define SIGNATURE "\211HDF\r\n\032\n"
#define SIGNATURE_BYTES 8u
#define SUPERBLOCK_BYTES 128u
#define FIRST_BYTES ((uint64_t)64 << 10)
#define START_MAX ((uint64_t)1 << 30) /* of a user block before it */
#define NODES_MAX 20000u
#define DEPTH_MAX 32
#define HEADER_BYTES 512u /* of objects, where it is not known */
#define SYMBOLS_MAX 1024u
#define NOWHERE UINT64_MAX

enum {
    PRIORITY_SUPERBLOCK,
    PRIORITY_ROOT,
    PRIORITY_GROUPS,
    PRIORITY_OBJECTS,
    PRIORITY_FIRST,
};

typedef struct {
    Window *window;
    Anatomy *anatomy;
    uint64_t base; /* to which addresses are relative */
    uint32_t address_bytes;
    uint32_t length_bytes;
    uint32_t left_nodes;
    uint64_t objects;
    GHashTable *seen; /* uint64_t: addresses of what was read */
} Hdf5;

static bool hdf5_recognizes(const uint8_t *head, size_t n_head, uint64_t size_bytes,
                            const char *name)
{
    (void)size_bytes;
    (void)name;
    for (uint64_t at = 0; at + SIGNATURE_BYTES <= n_head; at = at == 0 ? 512 : at * 2)
        if (memcmp(head + at, SIGNATURE, SIGNATURE_BYTES) == 0)
            return true;
    return false;
}

/* All ones of whatever size is "undefined". */
static uint64_t number_at(const uint8_t *at, uint32_t n)
{
    uint64_t value = 0;
    bool ones = true;
    for (uint32_t i = 0; i < n; i++) {
        value |= (uint64_t)at[i] << 8 * i;
        ones &= at[i] == 0xff;
    }
    return ones ? NOWHERE : value;
}

/* In the file; NOWHERE if it is outside. */
static uint64_t place_of(const Hdf5 *hdf5, uint64_t address)
{
    const uint64_t size = hdf5->anatomy->size_bytes;
    return address < size && address < size - hdf5->base ? hdf5->base + address : NOWHERE;
}

/* Whether this place was not read before; counts it. */
static bool is_new(Hdf5 *hdf5, uint64_t at)
{
    if (at == NOWHERE || hdf5->left_nodes == 0 ||
        !g_hash_table_add(hdf5->seen, g_memdup2(&at, sizeof at))) {
        hdf5->anatomy->clipped |= at == NOWHERE || hdf5->left_nodes == 0;
        return false;
    }
    hdf5->left_nodes--;
    return true;
}

/* An object header of the first version tells its length; of the second, in one of four ways. */
static void add_object(Hdf5 *hdf5, uint64_t address, uint32_t priority, const char *name)
{
    uint8_t head[12];
    const uint64_t at = place_of(hdf5, address);
    if (!is_new(hdf5, at) || window_read(hdf5->window, at, head, sizeof head) < 0)
        return;
    uint64_t length = HEADER_BYTES;
    if (head[0] == 1)
        length = 16 + (uint64_t)window_le32(head + 8);
    hdf5->objects++;
    anatomy_add(hdf5->anatomy, SEGMENT_METADATA, priority, -1, at,
                MIN(length, hdf5->anatomy->size_bytes - at), name);
}

/* A local heap: the names of a group's members. */
static void add_heap(Hdf5 *hdf5, uint64_t address)
{
    uint8_t head[32];
    const uint64_t at = place_of(hdf5, address);
    const uint32_t n = 8 + 2 * hdf5->length_bytes + hdf5->address_bytes;
    if (!is_new(hdf5, at) || window_read(hdf5->window, at, head, n) < 0 ||
        memcmp(head, "HEAP", 4) != 0)
        return;
    const uint64_t length = number_at(head + 8, hdf5->length_bytes);
    const uint64_t data =
        place_of(hdf5, number_at(head + 8 + 2 * hdf5->length_bytes, hdf5->address_bytes));
    anatomy_add(hdf5->anatomy, SEGMENT_METADATA, PRIORITY_GROUPS, -1, at, n, "groups");
    if (data != NOWHERE)
        anatomy_add(hdf5->anatomy, SEGMENT_METADATA, PRIORITY_GROUPS, -1, data, length, "groups");
}

static void walk_tree(Hdf5 *hdf5, uint64_t address, int depth);

/* An entry of a symbol table: an object, and where it is a group, its tree and heap. */
static void take_symbol(Hdf5 *hdf5, const uint8_t *entry, int depth)
{
    const uint32_t n = hdf5->address_bytes;
    const uint8_t *scratch = entry + 2 * n + 8;
    add_object(hdf5, number_at(entry + n, n), PRIORITY_OBJECTS, "object headers");
    if (window_le32(entry + 2 * n) != 1 || depth >= DEPTH_MAX)
        return;
    add_heap(hdf5, number_at(scratch + n, n));
    walk_tree(hdf5, number_at(scratch, n), depth + 1);
}

static void take_symbols(Hdf5 *hdf5, uint64_t at, int depth)
{
    uint8_t head[8];
    if (window_read(hdf5->window, at, head, sizeof head) < 0 || memcmp(head, "SNOD", 4) != 0) {
        hdf5->anatomy->clipped = true;
        return;
    }
    const uint32_t entry_bytes = 2 * hdf5->address_bytes + 24;
    const uint32_t count = MIN(window_le16(head + 6), SYMBOLS_MAX);
    g_autofree uint8_t *entries = g_malloc((gsize)count * entry_bytes + 1);
    if (window_read(hdf5->window, at + 8, entries, (size_t)count * entry_bytes) < 0) {
        hdf5->anatomy->clipped = true;
        return;
    }
    anatomy_add(hdf5->anatomy, SEGMENT_METADATA, PRIORITY_GROUPS, -1, at,
                8 + (uint64_t)count * entry_bytes, "groups");
    for (uint32_t i = 0; i < count; i++)
        take_symbol(hdf5, entries + (gsize)i * entry_bytes, depth);
}

/* A b-tree of a group, version 1, type 0: keys and children in turn. */
static void walk_tree(Hdf5 *hdf5, uint64_t address, int depth)
{
    const uint32_t child_bytes = hdf5->address_bytes + hdf5->length_bytes;
    const uint64_t at = place_of(hdf5, address);
    uint8_t head[8];
    if (depth > DEPTH_MAX || !is_new(hdf5, at) ||
        window_read(hdf5->window, at, head, sizeof head) < 0 || memcmp(head, "TREE\0", 5) != 0)
        return;
    const uint32_t count = MIN(window_le16(head + 6), SYMBOLS_MAX);
    const uint64_t children = at + 8 + 2 * hdf5->address_bytes + hdf5->length_bytes;
    g_autofree uint8_t *bytes = g_malloc((gsize)count * child_bytes + 1);
    if (window_read(hdf5->window, children, bytes, (size_t)count * child_bytes) < 0)
        return;
    anatomy_add(hdf5->anatomy, SEGMENT_METADATA, PRIORITY_GROUPS, -1, at,
                children - at + (uint64_t)count * child_bytes, "groups");
    for (uint32_t i = 0; i < count; i++) {
        uint64_t child = number_at(bytes + (gsize)i * child_bytes, hdf5->address_bytes);
        uint64_t place = place_of(hdf5, child);
        if (head[5] > 0)
            walk_tree(hdf5, child, depth + 1);
        else if (is_new(hdf5, place))
            take_symbols(hdf5, place, depth);
    }
}

static bool find_superblock(Window *window, uint64_t *ret, uint8_t block[SUPERBLOCK_BYTES])
{
    for (uint64_t at = 0; at < START_MAX && at < window->size_bytes; at = at == 0 ? 512 : at * 2) {
        memset(block, 0, SUPERBLOCK_BYTES);
        size_t n = (size_t)MIN((uint64_t)SUPERBLOCK_BYTES, window->size_bytes - at);
        if (window_read(window, at, block, n) == 0 &&
            memcmp(block, SIGNATURE, SIGNATURE_BYTES) == 0) {
            *ret = at;
            return true;
        }
    }
    return false;
}

/* The superblock of version 0 or 1: behind the addresses is the entry of the root group. */
static void take_old(Hdf5 *hdf5, const uint8_t *block)
{
    const uint32_t n = hdf5->address_bytes;
    const uint8_t *at = block + (block[8] == 1 ? 28 : 24);
    anatomy_add_fact_u64(hdf5->anatomy, "end_of_file", number_at(at + 2 * n, n));
    at += 4 * n;
    add_object(hdf5, number_at(at + n, n), PRIORITY_ROOT, "root group");
    take_symbol(hdf5, at, 0);
}

static void take_new(Hdf5 *hdf5, const uint8_t *block)
{
    const uint32_t n = hdf5->address_bytes;
    anatomy_add_fact_u64(hdf5->anatomy, "end_of_file", number_at(block + 12 + 2 * n, n));
    add_object(hdf5, number_at(block + 12 + 3 * n, n), PRIORITY_ROOT, "root group");
}

static bool hdf5_analyze(Window *window, const char *name, Anatomy *anatomy, GError **error)
{
    (void)name;
    uint8_t block[SUPERBLOCK_BYTES];
    uint64_t start = 0;
    if (!find_superblock(window, &start, block))
        return provider_damaged(error, "it has no superblock");
    const uint8_t version = block[8];
    const bool old = version < 2;
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    Hdf5 hdf5 = {.window = window,
                 .anatomy = anatomy,
                 .base = start,
                 .address_bytes = block[old ? 13 : 9],
                 .length_bytes = block[old ? 14 : 10],
                 .left_nodes = NODES_MAX,
                 .seen = seen};
    if (version > 3)
        return provider_damaged(error, "version %u of its superblock is not known", version);
    if (hdf5.address_bytes < 2 || hdf5.address_bytes > 8 || hdf5.length_bytes < 2 ||
        hdf5.length_bytes > 8)
        return provider_damaged(error, "its addresses have %u bytes, its lengths %u",
                                hdf5.address_bytes, hdf5.length_bytes);
    anatomy_add_fact_u64(anatomy, "superblock_version", version);
    anatomy_add(anatomy, SEGMENT_METADATA, PRIORITY_SUPERBLOCK, -1, start,
                MIN(SUPERBLOCK_BYTES, anatomy->size_bytes - start), "superblock");
    if (old)
        take_old(&hdf5, block);
    else
        take_new(&hdf5, block);
    anatomy_add(anatomy, SEGMENT_METADATA, PRIORITY_FIRST, -1, start,
                MIN(FIRST_BYTES, anatomy->size_bytes - start), "first metadata");
    anatomy_add_fact_u64(anatomy, "objects", hdf5.objects);
    return true;
}

const Provider provider_hdf5 = {"hdf5", "HDF5 or netCDF-4 data", hdf5_recognizes, hdf5_analyze};
