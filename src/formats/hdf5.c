/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/hdf5.h"
#include <string.h>

uint64_t hdf5_number(Hdf5Fields *fields, uint32_t n_bytes)
{
    if (n_bytes > 8 || fields->left < n_bytes) {
        fields->failed = true;
        fields->left = 0;
        return 0;
    }
    uint64_t value = 0;
    for (uint32_t i = 0; i < n_bytes; i++)
        value |= (uint64_t)fields->at[i] << 8 * i;
    fields->at += n_bytes;
    fields->left -= n_bytes;
    return value;
}

static uint64_t number_or_nowhere(Hdf5Fields *fields, uint32_t n_bytes)
{
    const uint64_t value = hdf5_number(fields, n_bytes);
    const uint64_t ones = n_bytes < 8 ? (UINT64_C(1) << 8 * n_bytes) - 1 : UINT64_MAX;
    return fields->failed || value == ones ? HDF5_NOWHERE : value;
}

uint64_t hdf5_address(const Hdf5 *hdf5, Hdf5Fields *fields)
{
    return number_or_nowhere(fields, hdf5->address_bytes);
}

uint64_t hdf5_length(const Hdf5 *hdf5, Hdf5Fields *fields)
{
    return number_or_nowhere(fields, hdf5->length_bytes);
}

void hdf5_skip(Hdf5Fields *fields, uint64_t n_bytes)
{
    const size_t n = (size_t)MIN(n_bytes, (uint64_t)fields->left);
    fields->failed |= n < n_bytes;
    fields->at += n;
    fields->left -= n;
}

uint32_t hdf5_log2(uint64_t number)
{
    uint32_t n = 0;
    for (; number > 1; number >>= 1)
        n++;
    return n;
}

uint32_t hdf5_bytes_of(uint64_t most)
{
    return hdf5_log2(most) / 8 + 1;
}

uint64_t hdf5_place(const Hdf5 *hdf5, uint64_t address)
{
    const uint64_t size = hdf5->anatomy->size_bytes;
    return address < size && address < size - hdf5->base ? hdf5->base + address : HDF5_NOWHERE;
}

uint64_t hdf5_take(Hdf5 *hdf5, uint64_t address)
{
    const uint64_t at = hdf5_place(hdf5, address);
    if (address == HDF5_NOWHERE)
        return HDF5_NOWHERE;
    if (at == HDF5_NOWHERE || hdf5->left_nodes == 0) {
        hdf5->anatomy->clipped = true;
        return HDF5_NOWHERE;
    }
    if (!g_hash_table_add(hdf5->seen, g_memdup2(&at, sizeof at)))
        return HDF5_NOWHERE;
    hdf5->left_nodes--;
    return at;
}

void hdf5_add(Hdf5 *hdf5, uint32_t priority, uint64_t at, uint64_t length, const char *name)
{
    anatomy_add(hdf5->anatomy, SEGMENT_METADATA, priority, -1, at, length, name);
}

uint8_t *hdf5_read(Hdf5 *hdf5, uint64_t at, uint64_t length, const char *signature)
{
    g_autofree uint8_t *bytes = NULL;
    if (at != HDF5_NOWHERE && length >= strlen(signature) && length <= HDF5_PIECE_MAX)
        bytes = g_malloc((gsize)length + 1);
    if (bytes == NULL || window_read(hdf5->window, at, bytes, (size_t)length) < 0 ||
        memcmp(bytes, signature, strlen(signature)) != 0) {
        hdf5->anatomy->clipped = true;
        return NULL;
    }
    return g_steal_pointer(&bytes);
}
