/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/formats.h"
#include "formats/hdf5.h"
#include <string.h>

/*
 * HDF5 (the file format specification, version 3.0) and netCDF-4: the superblock, and from the root
 * group on the headers of all objects, with what groups, attributes and indexes of chunks are kept
 * in (hdf5.h). The library gathers metadata in blocks, of which the first is behind the superblock.
 */
#define SIGNATURE "\211HDF\r\n\032\n"
#define SIGNATURE_BYTES 8u
#define SUPERBLOCK_BYTES 128u
#define FIRST_BYTES ((uint64_t)64 << 10)
#define START_MAX ((uint64_t)1 << 30) /* of a user block before it */
#define NODES_MAX 60000u
#define ALLOWANCE_BYTES ((uint64_t)32 << 20)

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
static uint64_t take_old(const Hdf5 *hdf5, Hdf5Fields *fields, uint8_t version)
{
    hdf5_skip(fields, version == 1 ? 28 : 24);
    (void)hdf5_address(hdf5, fields);
    (void)hdf5_address(hdf5, fields);
    anatomy_add_fact_u64(hdf5->anatomy, "end_of_file", hdf5_address(hdf5, fields));
    (void)hdf5_address(hdf5, fields);
    (void)hdf5_address(hdf5, fields);
    return hdf5_address(hdf5, fields);
}

static uint64_t take_new(const Hdf5 *hdf5, Hdf5Fields *fields)
{
    hdf5_skip(fields, 12);
    (void)hdf5_address(hdf5, fields);
    (void)hdf5_address(hdf5, fields);
    anatomy_add_fact_u64(hdf5->anatomy, "end_of_file", hdf5_address(hdf5, fields));
    return hdf5_address(hdf5, fields);
}

/* Breadth first: the groups nearest to the root are opened first. */
static uint64_t take_objects(Hdf5 *hdf5, uint64_t root)
{
    uint64_t n = 0;
    g_array_append_val(hdf5->objects, root);
    for (guint i = 0; i < hdf5->objects->len && hdf5->left_nodes > 0; i++) {
        const uint64_t address = g_array_index(hdf5->objects, uint64_t, i);
        n += hdf5_object(hdf5, address, i == 0 ? HDF5_ROOT : HDF5_OBJECTS,
                         i == 0 ? "root group" : "object headers");
    }
    return n;
}

static bool hdf5_analyze(Window *window, const char *name, Anatomy *anatomy, GError **error)
{
    (void)name;
    uint8_t block[SUPERBLOCK_BYTES];
    uint64_t start = 0;
    window_allow(window, ALLOWANCE_BYTES);
    if (!find_superblock(window, &start, block))
        return provider_damaged(error, "it has no superblock");
    const uint8_t version = block[8];
    const bool old = version < 2;
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    g_autoptr(GArray) objects = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    Hdf5 hdf5 = {.window = window,
                 .anatomy = anatomy,
                 .base = start,
                 .address_bytes = block[old ? 13 : 9],
                 .length_bytes = block[old ? 14 : 10],
                 .left_nodes = NODES_MAX,
                 .seen = seen,
                 .objects = objects};
    if (version > 3)
        return provider_damaged(error, "version %u of its superblock is not known", version);
    if (hdf5.address_bytes < 2 || hdf5.address_bytes > 8 || hdf5.length_bytes < 2 ||
        hdf5.length_bytes > 8)
        return provider_damaged(error, "its addresses have %u bytes, its lengths %u",
                                hdf5.address_bytes, hdf5.length_bytes);
    anatomy_add_fact_u64(anatomy, "superblock_version", version);
    hdf5_add(&hdf5, HDF5_SUPERBLOCK, start, MIN(SUPERBLOCK_BYTES, anatomy->size_bytes - start),
             "superblock");
    Hdf5Fields fields = {block, sizeof block, false};
    const uint64_t root = old ? take_old(&hdf5, &fields, version) : take_new(&hdf5, &fields);
    const uint64_t n = take_objects(&hdf5, root);
    hdf5_add(&hdf5, HDF5_FIRST, start, MIN(FIRST_BYTES, anatomy->size_bytes - start),
             "first metadata");
    anatomy_add_fact_u64(anatomy, "objects", n);
    return true;
}

const Provider provider_hdf5 = {"hdf5", "HDF5 or netCDF-4 data", hdf5_recognizes, hdf5_analyze};
