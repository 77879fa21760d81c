/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/window.h"
#include "base/fd.h"
#include <errno.h>
#include <glib.h>
#include <string.h>

Window window_make(int fd, uint64_t size_bytes)
{
    return (Window){.fd = fd,
                    .size_bytes = MIN(size_bytes, (uint64_t)INT64_MAX),
                    .left_bytes = WINDOW_ALLOWANCE_BYTES,
                    .left_reads = WINDOW_READS_MAX};
}

void window_allow(Window *window, uint64_t allowance_bytes)
{
    window->left_bytes = MIN(allowance_bytes, WINDOW_ALLOWANCE_MAX_BYTES);
}

int window_read(Window *window, uint64_t offset_bytes, void *buffer, size_t length_bytes)
{
    if (offset_bytes > window->size_bytes || length_bytes > window->size_bytes - offset_bytes)
        return -EBADMSG;
    if (length_bytes > window->left_bytes || window->left_reads == 0)
        return -E2BIG;
    window->left_bytes -= length_bytes;
    window->left_reads--;
    /* It may have been cut off meanwhile. */
    return fd_read_at(window->fd, offset_bytes, buffer, length_bytes);
}

uint16_t window_le16(const void *at)
{
    uint16_t value;
    memcpy(&value, at, sizeof value);
    return GUINT16_FROM_LE(value);
}

uint32_t window_le32(const void *at)
{
    uint32_t value;
    memcpy(&value, at, sizeof value);
    return GUINT32_FROM_LE(value);
}

uint64_t window_le64(const void *at)
{
    uint64_t value;
    memcpy(&value, at, sizeof value);
    return GUINT64_FROM_LE(value);
}

uint16_t window_be16(const void *at)
{
    uint16_t value;
    memcpy(&value, at, sizeof value);
    return GUINT16_FROM_BE(value);
}

uint32_t window_be32(const void *at)
{
    uint32_t value;
    memcpy(&value, at, sizeof value);
    return GUINT32_FROM_BE(value);
}

uint64_t window_be64(const void *at)
{
    uint64_t value;
    memcpy(&value, at, sizeof value);
    return GUINT64_FROM_BE(value);
}
