/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/* FileId: the identity of a file's content, as far as stat(2) tells: it changes with an upgrade. */
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

typedef struct {
    uint64_t dev; /* st_dev; 0 and ino 0: not known (imported from 0.6.4) */
    uint64_t ino;
    uint64_t size_bytes;
    int64_t mtime_nsec;
} FileId;

static inline FileId file_id_of(const struct stat *st)
{
    return (FileId){st->st_dev, st->st_ino, (uint64_t)st->st_size,
                    (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec};
}

static inline bool file_id_known(const FileId *id)
{
    return id->dev != 0 || id->ino != 0;
}

static inline bool file_id_equal(const FileId *a, const FileId *b)
{
    return a->dev == b->dev && a->ino == b->ino && a->size_bytes == b->size_bytes &&
           a->mtime_nsec == b->mtime_nsec;
}

/* The same content, now and in an earlier boot.
 * st_dev is left out: device numbers change between boots; the inode, size and time do not. */
static inline bool file_id_same(const FileId *a, const FileId *b)
{
    return a->ino == b->ino && a->size_bytes == b->size_bytes && a->mtime_nsec == b->mtime_nsec;
}
