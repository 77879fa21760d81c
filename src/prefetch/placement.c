/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "prefetch/placement.h"

#include "prefetch/extents.h"

/* All that is remembered, 1.5 MiB of them and 0.5 MiB of files: when it is full, all is forgotten,
 * as what is asked for next is most likely what was asked for before. */
#define REMEMBERED_EXTENTS_MAX 65536
#define REMEMBERED_FILES_MAX 8192

typedef struct {
    uint64_t dev;
    uint64_t ino;
    uint64_t size_bytes;
    int64_t mtime_sec;
    int64_t mtime_nsec;
} Identity;

typedef struct {
    Identity identity;
    guint n_extents;
    Extent extents[];
} File;

struct Placement {
    GMutex lock;
    GHashTable *files; /* File, by identity; a set */
    guint n_extents;
    guint n_asked;
};

static guint file_hash(gconstpointer data)
{
    const Identity *identity = &((const File *)data)->identity;
    return (guint)(identity->ino * UINT64_C(2654435761) ^ identity->dev);
}

static gboolean file_equal(gconstpointer left, gconstpointer right)
{
    const Identity *a = &((const File *)left)->identity;
    const Identity *b = &((const File *)right)->identity;
    return a->dev == b->dev && a->ino == b->ino && a->size_bytes == b->size_bytes &&
           a->mtime_sec == b->mtime_sec && a->mtime_nsec == b->mtime_nsec;
}

Placement *placement_new(void)
{
    Placement *placement = g_new0(Placement, 1);
    g_mutex_init(&placement->lock);
    placement->files = g_hash_table_new_full(file_hash, file_equal, g_free, NULL);
    return placement;
}

void placement_free(Placement *placement)
{
    if (placement == NULL)
        return;
    g_hash_table_unref(placement->files);
    g_mutex_clear(&placement->lock);
    g_free(placement);
}

static void remember(Placement *placement, File *file)
{
    if (placement->n_extents + file->n_extents > REMEMBERED_EXTENTS_MAX ||
        g_hash_table_size(placement->files) >= REMEMBERED_FILES_MAX) {
        g_hash_table_remove_all(placement->files);
        placement->n_extents = 0;
    }
    placement->n_extents += file->n_extents;
    g_hash_table_add(placement->files, file);
}

/* Without the lock: the disk may have to be waited for. */
static File *ask(int fd, const Identity *identity)
{
    g_autoptr(GArray) extents = g_array_new(FALSE, FALSE, sizeof(Extent));
    (void)extents_map(fd, extents); /* a file that nothing is told of is remembered, too */
    File *file = g_malloc(sizeof *file + extents->len * sizeof(Extent));
    file->identity = *identity;
    file->n_extents = extents->len;
    for (guint i = 0; i < extents->len; i++)
        file->extents[i] = g_array_index(extents, Extent, i);
    return file;
}

/* The first extent that ends behind the offset. */
static guint find_extent(const File *file, uint64_t offset_bytes)
{
    guint low = 0;
    guint high = file->n_extents;
    while (low < high) {
        guint middle = low + (high - low) / 2;
        const Extent *extent = &file->extents[middle];
        if (extent->logical_bytes + extent->length_bytes <= offset_bytes)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool locate(const File *file, uint64_t offset_bytes, uint64_t *ret_physical_bytes,
                   uint64_t *ret_piece_bytes)
{
    guint index = find_extent(file, offset_bytes);
    *ret_piece_bytes = UINT64_MAX;
    if (index == file->n_extents)
        return false;
    const Extent *extent = &file->extents[index];
    if (extent->logical_bytes > offset_bytes) {
        *ret_piece_bytes = extent->logical_bytes - offset_bytes;
        return false;
    }
    uint64_t before_bytes = offset_bytes - extent->logical_bytes;
    *ret_physical_bytes = extent->physical_bytes + before_bytes;
    *ret_piece_bytes = extent->length_bytes - before_bytes;
    return true;
}

bool placement_find(Placement *placement, int fd, const struct stat *st, uint64_t offset_bytes,
                    uint64_t *ret_physical_bytes, uint64_t *ret_piece_bytes)
{
    const File question = {.identity = {.dev = st->st_dev,
                                        .ino = st->st_ino,
                                        .size_bytes = (uint64_t)st->st_size,
                                        .mtime_sec = st->st_mtim.tv_sec,
                                        .mtime_nsec = st->st_mtim.tv_nsec}};
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&placement->lock);
    const File *known = g_hash_table_lookup(placement->files, &question);
    if (known == NULL) {
        g_mutex_unlock(&placement->lock);
        File *asked = ask(fd, &question.identity);
        g_mutex_lock(&placement->lock);
        placement->n_asked++;
        remember(placement, asked); /* another thread may have been faster: the new one stays */
        known = asked;
    }
    return locate(known, offset_bytes, ret_physical_bytes, ret_piece_bytes);
}

guint placement_n_asked(Placement *placement)
{
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&placement->lock);
    return placement->n_asked;
}
