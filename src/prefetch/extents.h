/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Extents: where on the disk a part of a file lies (FIEMAP, Documentation/filesystems/fiemap.rst).
 */
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* What lies on the disk in one piece. */
typedef struct {
    uint64_t logical_bytes;
    uint64_t length_bytes;
    uint64_t physical_bytes;
} Extent;

/* The extents of a file that is in more pieces are not all told. */
#define EXTENTS_MAX 1024

/*
 * Physical address in bytes of the extent that holds offset_bytes. False if the file system does
 * not tell: no FIEMAP, a hole, inline or encoded data, not yet allocated.
 */
bool extents_physical(int fd, uint64_t offset_bytes, uint64_t *ret_physical_bytes);

/*
 * Appends to ret (Extent) where the file lies, by rising offset, pieces that continue one another
 * being one; holes and what has no place are left out. At most EXTENTS_MAX. False if the file
 * system does not tell.
 */
bool extents_map(int fd, GArray *ret);
