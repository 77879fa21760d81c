/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "disk.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

/* In place of an inode: the directory itself. */
#define DIRECTORY G_MAXUINT
#define NO_OPERATION (-1)

typedef struct {
    GString *now;
    GString *synced; /* what a power cut cannot take */
    bool dirty;      /* now differs, or may */
} Inode;

/* A name's inode (index + 1, 0 for none): since the last sync of the directory, and all since. */
typedef struct {
    char *name;
    GArray *inodes; /* guint; the first is the synced one, the last the present one */
} Name;

typedef struct {
    guint inode; /* index + 1; 0: closed */
    size_t position;
} File;

struct Disk {
    Io io;
    GPtrArray *inodes; /* Inode */
    GPtrArray *names;  /* Name */
    GArray *files;     /* File; the descriptor is the index */
    int operations;
    int fail_at;
    int fail_with;
    bool lasting;
    int power_off_at;
    size_t most_bytes;
    int short_at; /* that operation only */
    bool interrupt_next;
};

static void inode_free(gpointer data)
{
    Inode *inode = data;
    g_string_free(inode->now, TRUE);
    g_string_free(inode->synced, TRUE);
    g_free(inode);
}

static void name_free(gpointer data)
{
    Name *name = data;
    g_free(name->name);
    g_array_unref(name->inodes);
    g_free(name);
}

static guint add_inode(Disk *disk, const char *content, size_t length)
{
    Inode *inode = g_new0(Inode, 1);
    inode->now = g_string_new_len(content, (gssize)length);
    inode->synced = g_string_new_len(content, (gssize)length);
    g_ptr_array_add(disk->inodes, inode);
    return disk->inodes->len;
}

static Name *find_name(const Disk *disk, const char *text)
{
    for (guint i = 0; i < disk->names->len; i++) {
        Name *name = disk->names->pdata[i];
        if (strcmp(name->name, text) == 0)
            return name;
    }
    return NULL;
}

static guint lookup(const Disk *disk, const char *text)
{
    const Name *name = find_name(disk, text);
    return name != NULL ? g_array_index(name->inodes, guint, name->inodes->len - 1) : 0;
}

/* From now on the name is of that inode, 0 for none. */
static void set_name(Disk *disk, const char *text, guint inode)
{
    Name *name = find_name(disk, text);
    if (name == NULL) {
        name = g_new0(Name, 1);
        name->name = g_strdup(text);
        name->inodes = g_array_new(FALSE, TRUE, sizeof(guint));
        g_array_set_size(name->inodes, 1); /* it was not there */
        g_ptr_array_add(disk->names, name);
    }
    g_array_append_val(name->inodes, inode);
}

/* The error of this operation, 0 if it works. */
static int begin(Disk *disk)
{
    int n = disk->operations++;
    if (disk->power_off_at != NO_OPERATION && n >= disk->power_off_at)
        return -EIO;
    if (disk->fail_at == NO_OPERATION || n < disk->fail_at || (n > disk->fail_at && !disk->lasting))
        return 0;
    return disk->fail_with;
}

static int add_file(Disk *disk, guint inode)
{
    File file = {inode, 0};
    g_array_append_val(disk->files, file);
    return (int)disk->files->len - 1;
}

static int disk_openat(void *data, int dirfd, const char *path, int flags, mode_t mode)
{
    Disk *disk = data;
    int r = begin(disk);
    if (r < 0)
        return r;
    if ((flags & O_DIRECTORY) != 0)
        return add_file(disk, DIRECTORY);
    guint inode = lookup(disk, path);
    if (inode == 0 && (flags & O_CREAT) == 0)
        return -ENOENT;
    if (inode != 0 && (flags & O_EXCL) != 0)
        return -EEXIST;
    if (inode == 0) {
        inode = add_inode(disk, "", 0);
        set_name(disk, path, inode);
    }
    if ((flags & O_TRUNC) != 0) {
        Inode *truncated = disk->inodes->pdata[inode - 1];
        g_string_truncate(truncated->now, 0);
        truncated->dirty = true;
    }
    return add_file(disk, inode);
}

static int disk_flock(void *data, int fd, int operation)
{
    return begin(data);
}

static File *file_of(Disk *disk, int fd)
{
    g_assert(fd >= 0 && (guint)fd < disk->files->len);
    File *file = &g_array_index(disk->files, File, fd);
    g_assert(file->inode != 0); /* used after close */
    return file;
}

static Inode *inode_of(Disk *disk, int fd)
{
    return disk->inodes->pdata[file_of(disk, fd)->inode - 1];
}

/* How much of it this operation takes; 0: it is interrupted. */
static size_t shorten(Disk *disk, size_t count)
{
    bool now = disk->short_at == NO_OPERATION || disk->operations - 1 == disk->short_at;
    if (disk->most_bytes == 0 || !now)
        return count;
    disk->interrupt_next = disk->short_at == NO_OPERATION && !disk->interrupt_next;
    return disk->interrupt_next ? 0 : MIN(count, disk->most_bytes);
}

static ssize_t disk_read(void *data, int fd, void *buffer, size_t count)
{
    Disk *disk = data;
    int r = begin(disk);
    if (r < 0)
        return r;
    File *file = file_of(disk, fd);
    const GString *content = inode_of(disk, fd)->now;
    count = shorten(disk, count);
    if (count == 0)
        return -EINTR;
    size_t n = MIN(count, content->len - file->position);
    memcpy(buffer, content->str + file->position, n);
    file->position += n;
    return (ssize_t)n;
}

static ssize_t disk_write(void *data, int fd, const void *buffer, size_t count)
{
    Disk *disk = data;
    int r = begin(disk);
    if (r < 0)
        return r;
    count = shorten(disk, count);
    if (count == 0)
        return -EINTR;
    Inode *inode = inode_of(disk, fd);
    g_string_append_len(inode->now, buffer, (gssize)count);
    inode->dirty = true;
    return (ssize_t)count;
}

static int disk_fstat(void *data, int fd, struct stat *ret_st)
{
    Disk *disk = data;
    int r = begin(disk);
    if (r < 0)
        return r;
    *ret_st = (struct stat){.st_mode = S_IFREG | 0600};
    ret_st->st_size = (off_t)inode_of(disk, fd)->now->len;
    return 0;
}

static void sync_names(Disk *disk)
{
    for (guint i = 0; i < disk->names->len; i++) {
        Name *name = disk->names->pdata[i];
        g_array_remove_range(name->inodes, 0, name->inodes->len - 1);
    }
}

/* All files are made with mode 0600. */
static int disk_fchmod(void *data, int fd, mode_t mode)
{
    return begin(data);
}

static int disk_fsync(void *data, int fd)
{
    Disk *disk = data;
    int r = begin(disk);
    if (r < 0)
        return r;
    if (file_of(disk, fd)->inode == DIRECTORY) {
        sync_names(disk);
        return 0;
    }
    Inode *inode = inode_of(disk, fd);
    g_string_assign(inode->synced, "");
    g_string_append_len(inode->synced, inode->now->str, (gssize)inode->now->len);
    inode->dirty = false;
    return 0;
}

/* As the kernel's: the descriptor is gone also when an error is told. */
static int disk_close(void *data, int fd)
{
    file_of(data, fd)->inode = 0;
    return begin(data);
}

static int disk_mkdir(void *data, const char *path, mode_t mode)
{
    return begin(data);
}

static int disk_linkat(void *data, int dirfd, const char *from, const char *to)
{
    Disk *disk = data;
    int r = begin(disk);
    if (r < 0)
        return r;
    if (lookup(disk, from) == 0)
        return -ENOENT;
    if (lookup(disk, to) != 0)
        return -EEXIST;
    set_name(disk, to, lookup(disk, from));
    return 0;
}

static int disk_renameat(void *data, int dirfd, const char *from, const char *to)
{
    Disk *disk = data;
    int r = begin(disk);
    if (r < 0)
        return r;
    guint inode = lookup(disk, from);
    if (inode == 0)
        return -ENOENT;
    if (inode == lookup(disk, to)) /* rename(2): hard links to the same file: nothing is done */
        return 0;
    set_name(disk, to, inode);
    set_name(disk, from, 0);
    return 0;
}

static int disk_unlinkat(void *data, int dirfd, const char *path)
{
    Disk *disk = data;
    int r = begin(disk);
    if (r < 0)
        return r;
    if (lookup(disk, path) == 0)
        return -ENOENT;
    set_name(disk, path, 0);
    return 0;
}

Disk *disk_new(void)
{
    Disk *disk = g_new0(Disk, 1);
    disk->io = (Io){disk_openat,   disk_flock,    disk_read,  disk_write, disk_fstat,
                    disk_fchmod,   disk_fsync,    disk_close, disk_mkdir, disk_linkat,
                    disk_renameat, disk_unlinkat, disk};
    disk->inodes = g_ptr_array_new_with_free_func(inode_free);
    disk->names = g_ptr_array_new_with_free_func(name_free);
    disk->files = g_array_new(FALSE, FALSE, sizeof(File));
    disk_heal(disk);
    return disk;
}

void disk_free(Disk *disk)
{
    g_ptr_array_unref(disk->inodes);
    g_ptr_array_unref(disk->names);
    g_array_unref(disk->files);
    g_free(disk);
}

const Io *disk_io(Disk *disk)
{
    return &disk->io;
}

void disk_heal(Disk *disk)
{
    disk->operations = 0;
    disk->fail_at = NO_OPERATION;
    disk->power_off_at = NO_OPERATION;
    disk->most_bytes = 0;
    disk->short_at = NO_OPERATION;
}

void disk_fail(Disk *disk, int n, int negative_errno, bool lasting)
{
    disk_heal(disk);
    disk->fail_at = n;
    disk->fail_with = negative_errno;
    disk->lasting = lasting;
}

void disk_lose_power(Disk *disk, int n)
{
    disk_heal(disk);
    disk->power_off_at = n;
}

void disk_count_short(Disk *disk, size_t most_bytes)
{
    disk_heal(disk);
    disk->most_bytes = most_bytes;
}

void disk_count_short_once(Disk *disk, int n, size_t most_bytes)
{
    disk_count_short(disk, most_bytes);
    disk->short_at = n;
}

int disk_operations(const Disk *disk)
{
    return disk->operations;
}

int disk_open_files(const Disk *disk)
{
    int n = 0;
    for (guint i = 0; i < disk->files->len; i++)
        n += g_array_index(disk->files, File, i).inode != 0 ? 1 : 0;
    return n;
}

int disk_count_names(const Disk *disk, const char *suffix)
{
    int n = 0;
    for (guint i = 0; i < disk->names->len; i++) {
        const Name *name = disk->names->pdata[i];
        n += lookup(disk, name->name) != 0 && g_str_has_suffix(name->name, suffix) ? 1 : 0;
    }
    return n;
}

/* A file of more than so many would come back in too many ways. */
#define DIRTY_SECTORS_MAX 8

static guint count_sectors(size_t length)
{
    return (guint)(length / DISK_SECTOR_BYTES + 1);
}

/*
 * Ways that unsynced content may come back: as it was, whole, cut at a sector, or of its full
 * length with any of its sectors, which reach the disk in any order, and zeros for the others.
 */
static guint content_variants(const Disk *disk)
{
    guint most = 0;
    for (guint i = 0; i < disk->inodes->len; i++) {
        const Inode *inode = disk->inodes->pdata[i];
        if (inode->dirty)
            most = MAX(most, count_sectors(inode->now->len));
    }
    g_assert(most <= DIRTY_SECTORS_MAX);
    return most == 0 ? 1 : 2 + most + (1U << most);
}

static void lose_sectors(GString *content, guint kept)
{
    for (size_t at = 0; at < content->len; at += DISK_SECTOR_BYTES, kept >>= 1) {
        if ((kept & 1) == 0)
            memset(content->str + at, 0, MIN(DISK_SECTOR_BYTES, content->len - at));
    }
}

static void add_survivor_inode(Disk *survivor, const Inode *inode, guint variant)
{
    const GString *base = inode->dirty && variant > 0 ? inode->now : inode->synced;
    g_autoptr(GString) torn = g_string_new_len(base->str, (gssize)base->len);
    guint n_sectors = count_sectors(base->len);
    if (inode->dirty && variant >= 2 && variant < 2 + n_sectors)
        g_string_truncate(torn, (size_t)(variant - 2) * DISK_SECTOR_BYTES);
    if (inode->dirty && variant >= 2 + n_sectors)
        lose_sectors(torn, variant - 2 - n_sectors);
    add_inode(survivor, torn->str, torn->len);
}

Disk *disk_survivor(const Disk *disk, guint *choice)
{
    guint rest = (*choice)++;
    guint variants = content_variants(disk);
    g_autoptr(Disk) survivor = disk_new();
    for (guint i = 0; i < disk->inodes->len; i++)
        add_survivor_inode(survivor, disk->inodes->pdata[i], rest % variants);
    rest /= variants;
    for (guint i = 0; i < disk->names->len; i++) {
        const Name *name = disk->names->pdata[i];
        guint inode = g_array_index(name->inodes, guint, rest % name->inodes->len);
        rest /= name->inodes->len;
        set_name(survivor, name->name, inode);
    }
    sync_names(survivor);
    return rest == 0 ? g_steal_pointer(&survivor) : NULL;
}
