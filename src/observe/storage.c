/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/storage.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/fd.h"
#include "observe/sysdisk.h"

/* 65,536 mounts (mounts.c) of 512 bytes. */
#define MOUNTINFO_LIMIT_BYTES (UINT64_C(32) << 20)
struct Storage {
    char *sys_path;
    char *mountinfo_path;
    int mountinfo_fd;
    bool stale; /* the mounts must be read again whatever poll() says */
    HeadBelief belief;
    Heads *heads;      /* borrowed; NULL: nothing was measured */
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

void storage_believe(Storage *storage, HeadBelief belief, Heads *heads)
{
    if (storage->belief != belief || storage->heads != heads)
        g_hash_table_remove_all(storage->disks);
    storage->belief = belief;
    storage->heads = heads;
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
    bool told = sysdisk_number(disk_path, "queue/max_sectors_kb", &sectors_kib);
    told |= sysdisk_number(disk_path, "queue/read_ahead_kb", &ahead_kib);
    return told ? request_of_kib(MAX(sectors_kib, ahead_kib)) : 0;
}

static Sysfs sysfs_of(const Storage *storage)
{
    return (Sysfs){storage->sys_path, storage->mounts};
}

static uint64_t identity_of(const char *disk_path)
{
    uint64_t identity = 0;
    if (!sysdisk_number(disk_path, "diskseq", &identity))
        (void)sysdisk_number(disk_path, "size", &identity); /* 0: not told */
    return identity;
}

static void fill_legs(Disk *disk, const GPtrArray *paths)
{
    disk->n_legs = 0;
    for (guint i = 0; i < paths->len && paths->len <= DISK_LEGS_MAX; i++) {
        DiskLeg *leg = &disk->legs[disk->n_legs];
        disk->n_legs += sysdisk_device(paths->pdata[i], &leg->major, &leg->minor) ? 1 : 0;
    }
}

/* What the kernel takes at once is told by the device that is mounted; who else uses the disk, and
 * where its head is, by the lowest one. */
static void fill_from_device(const Storage *storage, dev_t dev, Disk *disk)
{
    const Sysfs sysfs = sysfs_of(storage);
    g_autofree char *disk_path = sysdisk_path(&sysfs, major(dev), minor(dev));
    if (disk_path == NULL)
        return;
    g_autofree char *lowest_path = sysdisk_lowest(&sysfs, disk_path);
    if (!sysdisk_device(lowest_path, &disk->major, &disk->minor)) {
        disk->major = major(dev);
        disk->minor = minor(dev);
    }
    disk->identity = identity_of(lowest_path);
    g_autoptr(GPtrArray) legs = sysdisk_legs(&sysfs, lowest_path, DISK_LEGS_MAX + 1);
    fill_legs(disk, legs);
    disk->rotational = sysdisk_has_head(&sysfs, disk_path);
    uint64_t request_bytes = read_request_bytes(disk_path);
    if (request_bytes > 0)
        disk->request_bytes = request_bytes;
}

static bool class_device(const Storage *storage, const char *name, dev_t *ret)
{
    uint32_t dev_major = 0;
    uint32_t dev_minor = 0;
    g_autofree char *path = g_build_filename(storage->sys_path, "class/block", name, NULL);
    if (!sysdisk_device(path, &dev_major, &dev_minor))
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
    if (mount != NULL && source_device(storage, mount, &source)) {
        const Sysfs sysfs = sysfs_of(storage);
        fill_from_device(storage, source, disk);
        disk->rotational |= sysdisk_btrfs_has_head(&sysfs, major(source), minor(source));
        g_autoptr(GPtrArray) legs =
            sysdisk_btrfs_legs(&sysfs, major(source), minor(source), DISK_LEGS_MAX + 1);
        if (legs->len > 0)
            fill_legs(disk, legs);
    }
    g_autofree char *bdi_path =
        g_strdup_printf("%s/class/bdi/%u:%u", storage->sys_path, major(dev), minor(dev));
    uint64_t ahead_kib = 0;
    disk->request_bytes = sysdisk_number(bdi_path, "read_ahead_kb", &ahead_kib)
                              ? request_of_kib(ahead_kib)
                              : REQUEST_FALLBACK_BYTES;
}

/* The user knows best, and what was measured counts for more than what is said. */
static void decide_head(const Storage *storage, Disk *disk)
{
    if (storage->belief != HEAD_AUTO)
        disk->rotational = storage->belief == HEAD_YES;
    else if (storage->heads != NULL)
        (void)heads_find(storage->heads, disk->major, disk->minor, disk->identity,
                         &disk->rotational); /* else as it says */
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
    decide_head(storage, disk);
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
