/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/sysdisk.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/parse.h"

/* Crypt on LVM on RAID on partitions is four levels; a loop in the tree must end. */
#define DEPTH_MAX 8
/* Legs of one array that are looked at: one with a head is enough to decide. */
#define LEGS_MAX 64

bool sysdisk_number(const char *directory, const char *name, uint64_t *ret)
{
    enum { NUMBER_LIMIT_BYTES = 64 };
    g_autofree char *path = g_build_filename(directory, name, NULL);
    GString *text = fd_read_file(AT_FDCWD, path, NUMBER_LIMIT_BYTES);
    if (text == NULL)
        return false;
    Cursor c = cursor_of(text->str, text->len);
    Cursor line;
    bool read = parse_line(&c, &line) && parse_whole_u64(line, ret);
    g_string_free(text, TRUE);
    return read;
}

bool sysdisk_device(const char *directory, uint32_t *ret_major, uint32_t *ret_minor)
{
    enum { DEVICE_LIMIT_BYTES = 64 };
    g_autofree char *path = g_build_filename(directory, "dev", NULL);
    GString *text = fd_read_file(AT_FDCWD, path, DEVICE_LIMIT_BYTES);
    if (text == NULL)
        return false;
    Cursor c = cursor_of(text->str, text->len);
    uint64_t dev_major = 0;
    uint64_t dev_minor = 0;
    bool read = parse_u64(&c, &dev_major) && parse_char(&c, ':') && parse_u64(&c, &dev_minor) &&
                dev_major <= UINT32_MAX && dev_minor <= UINT32_MAX;
    g_string_free(text, TRUE);
    if (!read)
        return false;
    *ret_major = (uint32_t)dev_major;
    *ret_minor = (uint32_t)dev_minor;
    return true;
}

/* The whole disk that a directory of a disk or partition belongs to. */
static char *whole_disk(const char *device_path)
{
    char *resolved = realpath(device_path, NULL);
    if (resolved == NULL)
        return NULL;
    g_autofree char *mark = g_build_filename(resolved, "partition", NULL);
    char *disk = access(mark, F_OK) == 0 ? g_path_get_dirname(resolved) : g_strdup(resolved);
    free(resolved);
    return disk;
}

static char *device_path_of(const Sysfs *sysfs, uint32_t dev_major, uint32_t dev_minor)
{
    return g_strdup_printf("%s/dev/block/%u:%u", sysfs->path, dev_major, dev_minor);
}

char *sysdisk_path(const Sysfs *sysfs, uint32_t dev_major, uint32_t dev_minor)
{
    g_autofree char *device_path = device_path_of(sysfs, dev_major, dev_minor);
    return whole_disk(device_path);
}

/* The disks that a directory of links names; owned, maybe empty. */
static GPtrArray *linked_disks(const char *links_path)
{
    GPtrArray *disks = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GDir) links = g_dir_open(links_path, 0, NULL);
    const char *name = NULL;
    for (uint32_t n = 0; links != NULL && n < LEGS_MAX && (name = g_dir_read_name(links)); n++) {
        g_autofree char *link = g_build_filename(links_path, name, NULL);
        char *disk = whole_disk(link);
        if (disk != NULL)
            g_ptr_array_add(disks, disk);
    }
    return disks;
}

/* The disk that the file of a loop device lies on, told by its path and the mounts alone; NULL if
 * that is none of this machine, or if this is no loop device. */
static char *backing_disk(const Sysfs *sysfs, const char *disk_path)
{
    g_autofree char *path = g_build_filename(disk_path, "loop", "backing_file", NULL);
    GString *text = fd_read_file(AT_FDCWD, path, PATH_MAX + 1);
    if (text == NULL)
        return NULL;
    const Mount *mount = mounts_find(sysfs->mounts, g_strchomp(text->str));
    g_string_free(text, TRUE);
    if (mount == NULL || mount->kind != MOUNT_LOCAL || mount->dev_major == 0)
        return NULL;
    return sysdisk_path(sysfs, mount->dev_major, mount->dev_minor);
}

/* What a disk is made of (dm, md, loop): disks; owned, empty for one that is made of nothing. */
static GPtrArray *parts_of(const Sysfs *sysfs, const char *disk_path)
{
    g_autofree char *slaves_path = g_build_filename(disk_path, "slaves", NULL);
    GPtrArray *parts = linked_disks(slaves_path);
    char *backing = parts->len == 0 ? backing_disk(sysfs, disk_path) : NULL;
    if (backing != NULL)
        g_ptr_array_add(parts, backing);
    return parts;
}

char *sysdisk_lowest(const Sysfs *sysfs, const char *disk_path)
{
    g_autofree char *at = g_strdup(disk_path);
    for (uint32_t depth = 0; depth < DEPTH_MAX; depth++) {
        g_autoptr(GPtrArray) parts = parts_of(sysfs, at);
        if (parts->len != 1)
            return parts->len == 0 || depth > 0 ? g_steal_pointer(&at) : g_strdup(disk_path);
        g_free(at);
        at = g_strdup(parts->pdata[0]);
    }
    return g_strdup(disk_path); /* it is made of itself */
}

/*
 * A virtio disk always calls itself rotational (drivers/block/virtio_blk.c: the features of its
 * queue are the defaults), and its addresses are no places on the disk of the host.
 */
static bool is_virtual(const char *disk_path)
{
    const char *at = strstr(disk_path, "/virtio");
    if (at == NULL)
        return false;
    at += strlen("/virtio");
    return g_str_has_prefix(at + strspn(at, "0123456789"), "/block/");
}

static bool has_head(const Sysfs *sysfs, const char *disk_path, uint32_t depth);

static bool any_has_head(const Sysfs *sysfs, const GPtrArray *disks, uint32_t depth)
{
    for (guint i = 0; i < disks->len; i++)
        if (has_head(sysfs, disks->pdata[i], depth))
            return true;
    return false;
}

static bool has_head(const Sysfs *sysfs, const char *disk_path, uint32_t depth)
{
    uint64_t rotational = 0;
    if (is_virtual(disk_path))
        return false;
    g_autoptr(GPtrArray) parts = parts_of(sysfs, disk_path);
    if (parts->len > 0 && depth < DEPTH_MAX)
        return any_has_head(sysfs, parts, depth + 1);
    return sysdisk_number(disk_path, "queue/rotational", &rotational) && rotational != 0;
}

bool sysdisk_has_head(const Sysfs *sysfs, const char *disk_path)
{
    return has_head(sysfs, disk_path, 0);
}

/* fs/btrfs/sysfs.c: /sys/fs/btrfs/UUID/devices has a link for each, of the device's name. Its
 * disks; owned; NULL if the device is one of none. */
static GPtrArray *btrfs_disks(const Sysfs *sysfs, uint32_t dev_major, uint32_t dev_minor)
{
    g_autofree char *device_path = device_path_of(sysfs, dev_major, dev_minor);
    char *resolved = realpath(device_path, NULL);
    g_autofree char *name = resolved != NULL ? g_path_get_basename(resolved) : NULL;
    free(resolved);
    g_autofree char *all_path = g_build_filename(sysfs->path, "fs/btrfs", NULL);
    g_autoptr(GDir) all = name != NULL ? g_dir_open(all_path, 0, NULL) : NULL;
    for (const char *uuid = NULL; all != NULL && (uuid = g_dir_read_name(all)) != NULL;) {
        g_autofree char *devices = g_build_filename(all_path, uuid, "devices", NULL);
        g_autofree char *member = g_build_filename(devices, name, NULL);
        if (access(member, F_OK) == 0)
            return linked_disks(devices);
    }
    return NULL;
}

bool sysdisk_btrfs_has_head(const Sysfs *sysfs, uint32_t dev_major, uint32_t dev_minor)
{
    g_autoptr(GPtrArray) disks = btrfs_disks(sysfs, dev_major, dev_minor);
    return disks != NULL && any_has_head(sysfs, disks, 0);
}

static void add_legs(const Sysfs *sysfs, const GPtrArray *disks, guint most, uint32_t depth,
                     GPtrArray *legs)
{
    for (guint i = 0; i < disks->len && legs->len < most; i++) {
        const char *disk_path = disks->pdata[i];
        g_autoptr(GPtrArray) parts = parts_of(sysfs, disk_path);
        if (parts->len > 0 && depth < DEPTH_MAX)
            add_legs(sysfs, parts, most, depth + 1, legs);
        else if (!g_ptr_array_find_with_equal_func(legs, disk_path, g_str_equal, NULL))
            g_ptr_array_add(legs, g_strdup(disk_path));
    }
}

/* Several, or none. */
static GPtrArray *legs_of(const Sysfs *sysfs, const GPtrArray *disks, guint most)
{
    GPtrArray *legs = g_ptr_array_new_with_free_func(g_free);
    if (disks != NULL)
        add_legs(sysfs, disks, most, 0, legs);
    if (legs->len == 1)
        g_ptr_array_set_size(legs, 0);
    return legs;
}

GPtrArray *sysdisk_legs(const Sysfs *sysfs, const char *disk_path, guint most)
{
    g_autoptr(GPtrArray) parts = parts_of(sysfs, disk_path);
    return legs_of(sysfs, parts, most);
}

GPtrArray *sysdisk_btrfs_legs(const Sysfs *sysfs, uint32_t dev_major, uint32_t dev_minor,
                              guint most)
{
    g_autoptr(GPtrArray) disks = btrfs_disks(sysfs, dev_major, dev_minor);
    return legs_of(sysfs, disks, most);
}
