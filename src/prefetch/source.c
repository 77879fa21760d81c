/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "prefetch/source.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/fd.h"

/* linux/stat.h of Linux 5.8; not in every libc. */
#ifndef STATX_ATTR_DAX
#define STATX_ATTR_DAX 0x00200000
#endif

/* statfs(2). By number: linux/magic.h has some of them since 5.17 only. */
static const uint32_t elsewhere_magics[] = {
    0x6969,     /* nfs */
    0x517b,     /* smb */
    0xfe534d42, /* smb2 */
    0xff534d42, /* cifs */
    0x01021997, /* 9p */
    0x5346414f, /* afs */
    0x6b414653, /* afs, of the kernel */
    0x00c36400, /* ceph */
    0x73757245, /* coda */
    0x65735546, /* fuse */
    0x0187,     /* autofs */
    0x01021994, /* tmpfs */
    0x858458f6, /* ramfs */
    0x958458f6, /* hugetlbfs */
    0x9fa0,     /* proc */
    0x62656572, /* sysfs */
};

/*
 * The mount table was read a moment ago, and something else may be mounted there since. File
 * systems on a disk of their own have its device number; of the others these are not on a local
 * disk.
 */
static bool is_elsewhere(int fd, const struct stat *st)
{
    struct statfs fs;
    if (major(st->st_dev) != 0)
        return false;
    if (fstatfs(fd, &fs) != 0)
        return true;
    for (guint i = 0; i < G_N_ELEMENTS(elsewhere_magics); i++) {
        if ((uint32_t)fs.f_type == elsewhere_magics[i])
            return true;
    }
    return false;
}

/* Takes the descriptor, or the error in its place. */
static int refuse_elsewhere(int taken_fd, const struct stat *st)
{
    autofd fd = taken_fd;
    if (fd < 0)
        return fd_steal(&fd);
    return is_elsewhere(fd, st) ? -EXDEV : fd_steal(&fd);
}

int source_open(const char *path, struct stat *ret_st)
{
    return refuse_elsewhere(fd_open_foreign(path, ret_st), ret_st);
}

int source_open_cached(const char *path, struct stat *ret_st)
{
    return refuse_elsewhere(fd_open_foreign_cached(path, ret_st), ret_st);
}

int source_open_directory(const char *path, struct stat *ret_st)
{
    return refuse_elsewhere(fd_open_foreign_directory(path, ret_st), ret_st);
}

bool source_is_direct(int fd)
{
    struct statx stx;
    return statx(fd, "", AT_EMPTY_PATH, STATX_INO, &stx) == 0 &&
           (stx.stx_attributes & STATX_ATTR_DAX) != 0;
}

bool source_clip(const struct stat *st, Range *range)
{
    uint64_t size_bytes = (uint64_t)st->st_size;
    if (range->offset_bytes >= size_bytes)
        return false;
    range->length_bytes = MIN(range->length_bytes, size_bytes - range->offset_bytes);
    return range->length_bytes > 0;
}

bool source_range(const BlockRun *run, const struct stat *st, Range *ret)
{
    uint64_t size_bytes = (uint64_t)st->st_size;
    uint64_t offset_bytes = run->first * BLOCK_BYTES;
    if (offset_bytes >= size_bytes)
        return false;
    *ret = (Range){offset_bytes, MIN(run->count * BLOCK_BYTES, size_bytes - offset_bytes)};
    return true;
}
