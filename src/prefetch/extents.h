/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Extents: where on the disk a part of a file lies (FIEMAP, Documentation/filesystems/fiemap.rst).
 */
#include <stdbool.h>
#include <stdint.h>

/*
 * Physical address in bytes of the extent that holds offset_bytes. False if the file system does
 * not tell: no FIEMAP, a hole, inline or encoded data, not yet allocated.
 */
bool extents_physical(int fd, uint64_t offset_bytes, uint64_t *ret_physical_bytes);
