/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/formats.h"
#include <errno.h>
#include <string.h>

/*
 * Git's packs and their indexes (gitformat-pack(5)): which objects a pack has where stands in the
 * index beside it. In a pack commits are first, then trees, then the contents of files.
 */
#define PACK_HEAD_BYTES 12u
#define INDEX_HEAD_BYTES 8u
#define FANOUT_BYTES 1024u

enum {
    PRIORITY_HEADER,
    PRIORITY_NAMES,
    PRIORITY_PLACES,
    PRIORITY_OTHERS,
};

/* "pack-HASH.SUFFIX", with another suffix. */
static void add_sibling(const char *name, const char *from, const char *to, Anatomy *anatomy)
{
    if (!g_str_has_suffix(name, from))
        return;
    g_autofree char *sibling =
        g_strdup_printf("%.*s%s", (int)(strlen(name) - strlen(from)), name, to);
    anatomy_add_companion(anatomy, sibling);
}

/* SHA-1's by the length of the name: with SHA-256 it has 64 digits. */
static uint64_t hash_bytes(const char *name)
{
    const char *digits = g_str_has_prefix(name, "pack-") ? name + strlen("pack-") : name;
    return strspn(digits, "0123456789abcdef") >= 64 ? 32 : 20;
}

static bool pack_recognizes(const uint8_t *head, size_t n_head, uint64_t size_bytes,
                            const char *name)
{
    (void)size_bytes;
    (void)name;
    return n_head >= PACK_HEAD_BYTES && memcmp(head, "PACK\0\0\0", 7) == 0;
}

static bool pack_analyze(Window *window, const char *name, Anatomy *anatomy, GError **error)
{
    uint8_t head[PACK_HEAD_BYTES];
    int r = window_read(window, 0, head, sizeof head);
    if (r < 0)
        return provider_fail(error, r, "header");
    const uint32_t version = window_be32(head + 4);
    const uint64_t size = anatomy->size_bytes;
    const uint64_t trailer = hash_bytes(name);
    if (memcmp(head, "PACK", 4) != 0 || (version != 2 && version != 3))
        return provider_damaged(error, "version %u of packs is not known", version);
    if (size < PACK_HEAD_BYTES + trailer)
        return provider_fail(error, -EBADMSG, "trailer");
    anatomy_add(anatomy, SEGMENT_METADATA, PRIORITY_HEADER, -1, 0, PACK_HEAD_BYTES, "header");
    anatomy_add(anatomy, SEGMENT_METADATA, PRIORITY_HEADER, -1, size - trailer, trailer, "trailer");
    anatomy_add(anatomy, SEGMENT_DATA, PRIORITY_OTHERS, -1, PACK_HEAD_BYTES,
                size - trailer - PACK_HEAD_BYTES, "objects");
    anatomy_add_fact_u64(anatomy, "objects", window_be32(head + 8));
    add_sibling(name, ".pack", ".idx", anatomy);
    add_sibling(name, ".pack", ".rev", anatomy);
    add_sibling(name, ".pack", ".bitmap", anatomy);
    return true;
}

const Provider provider_git_pack = {"git-pack", "pack of Git objects", pack_recognizes,
                                    pack_analyze};

static bool index_recognizes(const uint8_t *head, size_t n_head, uint64_t size_bytes,
                             const char *name)
{
    (void)size_bytes;
    (void)name;
    return n_head >= INDEX_HEAD_BYTES && memcmp(head, "\377tOc\0\0\0\2", 8) == 0;
}

static bool index_analyze(Window *window, const char *name, Anatomy *anatomy, GError **error)
{
    uint8_t fanout[FANOUT_BYTES];
    int r = window_read(window, INDEX_HEAD_BYTES, fanout, sizeof fanout);
    if (r < 0)
        return provider_fail(error, r, "table of first bytes");
    uint32_t before = 0;
    for (gsize i = 0; i < FANOUT_BYTES; i += 4) {
        uint32_t count = window_be32(fanout + i);
        if (count < before)
            return provider_damaged(error, "its table of first bytes goes down");
        before = count;
    }
    const uint64_t n = before;
    const uint64_t hash = hash_bytes(name);
    const uint64_t names = INDEX_HEAD_BYTES + FANOUT_BYTES;
    const uint64_t places = names + n * hash + n * 4; /* behind the checksums */
    if (places + n * 4 + 2 * hash > anatomy->size_bytes)
        return provider_damaged(error, "it has fewer than its %" G_GUINT64_FORMAT " objects", n);
    anatomy_add(anatomy, SEGMENT_METADATA, PRIORITY_HEADER, -1, 0, names, "table of first bytes");
    anatomy_add(anatomy, SEGMENT_METADATA, PRIORITY_NAMES, -1, names, n * hash, "names");
    anatomy_add(anatomy, SEGMENT_METADATA, PRIORITY_PLACES, -1, places,
                anatomy->size_bytes - 2 * hash - places, "places");
    anatomy_add(anatomy, SEGMENT_DATA, PRIORITY_OTHERS, -1, names + n * hash, n * 4, "checksums");
    anatomy_add_fact_u64(anatomy, "objects", n);
    add_sibling(name, ".idx", ".pack", anatomy);
    return true;
}

const Provider provider_git_index = {"git-index", "index of a pack of Git objects",
                                     index_recognizes, index_analyze};
