/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Placement: where files lie on their disks, remembered as long as they are the same (device,
 * inode, size and time of change), for a few megabytes of memory at most. To be asked for disks
 * with a head only: the first question for a file reads its extents. Any thread, several at once.
 *
 * Addresses are those that the file system has of its device, a partition or an array (FIEMAP), or
 * in btrfs of all its devices together; storage.h has why their order is that of each leg of an
 * array, too.
 */
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

typedef struct Placement Placement;

Placement *placement_new(void);
void placement_free(Placement *placement);
/*
 * Address in bytes of the file's part at offset_bytes, and for how many bytes it goes on in one
 * piece. False if that is not told (extents.h); then ret_piece_bytes is how far on it is not.
 */
bool placement_find(Placement *placement, int fd, const struct stat *st, uint64_t offset_bytes,
                    uint64_t *ret_physical_bytes, uint64_t *ret_piece_bytes);
/* How many files were asked for at the file system, and not remembered. */
guint placement_n_asked(Placement *placement);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Placement, placement_free)
