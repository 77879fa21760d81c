/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/formats.h"
#include <errno.h>
#include <string.h>

/*
 * ORC (orc.apache.org, version 1): the postscript, whose length is the last byte, tells how long
 * the footer and the statistics before it are. Where the footer is not compressed it tells of the
 * stripes, too: first their indexes and footers, then their data.
 */
#define POSTSCRIPT_MAX_BYTES 256u
#define FOOTER_MAX_BYTES ((uint64_t)4 << 20)
#define STRIPES_MAX 100000u

enum {
    PRIORITY_FOOTER,
    PRIORITY_INDEXES,
    PRIORITY_STRIPES,
};

/* Protocol buffers: what is left of a message. */
typedef struct {
    const uint8_t *at;
    const uint8_t *end;
} Message;

typedef struct {
    uint64_t id;
    uint64_t value; /* of numbers */
    Message body;   /* of what has a length */
} Field;

static bool orc_recognizes(const uint8_t *head, size_t n_head, uint64_t size_bytes,
                           const char *name)
{
    (void)name;
    return n_head >= 4 && size_bytes > 8 && memcmp(head, "ORC", 3) == 0;
}

static bool take_varint(Message *message, uint64_t *ret)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && message->at < message->end; shift += 7) {
        uint8_t byte = *message->at++;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if ((byte & 0x80) == 0) {
            *ret = value;
            return true;
        }
    }
    return false;
}

static bool next_field(Message *message, Field *ret)
{
    uint64_t key = 0;
    *ret = (Field){.id = 0};
    if (!take_varint(message, &key))
        return false;
    ret->id = key >> 3;
    uint64_t length = 0;
    switch (key & 7) {
    case 0:
        return take_varint(message, &ret->value);
    case 1:
        length = 8;
        break;
    case 5:
        length = 4;
        break;
    case 2:
        if (!take_varint(message, &length))
            return false;
        break;
    default:
        return false;
    }
    if (length > (uint64_t)(message->end - message->at))
        return false;
    ret->body = (Message){message->at, message->at + length};
    message->at += length;
    return true;
}

/* StripeInformation: offset, length of index, data and footer. */
static void take_stripe(Message message, uint64_t number, Anatomy *anatomy)
{
    uint64_t numbers[6] = {0};
    g_autofree char *name = g_strdup_printf("stripe %" G_GUINT64_FORMAT, number);
    for (Field field; next_field(&message, &field);)
        if (field.id < G_N_ELEMENTS(numbers))
            numbers[field.id] = field.value;
    const uint64_t size = anatomy->size_bytes;
    for (gsize i = 1; i < 5; i++) {
        if (numbers[i] > size) {
            anatomy->clipped = true;
            return;
        }
    }
    const uint64_t data = numbers[1] + numbers[2];
    anatomy_add(anatomy, SEGMENT_METADATA, PRIORITY_INDEXES, -1, numbers[1], numbers[2],
                "stripe indexes");
    anatomy_add(anatomy, SEGMENT_METADATA, PRIORITY_INDEXES, -1, data + numbers[3], numbers[4],
                "stripe footers");
    anatomy_add(anatomy, SEGMENT_DATA, PRIORITY_STRIPES + (uint32_t)MIN(number, STRIPES_MAX), -1,
                data, numbers[3], name);
}

static void take_footer(Message message, Anatomy *anatomy)
{
    uint64_t stripes = 0;
    for (Field field; next_field(&message, &field);) {
        if (field.id == 3)
            take_stripe(field.body, stripes++, anatomy);
        if (field.id == 6)
            anatomy_add_fact_u64(anatomy, "rows", field.value);
    }
    anatomy_add_fact_u64(anatomy, "stripes", stripes);
}

/* A compressed footer may be stored as it is: its first three bytes say so. */
static bool find_plain(uint64_t compression, Message *footer)
{
    if (compression == 0)
        return true;
    if (footer->end - footer->at < 3 || (footer->at[0] & 1) == 0)
        return false;
    const uint32_t length =
        (uint32_t)(footer->at[0] | footer->at[1] << 8 | footer->at[2] << 16) >> 1;
    footer->at += 3;
    footer->end = MIN(footer->end, footer->at + length);
    return true;
}

static void read_footer(Window *window, uint64_t at, uint64_t length, uint64_t compression,
                        Anatomy *anatomy)
{
    if (length > FOOTER_MAX_BYTES) {
        anatomy->clipped = true;
        return;
    }
    g_autofree uint8_t *bytes = g_malloc((gsize)length + 1);
    window_allow(window, length);
    if (window_read(window, at, bytes, (size_t)length) < 0)
        return;
    Message footer = {bytes, bytes + length};
    if (find_plain(compression, &footer))
        take_footer(footer, anatomy);
}

static bool orc_analyze(Window *window, const char *name, Anatomy *anatomy, GError **error)
{
    static const char *const compressions[] = {"none", "zlib", "snappy", "lzo", "lz4", "zstd"};
    (void)name;
    uint8_t tail[POSTSCRIPT_MAX_BYTES];
    const uint64_t size = window->size_bytes;
    const size_t n = (size_t)MIN(size, (uint64_t)sizeof tail);
    int r = window_read(window, size - n, tail, n);
    if (r < 0)
        return provider_fail(error, r, "postscript");
    const size_t length = n > 0 ? tail[n - 1] : 0;
    if (length == 0 || length >= n)
        return provider_damaged(error, "it has no postscript at its end");
    Message message = {tail + n - 1 - length, tail + n - 1};
    uint64_t numbers[6] = {0}; /* 1 footer, 2 compression, 5 statistics */
    bool magic = false;
    for (Field field; next_field(&message, &field);) {
        if (field.id < G_N_ELEMENTS(numbers))
            numbers[field.id] = field.value;
        magic |= field.id == 8000 && field.body.end - field.body.at == 3 &&
                 memcmp(field.body.at, "ORC", 3) == 0;
    }
    const uint64_t before = size - 1 - length;
    if (!magic || numbers[1] > before || numbers[5] > before - numbers[1])
        return provider_damaged(error, "its postscript contradicts itself");
    const uint64_t footer = before - numbers[1];
    anatomy_add(anatomy, SEGMENT_METADATA, PRIORITY_FOOTER, -1, footer, size - footer, "footer");
    anatomy_add(anatomy, SEGMENT_METADATA, PRIORITY_FOOTER, -1, footer - numbers[5], numbers[5],
                "statistics");
    anatomy_add_fact(anatomy, "compression",
                     numbers[2] < G_N_ELEMENTS(compressions) ? compressions[numbers[2]]
                                                             : "unknown");
    read_footer(window, footer, numbers[1], numbers[2], anatomy);
    return true;
}

const Provider provider_orc = {"orc", "ORC table", orc_recognizes, orc_analyze};
