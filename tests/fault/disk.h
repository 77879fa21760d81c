/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Disk: one directory in memory behind an Io, that can fail any operation, lose its power after
 * any, and tell what may be found afterwards.
 *
 * It promises no more than POSIX does: content is safe after fsync of the file, a name after fsync
 * of the directory; until then each may be as it was or as any later operation made it,
 * independently of the others; content that was not synced may also be cut at a sector, or any of
 * its sectors read as zeros.
 */
#include "base/io.h"
#include <glib.h>
#include <stdbool.h>

#define DISK_SECTOR_BYTES 512

typedef struct Disk Disk;

Disk *disk_new(void);
void disk_free(Disk *disk);
/* An Io that is this disk; belongs to it. */
const Io *disk_io(Disk *disk);

/* From now on: the n-th operation (from 0) returns the error; with `lasting` so do all after it. */
void disk_fail(Disk *disk, int n, int negative_errno, bool lasting);
/* From now on: the n-th operation and all after it have no effect. */
void disk_lose_power(Disk *disk, int n);
/* From now on: a read or write takes at most so many bytes, and every second one is interrupted. */
void disk_count_short(Disk *disk, size_t most_bytes);
/* From now on: the n-th operation takes at most so many bytes, if it is a read or write. */
void disk_count_short_once(Disk *disk, int n, size_t most_bytes);
/* Nothing fails any more. */
void disk_heal(Disk *disk);
/* Operations since the last disk_fail(), disk_lose_power() or disk_heal(). */
int disk_operations(const Disk *disk);
int disk_open_files(const Disk *disk);
/* Names at present that end so. */
int disk_count_names(const Disk *disk, const char *suffix);

/*
 * All disks that may be found when the power comes back. Begin with *ret_choice = 0; each call
 * makes one and steps on; NULL after the last.
 */
Disk *disk_survivor(const Disk *disk, guint *choice);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Disk, disk_free)
