/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "prefetch/extents.h"

#include <linux/fiemap.h>
#include <linux/fs.h>
#include <stdalign.h>
#include <string.h>
#include <sys/ioctl.h>

/* What has these has no place on the disk that could be sorted by (linux/fiemap.h). */
#define FLAGS_NO_PLACE                                                                             \
    (FIEMAP_EXTENT_UNKNOWN | FIEMAP_EXTENT_DELALLOC | FIEMAP_EXTENT_ENCODED |                      \
     FIEMAP_EXTENT_DATA_INLINE)

/* The kernel's struct ends in an array; this is the head and one element. */
typedef struct {
    alignas(struct fiemap) char bytes[sizeof(struct fiemap) + sizeof(struct fiemap_extent)];
} OneExtent;

static bool extent_holds(const struct fiemap_extent *extent, uint64_t offset_bytes)
{
    return extent->fe_logical <= offset_bytes &&
           offset_bytes - extent->fe_logical < extent->fe_length;
}

bool extents_physical(int fd, uint64_t offset_bytes, uint64_t *ret_physical_bytes)
{
    OneExtent request = {0};
    struct fiemap *head = (struct fiemap *)request.bytes;
    head->fm_start = offset_bytes;
    head->fm_length = 1;
    head->fm_extent_count = 1; /* no FIEMAP_FLAG_SYNC: nothing is to be written for our sake */
    if (ioctl(fd, FS_IOC_FIEMAP, head) != 0 || head->fm_mapped_extents == 0)
        return false;
    struct fiemap_extent extent;
    memcpy(&extent, request.bytes + sizeof(struct fiemap), sizeof extent);
    if ((extent.fe_flags & FLAGS_NO_PLACE) != 0 || !extent_holds(&extent, offset_bytes))
        return false;
    *ret_physical_bytes = extent.fe_physical + (offset_bytes - extent.fe_logical);
    return true;
}

/* As many as are asked for at once. */
#define BATCH_EXTENTS 64

typedef struct {
    alignas(struct fiemap) char bytes[sizeof(struct fiemap) +
                                      BATCH_EXTENTS * sizeof(struct fiemap_extent)];
} Batch;

static void append_extent(GArray *extents, const struct fiemap_extent *told)
{
    if (extents->len > 0) {
        Extent *last = &g_array_index(extents, Extent, extents->len - 1);
        if (last->logical_bytes + last->length_bytes == told->fe_logical &&
            last->physical_bytes + last->length_bytes == told->fe_physical) {
            last->length_bytes += told->fe_length;
            return;
        }
    }
    const Extent extent = {told->fe_logical, told->fe_length, told->fe_physical};
    g_array_append_val(extents, extent);
}

/* Takes a batch; where the next one begins, or 0 behind the last. */
static uint64_t take_batch(const Batch *batch, uint32_t n, GArray *extents)
{
    uint64_t next_bytes = 0;
    for (uint32_t i = 0; i < n; i++) {
        struct fiemap_extent extent;
        memcpy(&extent, batch->bytes + sizeof(struct fiemap) + i * sizeof extent, sizeof extent);
        uint64_t end_bytes = extent.fe_logical + extent.fe_length;
        if (end_bytes <= next_bytes || (extent.fe_flags & FIEMAP_EXTENT_LAST) != 0)
            next_bytes = 0; /* a file system that tells nonsense must not keep us */
        else
            next_bytes = end_bytes;
        if ((extent.fe_flags & FLAGS_NO_PLACE) == 0 && extent.fe_length > 0 &&
            extents->len < EXTENTS_MAX)
            append_extent(extents, &extent);
        if (next_bytes == 0)
            break;
    }
    return next_bytes;
}

bool extents_map(int fd, GArray *ret)
{
    const guint before = ret->len;
    uint64_t at_bytes = 0;
    for (guint i = 0; i <= EXTENTS_MAX / BATCH_EXTENTS; i++) {
        Batch batch = {0};
        struct fiemap *head = (struct fiemap *)batch.bytes;
        head->fm_start = at_bytes;
        head->fm_length = FIEMAP_MAX_OFFSET - at_bytes;
        head->fm_extent_count = BATCH_EXTENTS;
        if (ioctl(fd, FS_IOC_FIEMAP, head) != 0)
            return false;
        uint64_t next_bytes = take_batch(&batch, MIN(head->fm_mapped_extents, BATCH_EXTENTS), ret);
        if (next_bytes <= at_bytes)
            break;
        at_bytes = next_bytes;
    }
    return ret->len > before;
}
