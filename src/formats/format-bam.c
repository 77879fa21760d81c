/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/formats.h"
#include <errno.h>
#include <string.h>

/*
 * BAM (SAM specification, sections 4 and 5): blocks of BGZF, which are gzip members with their own
 * length in an extra field. Wanted first: the header's blocks and the block that marks the end; the
 * index is a file beside it.
 *
 * How long the header is stands inside of what is compressed; writers begin a new block behind it,
 * so that the first blocks up to HEADER_BYTES have it, but for genomes in very many pieces.
 */
#define BLOCK_HEAD_BYTES 18u
#define HEADER_BYTES ((uint64_t)256 << 10)
#define END_BYTES 28u
#define SUFFIX ".bam"

enum {
    PRIORITY_HEADER,
    PRIORITY_END,
    PRIORITY_DATA,
};

static const uint8_t end_block[END_BYTES] = {0x1f, 0x8b, 8,   4,   0, 0, 0,    0, 0, 0xff,
                                             6,    0,    'B', 'C', 2, 0, 0x1b, 0, 3};

static bool is_block(const uint8_t *head)
{
    return memcmp(head, "\x1f\x8b\x08\x04", 4) == 0 && window_le16(head + 10) >= 6 &&
           memcmp(head + 12, "BC\2\0", 4) == 0;
}

static bool bam_recognizes(const uint8_t *head, size_t n_head, uint64_t size_bytes,
                           const char *name)
{
    (void)size_bytes;
    return n_head >= BLOCK_HEAD_BYTES && is_block(head) && g_str_has_suffix(name, SUFFIX);
}

/* "a.bam.bai" and the like; of those of Picard "a.bai". */
static void add_indexes(const char *name, Anatomy *anatomy)
{
    static const char *const suffixes[] = {".bai", ".csi"};
    for (gsize i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        g_autofree char *index = g_strconcat(name, suffixes[i], NULL);
        anatomy_add_companion(anatomy, index);
    }
    if (!g_str_has_suffix(name, SUFFIX))
        return;
    g_autofree char *index =
        g_strdup_printf("%.*s.bai", (int)(strlen(name) - strlen(SUFFIX)), name);
    anatomy_add_companion(anatomy, index);
}

/* How long the first blocks are, up to about HEADER_BYTES. */
static bool measure(Window *window, uint64_t *ret, uint64_t *blocks, GError **error)
{
    uint64_t at = 0;
    for (*blocks = 0; at < window->size_bytes && at < HEADER_BYTES; (*blocks)++) {
        uint8_t head[BLOCK_HEAD_BYTES];
        int r = window_read(window, at, head, sizeof head);
        if (r < 0 && *blocks == 0)
            return provider_fail(error, r, "first block");
        if (r < 0 || !is_block(head))
            break;
        at += (uint64_t)window_le16(head + 16) + 1;
    }
    if (*blocks == 0)
        return provider_damaged(error, "it does not begin with a block of BGZF");
    *ret = at;
    return true;
}

static bool bam_analyze(Window *window, const char *name, Anatomy *anatomy, GError **error)
{
    uint64_t header = 0;
    uint64_t blocks = 0;
    uint8_t tail[END_BYTES] = {0};
    if (!measure(window, &header, &blocks, error))
        return false;
    const uint64_t size = anatomy->size_bytes;
    bool complete = size >= END_BYTES &&
                    window_read(window, size - END_BYTES, tail, END_BYTES) == 0 &&
                    memcmp(tail, end_block, END_BYTES) == 0;
    anatomy_add(anatomy, SEGMENT_METADATA, PRIORITY_HEADER, -1, 0, header, "header");
    if (complete)
        anatomy_add(anatomy, SEGMENT_METADATA, PRIORITY_END, -1, size - END_BYTES, END_BYTES,
                    "end block");
    if (header < size)
        anatomy_add(anatomy, SEGMENT_DATA, PRIORITY_DATA, -1, header, size - header, "alignments");
    anatomy_add_fact(anatomy, "complete", complete ? "yes" : "no");
    anatomy_add_fact_u64(anatomy, "header_blocks", blocks);
    add_indexes(name, anatomy);
    return true;
}

const Provider provider_bam = {"bam", "BAM alignments", bam_recognizes, bam_analyze};
