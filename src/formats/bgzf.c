/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/bgzf.h"
#include <string.h>

#define TAIL_BYTES 8u /* sum and size */

uint32_t bgzf_block_bytes(const uint8_t *head)
{
    bool is_block = memcmp(head, "\x1f\x8b\x08\x04", 4) == 0 && window_le16(head + 10) >= 6 &&
                    memcmp(head + 12, "BC\2\0", 4) == 0;
    return is_block ? (uint32_t)window_le16(head + 16) + 1 : 0;
}

Bgzf *bgzf_open(Window *window)
{
    Bgzf *bgzf = g_new0(Bgzf, 1);
    bgzf->window = window;
    bgzf->left_bytes = BGZF_INFLATED_MAX;
    bgzf->inflater = G_CONVERTER(g_zlib_decompressor_new(G_ZLIB_COMPRESSOR_FORMAT_RAW));
    return bgzf;
}

void bgzf_free(Bgzf *bgzf)
{
    if (bgzf == NULL)
        return;
    g_object_unref(bgzf->inflater);
    g_free(bgzf);
}

/* What is between the head and the tail of the block that was read. */
static bool inflate_block(Bgzf *bgzf, uint32_t length)
{
    const uint32_t head = 12 + (uint32_t)window_le16(bgzf->block + 10);
    gsize taken = 0;
    gsize made = 0;
    if (length < head + TAIL_BYTES)
        return false;
    g_converter_reset(bgzf->inflater);
    GConverterResult result = g_converter_convert(
        bgzf->inflater, bgzf->block + head, length - head - TAIL_BYTES, bgzf->contents,
        sizeof bgzf->contents, G_CONVERTER_INPUT_AT_END, &taken, &made, NULL);
    bgzf->n = result == G_CONVERTER_FINISHED ? (uint32_t)made : 0;
    bgzf->at = 0;
    return result == G_CONVERTER_FINISHED && made <= bgzf->left_bytes;
}

static bool fill(Bgzf *bgzf)
{
    if (bgzf->n_blocks >= BGZF_BLOCKS_MAX ||
        window_read(bgzf->window, bgzf->next_bytes, bgzf->block, BGZF_HEAD_BYTES) < 0)
        return false;
    const uint32_t length = bgzf_block_bytes(bgzf->block);
    if (length <= BGZF_HEAD_BYTES ||
        window_read(bgzf->window, bgzf->next_bytes + BGZF_HEAD_BYTES, bgzf->block + BGZF_HEAD_BYTES,
                    length - BGZF_HEAD_BYTES) < 0)
        return false;
    bgzf->next_bytes += length;
    bgzf->n_blocks++;
    if (!inflate_block(bgzf, length))
        return false;
    bgzf->left_bytes -= bgzf->n;
    return true;
}

bool bgzf_read(Bgzf *bgzf, void *buffer, uint64_t n_bytes)
{
    for (uint64_t done = 0; done < n_bytes;) {
        if (bgzf->at == bgzf->n && !fill(bgzf))
            return false;
        const uint32_t n = (uint32_t)MIN(n_bytes - done, (uint64_t)(bgzf->n - bgzf->at));
        if (buffer != NULL)
            memcpy((uint8_t *)buffer + done, bgzf->contents + bgzf->at, n);
        bgzf->at += n;
        done += n;
    }
    return true;
}
