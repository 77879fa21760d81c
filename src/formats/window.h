/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Window: all that a provider sees of a file. It reads by pread(2), never by a mapping (a file that
 * is cut off meanwhile is an error and no SIGBUS), never past the end, and only so much in all: a
 * file whose headers claim more is not believed.
 *
 * Every offset and length may be hostile: none of these functions can overflow.
 */
#include <stddef.h>
#include <stdint.h>

/* What an analysis may read of one file in all, unless its provider asks for another allowance. */
#define WINDOW_ALLOWANCE_BYTES ((uint64_t)4 << 20)
/* More than this no provider may ask for. */
#define WINDOW_ALLOWANCE_MAX_BYTES ((uint64_t)64 << 20)
/* Reads of one analysis: one of one byte each would take for ever otherwise. */
#define WINDOW_READS_MAX 200000u

typedef struct {
    int fd; /* borrowed */
    uint64_t size_bytes;
    uint64_t left_bytes; /* of the allowance */
    uint32_t left_reads;
} Window;

Window window_make(int fd, uint64_t size_bytes);
/*
 * Exactly so many bytes: 0, or -EBADMSG where the file (or what it claims) ends before, -E2BIG when
 * the allowance is used up, another negative errno of pread(2).
 */
int window_read(Window *window, uint64_t offset_bytes, void *buffer, size_t length_bytes);

/* Where so little of a format is in one place that WINDOW_ALLOWANCE_BYTES would not do: so many
 * bytes from now on, at most WINDOW_ALLOWANCE_MAX_BYTES. */
void window_allow(Window *window, uint64_t allowance_bytes);

/* Numbers in bytes that were read; any alignment. */
uint16_t window_le16(const void *at);
uint32_t window_le32(const void *at);
uint64_t window_le64(const void *at);
uint16_t window_be16(const void *at);
uint32_t window_be32(const void *at);
uint64_t window_be64(const void *at);
