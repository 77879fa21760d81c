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
