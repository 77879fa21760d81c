/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Stream: a file from some place onwards, through its window, for headers of many small fields.
 *
 * The first failure stays: whoever reads a number after it gets 0, so that it is enough to look at
 * the error where a count is believed and at the end.
 */
#include "formats/window.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STREAM_BUFFER_BYTES 16384u

typedef struct {
    Window *window;        /* borrowed */
    uint64_t offset_bytes; /* of the buffer, in the file */
    size_t n_bytes;        /* in the buffer */
    size_t at;
    int error; /* 0, or the negative errno of window_read() */
    bool big_endian;
    uint8_t buffer[STREAM_BUFFER_BYTES];
} Stream;

void stream_open(Stream *stream, Window *window, uint64_t offset_bytes);
/* Where the next byte is in the file. */
uint64_t stream_at(const Stream *stream);
/* Exactly so many bytes; false (and zeros) after a failure. */
bool stream_read(Stream *stream, void *bytes, size_t length_bytes);
/* Passes over so many bytes, which are not read; they must be in the file. */
bool stream_skip(Stream *stream, uint64_t length_bytes);

uint8_t stream_u8(Stream *stream);
uint16_t stream_u16(Stream *stream);
uint32_t stream_u32(Stream *stream);
uint64_t stream_u64(Stream *stream);
/* The first bytes of a text of so many bytes, with a NUL; the others are passed over. */
bool stream_text(Stream *stream, uint64_t length_bytes, char *text, size_t text_bytes);
