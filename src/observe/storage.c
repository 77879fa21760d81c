/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/storage.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/fd.h"

/* 65,536 mounts (mounts.c) of 512 bytes. */
#define MOUNTINFO_LIMIT_BYTES (UINT64_C(32) << 20)
/* Crypt on LVM on RAID on partitions is four levels; a loop in the tree must end. */
#define SLAVES_DEPTH_MAX 8
/* Legs of one array that are looked at: one with a head is enough to decide. */
#define SLAVES_MAX 64

struct Storage {
    char *sys_path;
    char *mountinfo_path;
    int mountinfo_fd;
    bool stale;        /* the mounts must be read again whatever poll() says */
    Mounts *mounts;    /* never NULL */
    GHashTable *disks; /* dev_t -> Disk */
};

static void open_mountinfo(Storage *storage)
{
    storage->mountinfo_fd = open(storage->mountinfo_path, O_RDONLY | O_CLOEXEC);
    storage->stale = true;
}

Storage *storage_new(const char *sys_path, const char *mountinfo_path)
{
    Storage *storage = g_new0(Storage, 1);
    storage->sys_path = g_strdup(sys_path);
    storage->mountinfo_path = g_strdup(mountinfo_path);
    storage->mounts = mounts_parse(cursor_of("", 0));
    storage->disks = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
    open_mountinfo(storage);
    storage_refresh(storage);
    return storage;
}

void storage_free(Storage *storage)
{
    if (storage == NULL)
        return;
    fd_close(&storage->mountinfo_fd);
    mounts_free(storage->mounts);
    g_hash_table_unref(storage->disks);
    g_free(storage->mountinfo_path);
    g_free(storage->sys_path);
    g_free(storage);
}

/* proc_pid_mountinfo(5): a change is POLLPRI and POLLERR, once for each reader. */
static bool mounts_changed(const Storage *storage)
{
    struct pollfd poll_fd = {.fd = storage->mountinfo_fd, .events = POLLPRI};
    return storage->stale || (poll(&poll_fd, 1, 0) > 0 && (poll_fd.revents & (POLLPRI | POLLERR)));
}

static void read_mounts(Storage *storage)
{
    storage->stale = true;
    if (lseek(storage->mountinfo_fd, 0, SEEK_SET) != 0)
        return;
    GString *text = fd_read_all(storage->mountinfo_fd, MOUNTINFO_LIMIT_BYTES);
    if (text == NULL)
        return;
    mounts_free(storage->mounts);
    storage->mounts = mounts_parse(cursor_of(text->str, text->len));
    storage->stale = false;
    g_string_free(text, TRUE);
}

void storage_refresh(Storage *storage)
{
    g_hash_table_remove_all(storage->disks);
    if (storage->mountinfo_fd < 0)
        open_mountinfo(storage);
    if (storage->mountinfo_fd >= 0 && mounts_changed(storage))
        read_mounts(storage);
}

bool storage_is_local(const Storage *storage, const char *path)
{
    const Mount *mount = mounts_find(storage->mounts, path);
    return mount != NULL && mount->kind == MOUNT_LOCAL && !storage_is_remote(storage, path);
}

bool storage_is_remote(const Storage *storage, const char *path)
{
    return mounts_is_remote(storage->mounts, path);
}

/* The number in a one-line file below `directory`; false if there is none. */
static bool read_number(const char *directory, const char *name, uint64_t *ret)
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

/* A "MAJOR:MINOR" file: the device number of a directory in sysfs. */
static bool read_device(const char *directory, uint32_t *ret_major, uint32_t *ret_minor)
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

static uint64_t request_of_kib(uint64_t kib)
{
    uint64_t page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
    uint64_t bytes = MIN(kib, REQUEST_MAX_BYTES >> 10) << 10;
    return MAX(bytes - bytes % page_bytes, page_bytes);
}

/* What the kernel takes at once from a file system on this disk; 0 if it is not told. */
static uint64_t read_request_bytes(const char *disk_path)
{
    uint64_t sectors_kib = 0;
    uint64_t ahead_kib = 0;
    bool told = read_number(disk_path, "queue/max_sectors_kb", &sectors_kib);
    told |= read_number(disk_path, "queue/read_ahead_kb", &ahead_kib);
    return told ? request_of_kib(MAX(sectors_kib, ahead_kib)) : 0;
}

/* The resolved sysfs directory of the whole disk that a disk or partition belongs to. */
static char *disk_path_of(const char *device_path)
{
    char *resolved = realpath(device_path, NULL);
    if (resolved == NULL)
        return NULL;
    g_autofree char *mark = g_build_filename(resolved, "partition", NULL);
    char *disk = access(mark, F_OK) == 0 ? g_path_get_dirname(resolved) : g_strdup(resolved);
    free(resolved);
    return disk;
}

static bool has_head(const char *disk_path, uint32_t depth);

/* Whether one of the disks that this one is made of (dm, md) has a head; false if there are none.
 */
static bool slaves_have_head(const char *disk_path, uint32_t depth, uint32_t *ret_n_slaves)
{
    g_autofree char *slaves_path = g_build_filename(disk_path, "slaves", NULL);
    g_autoptr(GDir) slaves = g_dir_open(slaves_path, 0, NULL);
    uint32_t n = 0;
    bool found = false;
    const char *name = NULL;
    while (slaves != NULL && !found && n < SLAVES_MAX && (name = g_dir_read_name(slaves)) != NULL) {
        g_autofree char *link = g_build_filename(slaves_path, name, NULL);
        g_autofree char *slave = disk_path_of(link);
        found = slave != NULL && has_head(slave, depth + 1);
        n++;
    }
    *ret_n_slaves = n;
    return found;
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

static bool has_head(const char *disk_path, uint32_t depth)
{
    uint32_t n_slaves = 0;
    if (is_virtual(disk_path))
        return false;
    if (depth < SLAVES_DEPTH_MAX && slaves_have_head(disk_path, depth, &n_slaves))
        return true;
    uint64_t rotational = 0;
    return n_slaves == 0 && read_number(disk_path, "queue/rotational", &rotational) &&
           rotational != 0;
}

static char *device_path_of(const Storage *storage, dev_t dev)
{
    return g_strdup_printf("%s/dev/block/%u:%u", storage->sys_path, major(dev), minor(dev));
}

static void fill_from_device(const Storage *storage, dev_t dev, Disk *disk)
{
    g_autofree char *device_path = device_path_of(storage, dev);
    g_autofree char *disk_path = disk_path_of(device_path);
    if (disk_path == NULL)
        return;
    if (!read_device(disk_path, &disk->major, &disk->minor)) {
        disk->major = major(dev);
        disk->minor = minor(dev);
    }
    disk->rotational = has_head(disk_path, 0);
    uint64_t request_bytes = read_request_bytes(disk_path);
    if (request_bytes > 0)
        disk->request_bytes = request_bytes;
}

static bool class_device(const Storage *storage, const char *name, dev_t *ret)
{
    uint32_t dev_major = 0;
    uint32_t dev_minor = 0;
    g_autofree char *path = g_build_filename(storage->sys_path, "class/block", name, NULL);
    if (!read_device(path, &dev_major, &dev_minor))
        return false;
    *ret = makedev(dev_major, dev_minor);
    return true;
}

static bool is_mapped_as(const Storage *storage, const char *name, const char *mapped)
{
    g_autofree char *path =
        g_build_filename(storage->sys_path, "class/block", name, "dm/name", NULL);
    GString *text = fd_read_file(AT_FDCWD, path, NAME_MAX);
    if (text == NULL)
        return false;
    bool same = strcmp(g_strchomp(text->str), mapped) == 0;
    g_string_free(text, TRUE);
    return same;
}

/* /dev/mapper/NAME: the device-mapper device of that name. */
static bool mapped_device(const Storage *storage, const char *mapped, dev_t *ret)
{
    g_autofree char *path = g_build_filename(storage->sys_path, "class/block", NULL);
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    for (const char *name = NULL; dir != NULL && (name = g_dir_read_name(dir)) != NULL;) {
        if (g_str_has_prefix(name, "dm-") && is_mapped_as(storage, name, mapped))
            return class_device(storage, name, ret);
    }
    return false;
}

/* The device that a mount names as its source, told by sysfs: the service has a /dev without disks
 * (PrivateDevices=). */
static bool source_device(const Storage *storage, const Mount *mount, dev_t *ret)
{
    const char *mapper = "/dev/mapper/";
    if (g_str_has_prefix(mount->source, mapper))
        return mapped_device(storage, mount->source + strlen(mapper), ret);
    const char *name = mount->source + strlen("/dev/");
    return g_str_has_prefix(mount->source, "/dev/") && *name != '\0' && strchr(name, '/') == NULL &&
           class_device(storage, name, ret);
}

/*
 * A file system with a device number of its own (btrfs) also has read-ahead limits of its own (mm/
 * backing-dev.c, VM_READAHEAD_PAGES, if it does not set them), not those of the disk below it.
 */
static void fill_from_mount(const Storage *storage, dev_t dev, const char *path, Disk *disk)
{
    const Mount *mount = mounts_find(storage->mounts, path);
    dev_t source = 0;
    if (mount != NULL && source_device(storage, mount, &source))
        fill_from_device(storage, source, disk);
    g_autofree char *bdi_path =
        g_strdup_printf("%s/class/bdi/%u:%u", storage->sys_path, major(dev), minor(dev));
    uint64_t ahead_kib = 0;
    disk->request_bytes = read_number(bdi_path, "read_ahead_kb", &ahead_kib)
                              ? request_of_kib(ahead_kib)
                              : REQUEST_FALLBACK_BYTES;
}

const Disk *storage_disk(Storage *storage, dev_t dev, const char *path)
{
    G_STATIC_ASSERT(sizeof(dev_t) == sizeof(gint64));
    Disk *known = g_hash_table_lookup(storage->disks, &dev);
    if (known != NULL)
        return known;
    Disk *disk = g_new0(Disk, 1);
    disk->request_bytes = MAX(REQUEST_FALLBACK_BYTES, (uint64_t)sysconf(_SC_PAGESIZE));
    if (major(dev) == 0)
        fill_from_mount(storage, dev, path, disk);
    else
        fill_from_device(storage, dev, disk);
    g_hash_table_insert(storage->disks, g_memdup2(&dev, sizeof dev), disk);
    return disk;
}

const Disk *storage_disk_of(Storage *storage, const char *path)
{
    const Mount *mount = mounts_find(storage->mounts, path);
    if (mount == NULL || !storage_is_local(storage, path))
        return NULL;
    return storage_disk(storage, makedev(mount->dev_major, mount->dev_minor), path);
}
