/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Sysdisk: what sysfs tells of a block device and of what it is made of: partitions, device-mapper
 * (LVM, dm-crypt), md, loop devices on files, and the devices of a btrfs.
 *
 * A disk is named by the directory that sysfs has of it, resolved. No device and no file but those
 * of sysfs are touched. Stateless; any thread.
 */
#include "observe/mounts.h"
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct {
    const char *path;     /* "/sys" but in tests */
    const Mounts *mounts; /* by which the disk under a loop device's file is found; borrowed */
} Sysfs;

/* The number in a one-line file below a directory; false if there is none. */
bool sysdisk_number(const char *directory, const char *name, uint64_t *ret);
/* The device number of a directory ("dev", MAJOR:MINOR). */
bool sysdisk_device(const char *directory, uint32_t *ret_major, uint32_t *ret_minor);

/* The whole disk that a device is or is a partition of; NULL if there is none. To be freed. */
char *sysdisk_path(const Sysfs *sysfs, uint32_t dev_major, uint32_t dev_minor);
/*
 * The disk at the bottom, as far down as each is made of just one: whose head, and whose other
 * users, they share. One that is made of several is the lowest itself. To be freed.
 */
char *sysdisk_lowest(const Sysfs *sysfs, const char *disk_path);
/*
 * What a disk that is made of several is made of, down to disks that are made of nothing; each
 * once, at most so many. Directories of sysfs; owned. Of one that is made of one or of nothing, and
 * of one whose parts are not told: none.
 */
GPtrArray *sysdisk_legs(const Sysfs *sysfs, const char *disk_path, guint most);
/* The same of the btrfs that the device is one of. */
GPtrArray *sysdisk_btrfs_legs(const Sysfs *sysfs, uint32_t dev_major, uint32_t dev_minor,
                              guint most);
/*
 * Whether it has a head, or one of those that it is made of. What they say of themselves counts for
 * more than what the disk made of them does.
 */
bool sysdisk_has_head(const Sysfs *sysfs, const char *disk_path);
/* The same of any device of the btrfs that the device is one of; false if it is of none. */
bool sysdisk_btrfs_has_head(const Sysfs *sysfs, uint32_t dev_major, uint32_t dev_minor);
