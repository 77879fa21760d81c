/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/formats.h"
#include "formats/stream.h"
#include "formats/tensors.h"
#include <errno.h>
#include <string.h>

/*
 * GGUF, models of llama.cpp (ggml, docs/gguf.md): versions 2 and 3, of either byte order. A
 * big-endian file is not marked: its version reads swapped.
 */
#define PAIRS_MAX 100000u
#define DIMENSIONS_MAX 8u
#define NESTED_MAX 4 /* arrays of arrays */
#define TEXT_BYTES 128
#define ALIGNMENT_DEFAULT 32u

enum {
    TYPE_STRING = 8,
    TYPE_ARRAY = 9,
    TYPES = 13,
};

static const uint8_t type_bytes[TYPES] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};

typedef struct {
    Stream stream;
    Anatomy *anatomy;
    uint64_t alignment;
} Gguf;

static bool gguf_recognizes(const uint8_t *head, size_t n_head, uint64_t size_bytes,
                            const char *name)
{
    (void)size_bytes;
    (void)name;
    return n_head >= 8 && memcmp(head, "GGUF", 4) == 0;
}

static void damage(Stream *stream)
{
    if (stream->error == 0)
        stream->error = -EBADMSG;
}

static void skip_value(Stream *stream, uint32_t type, int depth);

static void skip_array(Stream *stream, int depth)
{
    uint32_t type = stream_u32(stream);
    uint64_t count = stream_u64(stream);
    if (type < TYPES && type_bytes[type] > 0) {
        if (count > INT64_MAX / type_bytes[type])
            damage(stream);
        stream_skip(stream, count * type_bytes[type]);
        return;
    }
    /* Each takes eight bytes or more of the file, so that a count that lies ends at its end. */
    for (uint64_t i = 0; i < count && stream->error == 0; i++)
        skip_value(stream, type, depth + 1);
}

static void skip_value(Stream *stream, uint32_t type, int depth)
{
    if (type >= TYPES || depth > NESTED_MAX)
        damage(stream);
    else if (type == TYPE_STRING)
        stream_skip(stream, stream_u64(stream));
    else if (type == TYPE_ARRAY)
        skip_array(stream, depth);
    else
        stream_skip(stream, type_bytes[type]);
}

static uint64_t read_number(Stream *stream, uint32_t type)
{
    switch (type_bytes[type]) {
    case 1:
        return stream_u8(stream);
    case 2:
        return stream_u16(stream);
    case 4:
        return stream_u32(stream);
    default:
        return stream_u64(stream);
    }
}

/* What is told of the metadata, by the end of the key, and under which name. */
static const struct {
    const char *key;
    const char *fact;
    bool text;
} told[] = {
    {"general.architecture", "architecture", true},
    {"general.name", "model_name", true},
    {"general.alignment", "alignment", false},
    {".block_count", "block_count", false},
    {".expert_count", "expert_count", false},
    {".expert_used_count", "expert_used_count", false},
    {".context_length", "context_length", false},
    {"split.no", "split_no", false},
    {"split.count", "split_count", false},
};

static void tell(Gguf *gguf, const char *fact, bool text, uint32_t type)
{
    Stream *stream = &gguf->stream;
    char value[TEXT_BYTES];
    if (text) {
        if (stream_text(stream, stream_u64(stream), value, sizeof value))
            anatomy_add_fact(gguf->anatomy, fact, value);
        return;
    }
    uint64_t number = read_number(stream, type);
    if (stream->error == 0)
        anatomy_add_fact_u64(gguf->anatomy, fact, number);
    if (strcmp(fact, "alignment") == 0)
        gguf->alignment = number;
}

static bool is_integer(uint32_t type)
{
    return type < TYPES && type_bytes[type] > 0 && type != 6 && type != 7 && type != 12;
}

static void take_pair(Gguf *gguf)
{
    Stream *stream = &gguf->stream;
    char key[TEXT_BYTES];
    stream_text(stream, stream_u64(stream), key, sizeof key);
    uint32_t type = stream_u32(stream);
    for (gsize i = 0; i < G_N_ELEMENTS(told); i++) {
        bool fits = told[i].text ? type == TYPE_STRING : is_integer(type);
        if (fits && g_str_has_suffix(key, told[i].key)) {
            tell(gguf, told[i].fact, told[i].text, type);
            return;
        }
    }
    skip_value(stream, type, 0);
}

/* Its offset is relative to where the data begins, which is not known yet. */
static void take_tensor(Gguf *gguf, GPtrArray *names, GArray *offsets)
{
    Stream *stream = &gguf->stream;
    char name[TEXT_BYTES];
    stream_text(stream, stream_u64(stream), name, sizeof name);
    uint32_t dimensions = stream_u32(stream);
    if (dimensions > DIMENSIONS_MAX)
        damage(stream);
    stream_skip(stream, (uint64_t)dimensions * 8 + 4);
    uint64_t offset = stream_u64(stream);
    if (stream->error < 0)
        return;
    g_ptr_array_add(names, g_strdup(name));
    g_array_append_val(offsets, offset);
}

static bool place(Gguf *gguf, const GPtrArray *names, const GArray *offsets, GError **error)
{
    uint64_t alignment = gguf->alignment;
    if (alignment == 0 || alignment > (1u << 30) || (alignment & (alignment - 1)) != 0)
        return provider_damaged(error, "its alignment is %" G_GUINT64_FORMAT, alignment);
    const uint64_t header = stream_at(&gguf->stream);
    const uint64_t data = (header + alignment - 1) & ~(alignment - 1);
    anatomy_add(gguf->anatomy, SEGMENT_METADATA, 0, -1, 0, header, "header");
    g_autoptr(Tensors) tensors = tensors_new();
    for (guint i = 0; i < names->len; i++) {
        uint64_t offset = g_array_index(offsets, uint64_t, i);
        if (offset < gguf->anatomy->size_bytes) /* else data + offset could overflow */
            tensors_add(tensors, names->pdata[i], data + offset, 0);
        else
            gguf->anatomy->clipped = true;
    }
    tensors_tell(tensors, gguf->anatomy);
    return true;
}

/* Of the header's counts; false with error set. */
static bool take_head(Gguf *gguf, uint64_t *n_tensors, uint64_t *n_pairs, GError **error)
{
    Stream *stream = &gguf->stream;
    stream_skip(stream, 4);
    uint32_t version = stream_u32(stream);
    if (version > UINT16_MAX) {
        stream->big_endian = true;
        version = GUINT32_SWAP_LE_BE(version);
    }
    *n_tensors = stream_u64(stream);
    *n_pairs = stream_u64(stream);
    if (stream->error < 0)
        return provider_fail(error, stream->error, "header");
    if (version != 2 && version != 3)
        return provider_damaged(error, "version %u of GGUF is not known", version);
    if (*n_tensors > TENSORS_MAX || *n_pairs > PAIRS_MAX)
        return provider_damaged(error, "no model has as many tensors or metadata as it claims");
    anatomy_add_fact_u64(gguf->anatomy, "version", version);
    anatomy_add_fact(gguf->anatomy, "byte_order", stream->big_endian ? "big" : "little");
    return true;
}

static bool gguf_analyze(Window *window, const char *name, Anatomy *anatomy, GError **error)
{
    g_autofree Gguf *gguf = g_new0(Gguf, 1);
    uint64_t n_tensors = 0;
    uint64_t n_pairs = 0;
    window_allow(window, WINDOW_ALLOWANCE_MAX_BYTES); /* tokenizers have 20 MiB */
    stream_open(&gguf->stream, window, 0);
    gguf->anatomy = anatomy;
    gguf->alignment = ALIGNMENT_DEFAULT;
    if (!take_head(gguf, &n_tensors, &n_pairs, error))
        return false;
    for (uint64_t i = 0; i < n_pairs && gguf->stream.error == 0; i++)
        take_pair(gguf);
    if (gguf->stream.error < 0)
        return provider_fail(error, gguf->stream.error, "metadata");
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GArray) offsets = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    for (uint64_t i = 0; i < n_tensors && gguf->stream.error == 0; i++)
        take_tensor(gguf, names, offsets);
    if (gguf->stream.error < 0)
        return provider_fail(error, gguf->stream.error, "list of tensors");
    tensors_add_parts(name, anatomy);
    return place(gguf, names, offsets, error);
}

const Provider provider_gguf = {"gguf", "GGUF model", gguf_recognizes, gguf_analyze};
