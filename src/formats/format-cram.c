/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/formats.h"
#include "formats/stream.h"
#include <errno.h>
#include <string.h>

/*
 * CRAM 2 and 3 (samtools.github.io/hts-specs/CRAMv3): the file definition, the container with the
 * header, containers of slices up to the one that marks the end. The index is a file beside it.
 */
#define DEFINITION_BYTES 26u
#define CONTAINERS_MAX 10000u

enum {
    PRIORITY_HEADER,
    PRIORITY_DATA,
};

typedef struct {
    uint64_t body_at;
    uint64_t body_bytes;
    uint64_t records;
    uint64_t blocks;
} Container;

static bool cram_recognizes(const uint8_t *head, size_t n_head, uint64_t size_bytes,
                            const char *name)
{
    (void)size_bytes;
    (void)name;
    return n_head >= DEFINITION_BYTES && memcmp(head, "CRAM", 4) == 0;
}

/* ITF8: a number of 32 bits, how many bytes follow is that of the ones before its first zero. */
static uint64_t take_itf8(Stream *stream)
{
    uint8_t first = stream_u8(stream);
    unsigned more = 0;
    while (more < 4 && (first & 0x80 >> more) != 0)
        more++;
    uint64_t value = first & (0xffu >> (more + 1));
    for (unsigned i = 0; i < more; i++) {
        uint8_t byte = stream_u8(stream);
        value = more == 4 && i == 3 ? value << 4 | (byte & 15) : value << 8 | byte;
    }
    return value;
}

/* LTF8: the same of 64 bits. */
static uint64_t take_ltf8(Stream *stream)
{
    uint8_t first = stream_u8(stream);
    unsigned more = 0;
    while (more < 8 && (first & 0x80 >> more) != 0)
        more++;
    uint64_t value = more < 7 ? first & (0xffu >> (more + 1)) : 0;
    for (unsigned i = 0; i < more; i++)
        value = value << 8 | stream_u8(stream);
    return value;
}

static bool take_container(Stream *stream, uint8_t version, Container *ret)
{
    ret->body_bytes = stream_u32(stream);
    (void)take_itf8(stream); /* reference, where on it, how far */
    (void)take_itf8(stream);
    (void)take_itf8(stream);
    ret->records = take_itf8(stream);
    (void)(version >= 3 ? take_ltf8(stream) : take_itf8(stream));
    (void)take_ltf8(stream);
    ret->blocks = take_itf8(stream);
    uint64_t landmarks = take_itf8(stream);
    for (uint64_t i = 0; i < landmarks && stream->error == 0; i++)
        (void)take_itf8(stream);
    if (version >= 3)
        stream_skip(stream, 4);
    ret->body_at = stream_at(stream);
    return stream->error == 0 && ret->body_bytes <= INT32_MAX;
}

/* All containers, as far as the allowance goes. */
static void walk(Stream *stream, uint8_t version, Anatomy *anatomy)
{
    Container container;
    uint64_t containers = 0;
    uint64_t records = 0;
    for (; containers < CONTAINERS_MAX && stream_at(stream) < anatomy->size_bytes; containers++) {
        const uint64_t at = stream_at(stream);
        if (!take_container(stream, version, &container) ||
            container.body_bytes > anatomy->size_bytes - container.body_at) {
            anatomy->clipped = true;
            break;
        }
        records += container.records;
        const bool first = containers == 0;
        anatomy_extend(anatomy, first ? SEGMENT_METADATA : SEGMENT_DATA,
                       first ? PRIORITY_HEADER : PRIORITY_DATA, -1, at,
                       container.body_at - at + container.body_bytes,
                       first ? "header" : "alignments");
        stream_skip(stream, container.body_bytes);
    }
    anatomy_add_fact_u64(anatomy, "containers", containers);
    anatomy_add_fact_u64(anatomy, "records", records);
}

static bool cram_analyze(Window *window, const char *name, Anatomy *anatomy, GError **error)
{
    g_autofree Stream *stream = g_new(Stream, 1);
    g_autofree char *index = g_strconcat(name, ".crai", NULL);
    stream_open(stream, window, 0);
    stream_skip(stream, 4);
    uint8_t major = stream_u8(stream);
    uint8_t minor = stream_u8(stream);
    stream_skip(stream, DEFINITION_BYTES - 6);
    if (stream->error < 0)
        return provider_fail(error, stream->error, "file definition");
    if (major != 2 && major != 3)
        return provider_damaged(error, "version %u of CRAM is not known", major);
    g_autofree char *version = g_strdup_printf("%u.%u", major, minor);
    window_allow(window, WINDOW_ALLOWANCE_MAX_BYTES);
    anatomy_add_fact(anatomy, "version", version);
    anatomy_add(anatomy, SEGMENT_METADATA, PRIORITY_HEADER, -1, 0, DEFINITION_BYTES,
                "file definition");
    walk(stream, major, anatomy);
    anatomy_add_companion(anatomy, index);
    return true;
}

const Provider provider_cram = {"cram", "CRAM alignments", cram_recognizes, cram_analyze};
