/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/bgzf.h"
#include "formats/formats.h"
#include <string.h>

/*
 * BAM (SAM specification, sections 4 and 5): blocks of BGZF (bgzf.h). Wanted first: those of the
 * header, up to the last name of what was aligned to, and the block that marks the end; the index
 * is a file beside it. Where the header cannot be read it is taken to end with HEADER_BYTES.
 */
#define HEADER_BYTES ((uint64_t)256 << 10)
#define END_BYTES 28u
#define SUFFIX ".bam"
#define NAMES_MAX 64u    /* that are told */
#define NAME_BYTES 1024u /* longer than in any file that tools take */

enum {
    PRIORITY_HEADER,
    PRIORITY_END,
    PRIORITY_DATA,
};

static const uint8_t end_block[END_BYTES] = {0x1f, 0x8b, 8,   4,   0, 0, 0,    0, 0, 0xff,
                                             6,    0,    'B', 'C', 2, 0, 0x1b, 0, 3};

static bool bam_recognizes(const uint8_t *head, size_t n_head, uint64_t size_bytes,
                           const char *name)
{
    (void)size_bytes;
    return n_head >= BGZF_HEAD_BYTES && bgzf_block_bytes(head) > 0 &&
           g_str_has_suffix(name, SUFFIX);
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

static bool take_u32(Bgzf *bgzf, uint32_t *ret)
{
    uint8_t bytes[4];
    if (!bgzf_read(bgzf, bytes, sizeof bytes))
        return false;
    *ret = window_le32(bytes);
    return true;
}

static bool take_reference(Bgzf *bgzf, Anatomy *anatomy, bool told)
{
    char name[NAME_BYTES] = "";
    uint32_t length = 0;
    if (!take_u32(bgzf, &length) || length == 0 || length > sizeof name ||
        !bgzf_read(bgzf, name, length) || name[length - 1] != '\0')
        return false;
    if (told)
        anatomy_add_fact(anatomy, "reference", name);
    return bgzf_read(bgzf, NULL, 4); /* how long that is */
}

/* Up to the last reference; false if this is no such header, or the file ends before. */
static bool take_header(Bgzf *bgzf, Anatomy *anatomy)
{
    uint8_t magic[4];
    uint32_t text_bytes = 0;
    uint32_t n = 0;
    if (!bgzf_read(bgzf, magic, sizeof magic) || memcmp(magic, "BAM\1", 4) != 0 ||
        !take_u32(bgzf, &text_bytes) || !bgzf_read(bgzf, NULL, text_bytes) || !take_u32(bgzf, &n))
        return false;
    for (uint32_t i = 0; i < n; i++)
        if (!take_reference(bgzf, anatomy, i < NAMES_MAX))
            return false;
    anatomy_add_fact_u64(anatomy, "references", n);
    return true;
}

/* How long the first blocks are, up to about HEADER_BYTES. */
static bool guess(Window *window, uint64_t *ret, uint64_t *blocks, GError **error)
{
    uint64_t at = 0;
    for (*blocks = 0; at < window->size_bytes && at < HEADER_BYTES; (*blocks)++) {
        uint8_t head[BGZF_HEAD_BYTES];
        int r = window_read(window, at, head, sizeof head);
        if (r < 0 && *blocks == 0)
            return provider_fail(error, r, "first block");
        if (r < 0 || bgzf_block_bytes(head) == 0)
            break;
        at += bgzf_block_bytes(head);
    }
    if (*blocks == 0)
        return provider_damaged(error, "it does not begin with a block of BGZF");
    *ret = at;
    return true;
}

static bool measure(Window *window, Anatomy *anatomy, uint64_t *ret, uint64_t *blocks,
                    GError **error)
{
    g_autoptr(Bgzf) bgzf = bgzf_open(window);
    *blocks = 0;
    if (take_header(bgzf, anatomy)) {
        *ret = bgzf->next_bytes;
        *blocks = bgzf->n_blocks;
        return true;
    }
    anatomy->clipped = true;
    return guess(window, ret, blocks, error);
}

static bool bam_analyze(Window *window, const char *name, Anatomy *anatomy, GError **error)
{
    uint64_t header = 0;
    uint64_t blocks = 0;
    uint8_t tail[END_BYTES] = {0};
    if (!measure(window, anatomy, &header, &blocks, error))
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
