/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/formats.h"
#include "formats/stream.h"
#include <errno.h>
#include <string.h>

/*
 * Parquet (apache/parquet-format): a footer in Thrift's compact protocol, which tells where the
 * pages of each column of each row group are, and the indexes of pages.
 */
#define TAIL_BYTES 8u
#define FOOTER_MAX_BYTES ((uint64_t)32 << 20)
#define DEPTH_MAX 16
#define GROUPS_MAX 100000u

enum {
    PRIORITY_FOOTER,
    PRIORITY_INDEXES,
    PRIORITY_DICTIONARIES,
    PRIORITY_GROUPS,
};

/* Thrift's compact protocol. */
enum {
    TYPE_STOP = 0,
    TYPE_TRUE = 1,
    TYPE_FALSE = 2,
    TYPE_BYTE = 3,
    TYPE_I64 = 6,
    TYPE_DOUBLE = 7,
    TYPE_BINARY = 8,
    TYPE_LIST = 9,
    TYPE_SET = 10,
    TYPE_MAP = 11,
    TYPE_STRUCT = 12,
};

typedef struct {
    Stream stream;
    Anatomy *anatomy;
    uint64_t groups;
    uint64_t run_at; /* columns of the group that lie one behind the other */
    uint64_t run_bytes;
} Parquet;

typedef struct {
    uint8_t type;
    int32_t id;
} Field;

static bool parquet_recognizes(const uint8_t *head, size_t n_head, uint64_t size_bytes,
                               const char *name)
{
    (void)name;
    return n_head >= 4 && size_bytes >= 4 + TAIL_BYTES &&
           (memcmp(head, "PAR1", 4) == 0 || memcmp(head, "PARE", 4) == 0);
}

static void damage(Stream *stream)
{
    if (stream->error == 0)
        stream->error = -EBADMSG;
}

static uint64_t take_varint(Stream *stream)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        uint8_t byte = stream_u8(stream);
        value |= (uint64_t)(byte & 0x7f) << shift;
        if ((byte & 0x80) == 0)
            return value;
    }
    damage(stream);
    return 0;
}

/* Negative ones are none that we ask for: UINT64_MAX. */
static uint64_t take_integer(Stream *stream)
{
    uint64_t value = take_varint(stream);
    return (value & 1) != 0 ? UINT64_MAX : value >> 1;
}

static bool next_field(Stream *stream, Field *field)
{
    uint8_t byte = stream_u8(stream);
    field->type = byte & 15;
    if (stream->error < 0 || field->type == TYPE_STOP)
        return false;
    field->id = byte >> 4 != 0 ? field->id + (byte >> 4) : (int32_t)(take_integer(stream) & 0x7fff);
    return stream->error == 0 && field->id < 0x10000;
}

static uint64_t take_list(Stream *stream, uint8_t *type)
{
    uint8_t byte = stream_u8(stream);
    *type = byte & 15;
    return byte >> 4 < 15 ? byte >> 4 : take_varint(stream);
}

static void skip(Stream *stream, uint8_t type, int depth);

/* An element takes a byte or more, so that counts end where the footer does. */
static void skip_elements(Stream *stream, uint8_t type, uint64_t count, int depth)
{
    for (uint64_t i = 0; i < count && stream->error == 0; i++) {
        if (type == TYPE_TRUE || type == TYPE_FALSE)
            stream_skip(stream, 1);
        else
            skip(stream, type, depth + 1);
    }
}

static void skip_map(Stream *stream, int depth)
{
    uint64_t count = take_varint(stream);
    uint8_t types = count > 0 ? stream_u8(stream) : 0;
    for (uint64_t i = 0; i < count && stream->error == 0; i++) {
        skip_elements(stream, types >> 4, 1, depth);
        skip_elements(stream, types & 15, 1, depth);
    }
}

static void skip_struct(Stream *stream, int depth)
{
    Field field = {0, 0};
    while (next_field(stream, &field))
        skip(stream, field.type, depth + 1);
}

static void skip(Stream *stream, uint8_t type, int depth)
{
    uint8_t element = 0;
    uint64_t count = 0;
    if (depth > DEPTH_MAX || type == TYPE_STOP || type > TYPE_STRUCT) {
        damage(stream);
        return;
    }
    switch (type) {
    case TYPE_TRUE:
    case TYPE_FALSE:
        return;
    case TYPE_BYTE:
        stream_skip(stream, 1);
        return;
    case TYPE_DOUBLE:
        stream_skip(stream, 8);
        return;
    case TYPE_BINARY:
        stream_skip(stream, take_varint(stream));
        return;
    case TYPE_LIST:
    case TYPE_SET:
        count = take_list(stream, &element);
        skip_elements(stream, element, count, depth);
        return;
    case TYPE_MAP:
        skip_map(stream, depth);
        return;
    case TYPE_STRUCT:
        skip_struct(stream, depth);
        return;
    default:
        take_varint(stream);
    }
}

/* What of a column's place is told, by the numbers of fields. */
typedef struct {
    uint64_t packed_bytes;
    uint64_t data_at;
    uint64_t dictionary_at;
} Column;

static bool is_number(const Field *field)
{
    return field->type > TYPE_BYTE && field->type <= TYPE_I64;
}

/* ColumnMetaData */
static void take_column(Stream *stream, Column *column)
{
    Field field = {0, 0};
    while (next_field(stream, &field)) {
        uint64_t *number = field.id == 7    ? &column->packed_bytes
                           : field.id == 9  ? &column->data_at
                           : field.id == 11 ? &column->dictionary_at
                                            : NULL;
        if (number != NULL && is_number(&field))
            *number = take_integer(stream);
        else
            skip(stream, field.type, 0);
    }
}

static void end_run(Parquet *parquet)
{
    g_autofree char *group = g_strdup_printf("row group %" G_GUINT64_FORMAT, parquet->groups);
    if (parquet->run_bytes > 0)
        anatomy_add(parquet->anatomy, SEGMENT_DATA,
                    PRIORITY_GROUPS + (uint32_t)MIN(parquet->groups, (uint64_t)GROUPS_MAX), -1,
                    parquet->run_at, parquet->run_bytes, group);
    parquet->run_bytes = 0;
}

static void add_column(Parquet *parquet, const Column *column)
{
    bool coded = column->dictionary_at > 0 && column->dictionary_at < column->data_at;
    const uint64_t at = coded ? column->dictionary_at : column->data_at;
    if (column->packed_bytes == 0)
        return;
    if (coded)
        anatomy_extend(parquet->anatomy, SEGMENT_DATA, PRIORITY_DICTIONARIES, -1, at,
                       column->data_at - at, "dictionaries");
    if (parquet->run_bytes == 0 || at - parquet->run_at != parquet->run_bytes) {
        end_run(parquet);
        parquet->run_at = at;
    }
    /* What is more than the file is cut off when it is added. */
    parquet->run_bytes += MIN(column->packed_bytes, UINT64_MAX / 2 - parquet->run_bytes / 2);
}

/* ColumnChunk */
static void take_chunk(Parquet *parquet)
{
    Stream *stream = &parquet->stream;
    Field field = {0, 0};
    Column column = {0};
    uint64_t numbers[4] = {0}; /* offset and length of both indexes: fields 4 to 7 */
    while (next_field(stream, &field)) {
        if (field.id == 3 && field.type == TYPE_STRUCT)
            take_column(stream, &column);
        else if (field.id >= 4 && field.id <= 7 && is_number(&field))
            numbers[field.id - 4] = take_integer(stream);
        else
            skip(stream, field.type, 0);
    }
    if (stream->error < 0)
        return;
    for (gsize i = 0; i < 4; i += 2)
        if (numbers[i + 1] > 0)
            anatomy_extend(parquet->anatomy, SEGMENT_METADATA, PRIORITY_INDEXES, -1, numbers[i],
                           numbers[i + 1], "page indexes");
    add_column(parquet, &column);
}

/* RowGroup */
static void take_group(Parquet *parquet)
{
    Stream *stream = &parquet->stream;
    Field field = {0, 0};
    while (next_field(stream, &field)) {
        uint8_t type = 0;
        if (field.id != 1 || field.type != TYPE_LIST) {
            skip(stream, field.type, 0);
            continue;
        }
        uint64_t count = take_list(stream, &type);
        if (type != TYPE_STRUCT)
            damage(stream);
        for (uint64_t i = 0; i < count && stream->error == 0; i++)
            take_chunk(parquet);
    }
    end_run(parquet);
    parquet->groups++;
}

/* FileMetaData */
static void take_file(Parquet *parquet)
{
    Stream *stream = &parquet->stream;
    Field field = {0, 0};
    while (next_field(stream, &field)) {
        uint8_t type = 0;
        if (field.id == 3 && is_number(&field)) {
            anatomy_add_fact_u64(parquet->anatomy, "rows", take_integer(stream));
        } else if (field.id == 6 && field.type == TYPE_BINARY) {
            char text[ANATOMY_NAME_MAX];
            if (stream_text(stream, take_varint(stream), text, sizeof text))
                anatomy_add_fact(parquet->anatomy, "created_by", text);
        } else if (field.id == 4 && field.type == TYPE_LIST) {
            uint64_t count = take_list(stream, &type);
            if (type != TYPE_STRUCT)
                damage(stream);
            for (uint64_t i = 0; i < count && stream->error == 0; i++)
                take_group(parquet);
        } else {
            skip(stream, field.type, 0);
        }
    }
}

static bool parquet_analyze(Window *window, const char *name, Anatomy *anatomy, GError **error)
{
    (void)name;
    uint8_t tail[TAIL_BYTES];
    const uint64_t size = window->size_bytes;
    int r = size < TAIL_BYTES ? -EBADMSG : window_read(window, size - TAIL_BYTES, tail, TAIL_BYTES);
    if (r < 0)
        return provider_fail(error, r, "footer");
    const uint64_t length = window_le32(tail);
    bool encrypted = memcmp(tail + 4, "PARE", 4) == 0;
    if (!encrypted && memcmp(tail + 4, "PAR1", 4) != 0)
        return provider_damaged(error, "it has no footer at its end");
    if (length > size - TAIL_BYTES || length > FOOTER_MAX_BYTES)
        return provider_damaged(error,
                                "its footer of %" G_GUINT64_FORMAT
                                " bytes would be outside the file or is too much",
                                length);
    const uint64_t at = size - TAIL_BYTES - length;
    anatomy_add(anatomy, SEGMENT_METADATA, PRIORITY_FOOTER, -1, at, size - at, "footer");
    anatomy_add_fact(anatomy, "encrypted", encrypted ? "yes" : "no");
    if (encrypted)
        return true;
    g_autofree Parquet *parquet = g_new0(Parquet, 1);
    window_allow(window, length + STREAM_BUFFER_BYTES);
    stream_open(&parquet->stream, window, at);
    parquet->anatomy = anatomy;
    take_file(parquet);
    anatomy_add_fact_u64(anatomy, "row_groups", parquet->groups);
    return parquet->stream.error == 0 || provider_damaged(error, "its footer contradicts itself");
}

const Provider provider_parquet = {"parquet", "Parquet table", parquet_recognizes, parquet_analyze};
