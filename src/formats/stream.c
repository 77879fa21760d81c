/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/stream.h"
#include <errno.h>
#include <glib.h>
#include <string.h>

void stream_open(Stream *stream, Window *window, uint64_t offset_bytes)
{
    stream->window = window;
    stream->offset_bytes = offset_bytes;
    stream->n_bytes = stream->at = 0;
    stream->error = offset_bytes <= window->size_bytes ? 0 : -EBADMSG;
    stream->big_endian = false;
}

uint64_t stream_at(const Stream *stream)
{
    return stream->offset_bytes + stream->at;
}

static uint64_t left_bytes(const Stream *stream)
{
    return stream->window->size_bytes - stream_at(stream);
}

static bool fill(Stream *stream)
{
    const uint64_t at = stream_at(stream);
    size_t n = MIN(STREAM_BUFFER_BYTES, left_bytes(stream));
    stream->error = window_read(stream->window, at, stream->buffer, n);
    if (stream->error < 0)
        return false;
    stream->offset_bytes = at;
    stream->n_bytes = n;
    stream->at = 0;
    return true;
}

static bool fail(Stream *stream, void *bytes, size_t length_bytes)
{
    if (stream->error == 0)
        stream->error = -EBADMSG;
    memset(bytes, 0, length_bytes);
    return false;
}

bool stream_read(Stream *stream, void *bytes, size_t length_bytes)
{
    if (stream->error < 0 || length_bytes > left_bytes(stream))
        return fail(stream, bytes, length_bytes);
    for (size_t done = 0; done < length_bytes;) {
        if (stream->at == stream->n_bytes && !fill(stream))
            return fail(stream, bytes, length_bytes);
        size_t n = MIN(length_bytes - done, stream->n_bytes - stream->at);
        memcpy((uint8_t *)bytes + done, stream->buffer + stream->at, n);
        stream->at += n;
        done += n;
    }
    return true;
}

bool stream_skip(Stream *stream, uint64_t length_bytes)
{
    if (stream->error < 0 || length_bytes > left_bytes(stream)) {
        stream->error = stream->error < 0 ? stream->error : -EBADMSG;
        return false;
    }
    if (length_bytes <= stream->n_bytes - stream->at) {
        stream->at += (size_t)length_bytes;
        return true;
    }
    stream->offset_bytes = stream_at(stream) + length_bytes;
    stream->n_bytes = stream->at = 0;
    return true;
}

uint8_t stream_u8(Stream *stream)
{
    uint8_t byte;
    stream_read(stream, &byte, 1);
    return byte;
}

uint16_t stream_u16(Stream *stream)
{
    uint8_t bytes[2];
    stream_read(stream, bytes, sizeof bytes);
    return stream->big_endian ? window_be16(bytes) : window_le16(bytes);
}

uint32_t stream_u32(Stream *stream)
{
    uint8_t bytes[4];
    stream_read(stream, bytes, sizeof bytes);
    return stream->big_endian ? window_be32(bytes) : window_le32(bytes);
}

uint64_t stream_u64(Stream *stream)
{
    uint8_t bytes[8];
    stream_read(stream, bytes, sizeof bytes);
    return stream->big_endian ? window_be64(bytes) : window_le64(bytes);
}

bool stream_text(Stream *stream, uint64_t length_bytes, char *text, size_t text_bytes)
{
    size_t n = (size_t)MIN(length_bytes, (uint64_t)(text_bytes - 1));
    bool read = stream_read(stream, text, n) && stream_skip(stream, length_bytes - n);
    text[read ? n : 0] = '\0';
    return read;
}
