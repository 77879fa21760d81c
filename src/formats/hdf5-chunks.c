/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/hdf5.h"

/* Classes of a layout (IV.A.2.i), and the indexes of chunks (its version 4). */
enum { CLASS_CONTIGUOUS = 1, CLASS_CHUNKED = 2 };
enum { INDEX_SINGLE = 1, INDEX_IMPLICIT, INDEX_FIXED_ARRAY, INDEX_EXTENSIBLE_ARRAY, INDEX_TREE };

#define NAME "chunk indexes"
#define SINGLE_FILTERED 2u
#define BLOCKS_MAX 4096u /* of one array at once */

/* So many elements in a block; where there are more than a page of them, each page has a sum. */
static uint64_t elements_bytes(const Hdf5 *hdf5, uint64_t n, uint32_t element_bytes,
                               uint32_t page_bits, uint64_t *ret_pages)
{
    const uint64_t most = hdf5->anatomy->size_bytes;
    const uint64_t page = page_bits < 63 ? UINT64_C(1) << page_bits : INT64_MAX;
    n = MIN(n, most); /* there cannot be more, and nothing overflows */
    *ret_pages = n > page ? (n + page - 1) / page : 0;
    return n * element_bytes + *ret_pages * 4;
}

/* III.H: a header, and all elements in one block. */
static void take_fixed_array(Hdf5 *hdf5, uint64_t address)
{
    const uint64_t at = hdf5_take(hdf5, address);
    const uint64_t n = 12 + hdf5->length_bytes + hdf5->address_bytes;
    g_autofree uint8_t *bytes = at != HDF5_NOWHERE ? hdf5_read(hdf5, at, n, "FAHD") : NULL;
    if (bytes == NULL)
        return;
    Hdf5Fields fields = {bytes + 6, (size_t)n - 6, false};
    const uint32_t element_bytes = (uint32_t)hdf5_number(&fields, 1);
    const uint32_t page_bits = (uint32_t)hdf5_number(&fields, 1);
    const uint64_t count = hdf5_length(hdf5, &fields);
    const uint64_t block = hdf5_take(hdf5, hdf5_address(hdf5, &fields));
    hdf5_add(hdf5, HDF5_INDEXES, at, n, NAME);
    if (block == HDF5_NOWHERE)
        return;
    uint64_t pages = 0;
    const uint64_t length = elements_bytes(hdf5, count, element_bytes, page_bits, &pages);
    /* A bit for each page tells whether there is anything in it. */
    hdf5_add(hdf5, HDF5_INDEXES, block, 10 + hdf5->address_bytes + length + (pages + 7) / 8, NAME);
}

/* III.I: a header; a block with the first elements and where the first blocks are; then, each twice
 * as large as two before, blocks that tell where others are. */
typedef struct {
    uint32_t element_bytes;
    uint32_t bits; /* of the number of an element */
    uint32_t first_elements;
    uint32_t block_elements; /* at least */
    uint32_t block_pointers; /* at least */
    uint32_t page_bits;
    uint32_t n_groups;      /* of blocks of equal size */
    uint32_t direct_groups; /* those that the first block knows */
    uint64_t index;
} Array;

static bool take_array_header(const Hdf5 *hdf5, Hdf5Fields *fields, Array *array)
{
    hdf5_skip(fields, 6);
    array->element_bytes = (uint32_t)hdf5_number(fields, 1);
    array->bits = (uint32_t)hdf5_number(fields, 1);
    array->first_elements = (uint32_t)hdf5_number(fields, 1);
    array->block_elements = (uint32_t)hdf5_number(fields, 1);
    array->block_pointers = (uint32_t)hdf5_number(fields, 1);
    array->page_bits = (uint32_t)hdf5_number(fields, 1);
    hdf5_skip(fields, 6 * hdf5->length_bytes);
    array->index = hdf5_address(hdf5, fields);
    if (fields->failed || array->bits > 64 || array->block_elements == 0 ||
        array->block_pointers == 0 || hdf5_log2(array->block_elements) > array->bits)
        return false;
    array->n_groups = 1 + array->bits - hdf5_log2(array->block_elements);
    array->direct_groups = MIN(2 * hdf5_log2(array->block_pointers), array->n_groups);
    return true;
}

static uint64_t group_elements(const Array *array, uint32_t group)
{
    const uint32_t doublings = (group + 1) / 2;
    return doublings < 48 ? (uint64_t)array->block_elements << doublings : INT64_MAX;
}

static uint64_t group_blocks(uint32_t group)
{
    return UINT64_C(1) << MIN(group / 2, 62u);
}

static void take_array_blocks(Hdf5 *hdf5, const Array *array, Hdf5Fields *fields, uint32_t group)
{
    const uint64_t n = MIN(group_blocks(group), BLOCKS_MAX);
    for (uint64_t i = 0; i < n && fields->left > 0; i++) {
        uint64_t pages = 0;
        const uint64_t at = hdf5_take(hdf5, hdf5_address(hdf5, fields));
        const uint64_t elements = elements_bytes(hdf5, group_elements(array, group),
                                                 array->element_bytes, array->page_bits, &pages);
        if (at != HDF5_NOWHERE)
            hdf5_add(hdf5, HDF5_INDEXES, at,
                     10 + hdf5->address_bytes + (array->bits + 7) / 8 + elements, NAME);
    }
}

/* A block that tells where the blocks of a group are. */
static void take_array_group(Hdf5 *hdf5, const Array *array, uint64_t address, uint32_t group)
{
    const uint64_t at = hdf5_take(hdf5, address);
    const uint64_t pages =
        array->page_bits < 63 ? group_elements(array, group) >> array->page_bits : 0;
    const uint64_t bitmap = pages > 1 ? (pages + 7) / 8 * group_blocks(group) : 0;
    const uint64_t head =
        6 + hdf5->address_bytes + (array->bits + 7) / 8 + MIN(bitmap, (uint64_t)HDF5_PIECE_MAX);
    const uint64_t n = head + MIN(group_blocks(group), BLOCKS_MAX) * hdf5->address_bytes + 4;
    g_autofree uint8_t *bytes = at != HDF5_NOWHERE ? hdf5_read(hdf5, at, n, "EASB") : NULL;
    if (bytes == NULL)
        return;
    hdf5_add(hdf5, HDF5_INDEXES, at, n, NAME);
    Hdf5Fields fields = {bytes + head, (size_t)(n - head) - 4, false};
    take_array_blocks(hdf5, array, &fields, group);
}

static void take_array_index(Hdf5 *hdf5, const Array *array)
{
    const uint64_t at = hdf5_take(hdf5, array->index);
    const uint64_t pointers = 2 * ((uint64_t)array->block_pointers - 1);
    const uint64_t head = 6 + hdf5->address_bytes;
    const uint64_t n = head + (uint64_t)array->first_elements * array->element_bytes +
                       (pointers + array->n_groups - array->direct_groups) * hdf5->address_bytes +
                       4;
    g_autofree uint8_t *bytes = at != HDF5_NOWHERE ? hdf5_read(hdf5, at, n, "EAIB") : NULL;
    if (bytes == NULL)
        return;
    hdf5_add(hdf5, HDF5_INDEXES, at, n, NAME);
    Hdf5Fields fields = {bytes + head, (size_t)(n - head) - 4, false};
    hdf5_skip(&fields, (uint64_t)array->first_elements * array->element_bytes);
    uint32_t group = 0;
    for (; group < array->direct_groups; group++)
        take_array_blocks(hdf5, array, &fields, group);
    for (; group < array->n_groups && fields.left > 0; group++)
        take_array_group(hdf5, array, hdf5_address(hdf5, &fields), group);
}

static void take_extensible_array(Hdf5 *hdf5, uint64_t address)
{
    Array array = {0};
    const uint64_t at = hdf5_take(hdf5, address);
    const uint64_t n = 16 + 6 * hdf5->length_bytes + hdf5->address_bytes;
    g_autofree uint8_t *bytes = at != HDF5_NOWHERE ? hdf5_read(hdf5, at, n, "EAHD") : NULL;
    Hdf5Fields fields = {bytes, (size_t)n, false};
    if (bytes == NULL)
        return;
    hdf5_add(hdf5, HDF5_INDEXES, at, n, NAME);
    if (take_array_header(hdf5, &fields, &array))
        take_array_index(hdf5, &array);
    else
        hdf5->anatomy->clipped = true;
}

static void add_data(Hdf5 *hdf5, uint64_t address, uint64_t length)
{
    const uint64_t at = hdf5_place(hdf5, address);
    if (at != HDF5_NOWHERE && length != HDF5_NOWHERE)
        anatomy_add(hdf5->anatomy, SEGMENT_DATA, HDF5_DATA, -1, at, length, "data");
}

/* Behind the flags, the sizes of a chunk and of those. */
static void take_index(Hdf5 *hdf5, Hdf5Fields *fields)
{
    /* What stands before the address, for each: how the index is to grow. */
    static const uint8_t parameters[] = {
        [INDEX_FIXED_ARRAY] = 1, [INDEX_EXTENSIBLE_ARRAY] = 5, [INDEX_TREE] = 6};
    const uint8_t flags = (uint8_t)hdf5_number(fields, 1);
    const uint64_t dimensions = hdf5_number(fields, 1);
    hdf5_skip(fields, dimensions * hdf5_number(fields, 1));
    const uint8_t type = (uint8_t)hdf5_number(fields, 1);
    if (type == INDEX_SINGLE && (flags & SINGLE_FILTERED) != 0) {
        const uint64_t length = hdf5_length(hdf5, fields);
        hdf5_skip(fields, 4);
        add_data(hdf5, hdf5_address(hdf5, fields), length);
        return;
    }
    hdf5_skip(fields, type < G_N_ELEMENTS(parameters) ? parameters[type] : 0);
    const uint64_t address = hdf5_address(hdf5, fields);
    if (type == INDEX_FIXED_ARRAY)
        take_fixed_array(hdf5, address);
    else if (type == INDEX_EXTENSIBLE_ARRAY)
        take_extensible_array(hdf5, address);
    else if (type == INDEX_TREE)
        hdf5_tree(hdf5, address, HDF5_INDEXES, NAME, NULL, NULL);
}

/* Versions 1 and 2: the number of dimensions comes before the class. */
static void take_oldest(Hdf5 *hdf5, Hdf5Fields *message)
{
    const uint32_t dimensions = (uint32_t)hdf5_number(message, 1);
    const uint8_t class = (uint8_t)hdf5_number(message, 1);
    hdf5_skip(message, 5);
    if (class == CLASS_CHUNKED)
        hdf5_chunk_tree(hdf5, hdf5_address(hdf5, message), dimensions);
}

void hdf5_layout(Hdf5 *hdf5, Hdf5Fields *message)
{
    const uint8_t version = (uint8_t)hdf5_number(message, 1);
    if (version < 3) {
        take_oldest(hdf5, message);
        return;
    }
    const uint8_t class = (uint8_t)hdf5_number(message, 1);
    if (class == CLASS_CONTIGUOUS) {
        const uint64_t address = hdf5_address(hdf5, message);
        add_data(hdf5, address, hdf5_length(hdf5, message));
    } else if (class == CLASS_CHUNKED && version == 3) {
        const uint32_t dimensions = (uint32_t)hdf5_number(message, 1);
        hdf5_chunk_tree(hdf5, hdf5_address(hdf5, message), dimensions);
    } else if (class == CLASS_CHUNKED) {
        take_index(hdf5, message);
    }
}
