/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "prefetch/readahead.h"

#include <fcntl.h>
#include <linux/ioprio.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/fd.h"
#include "prefetch/extents.h"
#include "prefetch/reading.h"

/* What one thread takes at a time, so that a large file is shared and physical order is kept in it.
 */
#define PORTION_BYTES (UINT64_C(16) << 20)

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

/* The way through a plan. */
typedef struct {
    SortStrategy sort;
    Storage *storage;
    const Residency *residency;
    ReadaheadReport *report;
    Reading reading;
    GArray *missing; /* Range, of one run of blocks */
    uint64_t read_left_bytes;
    uint64_t keep_left_bytes;
} Walk;

/* The file that the walk is at. */
typedef struct {
    int fd;
    const char *path;
    struct stat st;
    bool begun;   /* it is among the targets */
    bool refused; /* its pages are not in the page cache: nothing to read ahead */
} Look;

static uint64_t left(const Walk *walk)
{
    return MIN(walk->read_left_bytes, walk->keep_left_bytes);
}

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

/* statx(2): a file that is accessed directly (DAX) has no page cache. */
static bool is_direct(int fd)
{
    struct statx stx;
    return statx(fd, "", AT_EMPTY_PATH, STATX_INO, &stx) == 0 &&
           (stx.stx_attributes & STATX_ATTR_DAX) != 0;
}

static void begin_target(Walk *walk, Look *look)
{
    look->begun = true;
    look->refused = is_direct(look->fd);
    if (look->refused)
        return;
    const Target target = {
        .path = look->path,
        .disk = storage_disk(walk->storage, look->st.st_dev, look->path),
        .dev = look->st.st_dev,
        .ino = look->st.st_ino,
        .told = residency_tells(walk->residency, &look->st),
    };
    g_array_append_val(walk->reading.targets, target);
    walk->report->n_files++;
}

static Portion *begin_portion(Walk *walk, const Look *look, uint64_t offset_bytes)
{
    Portion portion = {.target = walk->reading.targets->len - 1,
                       .first_range = walk->reading.ranges->len,
                       .place = look->st.st_ino};
    if (order_wants_place(walk->sort, reading_target(&walk->reading, &portion)->disk))
        portion.placed = extents_physical(look->fd, offset_bytes, &portion.place);
    g_array_append_val(walk->reading.portions, portion);
    return &g_array_index(walk->reading.portions, Portion, walk->reading.portions->len - 1);
}

/* The portion of the present file that has room, or a new one. */
static Portion *demand_portion(Walk *walk, const Look *look, uint64_t offset_bytes)
{
    guint n = walk->reading.portions->len;
    if (n > 0) {
        Portion *last = &g_array_index(walk->reading.portions, Portion, n - 1);
        if (last->target + 1 == walk->reading.targets->len && last->length_bytes < PORTION_BYTES)
            return last;
    }
    return begin_portion(walk, look, offset_bytes);
}

static void append_range(Walk *walk, Portion *portion, const Range *range)
{
    portion->length_bytes += range->length_bytes;
    if (portion->n_ranges > 0) {
        Range *last = &g_array_index(walk->reading.ranges, Range, walk->reading.ranges->len - 1);
        if (last->offset_bytes + last->length_bytes == range->offset_bytes) {
            last->length_bytes += range->length_bytes;
            return;
        }
    }
    g_array_append_val(walk->reading.ranges, *range);
    portion->n_ranges++;
}

static void append_to_portions(Walk *walk, const Look *look, Range range)
{
    while (range.length_bytes > 0) {
        Portion *portion = demand_portion(walk, look, range.offset_bytes);
        uint64_t room_bytes = PORTION_BYTES - portion->length_bytes;
        const Range part = {range.offset_bytes, MIN(range.length_bytes, room_bytes)};
        append_range(walk, portion, &part);
        range.offset_bytes += part.length_bytes;
        range.length_bytes -= part.length_bytes;
    }
}

/* All if it fits, else whole blocks of it. */
static uint64_t cut(const Walk *walk, uint64_t length_bytes)
{
    uint64_t room_bytes = left(walk);
    return length_bytes <= room_bytes ? length_bytes : room_bytes - room_bytes % BLOCK_BYTES;
}

static void take(Walk *walk, Look *look, Range range)
{
    uint64_t taken_bytes = cut(walk, range.length_bytes);
    walk->report->left_bytes += range.length_bytes - taken_bytes;
    if (taken_bytes == 0)
        return;
    if (!look->begun)
        begin_target(walk, look);
    if (look->refused)
        return;
    walk->read_left_bytes -= taken_bytes;
    walk->keep_left_bytes -= taken_bytes;
    append_to_portions(walk, look, (Range){range.offset_bytes, taken_bytes});
}

static void walk_run(Walk *walk, Look *look, Range range)
{
    g_array_set_size(walk->missing, 0);
    uint64_t resident_bytes =
        residency_missing(walk->residency, look->fd, &look->st, range, false, walk->missing);
    walk->report->planned_bytes += range.length_bytes;
    walk->report->resident_bytes += resident_bytes;
    walk->keep_left_bytes -= MIN(resident_bytes, walk->keep_left_bytes);
    for (guint i = 0; i < walk->missing->len; i++)
        take(walk, look, g_array_index(walk->missing, Range, i));
}

static void walk_blocks(Walk *walk, Look *look, const BlockSet *blocks)
{
    uint64_t size_bytes = (uint64_t)look->st.st_size;
    for (uint32_t i = 0; i < blocks->n_runs; i++) {
        uint64_t offset_bytes = blocks->runs[i].first * BLOCK_BYTES;
        if (offset_bytes >= size_bytes)
            return;
        uint64_t length_bytes = blocks->runs[i].count * BLOCK_BYTES;
        walk_run(walk, look, (Range){offset_bytes, MIN(length_bytes, size_bytes - offset_bytes)});
    }
}

static void walk_item(Walk *walk, const PlanItem *item)
{
    Look look = {.path = item->path};
    autofd fd = -1;
    if (storage_is_local(walk->storage, item->path))
        fd = fd_open_foreign(item->path, &look.st);
    if (fd < 0 || is_elsewhere(fd, &look.st)) {
        walk->report->n_skipped++;
        return;
    }
    look.fd = fd;
    walk_blocks(walk, &look, &item->blocks);
}

/* Less than a block may still be read: to look at the rest would cost more than it could bring. */
static void leave_item(Walk *walk, const PlanItem *item)
{
    uint64_t length_bytes = block_set_bytes(&item->blocks);
    walk->report->planned_bytes += length_bytes;
    walk->report->left_bytes += length_bytes;
}

static void walk_plan(Walk *walk, const Plan *plan, const int *cancel)
{
    for (guint i = 0; i < plan->items->len && g_atomic_int_get(cancel) == 0; i++) {
        const PlanItem *item = &g_array_index(plan->items, PlanItem, i);
        if (left(walk) < BLOCK_BYTES)
            leave_item(walk, item);
        else
            walk_item(walk, item);
    }
}

static void walk_clear(Walk *walk)
{
    g_array_unref(walk->reading.targets);
    g_array_unref(walk->reading.ranges);
    g_array_unref(walk->reading.portions);
    g_array_unref(walk->missing);
}

void readahead_run(const Plan *plan, const ReadaheadRules *rules, Storage *storage,
                   const Residency *residency, const int *cancel, ReadaheadReport *ret_report)
{
    gint64 begun_usec = g_get_monotonic_time();
    *ret_report = (ReadaheadReport){0};
    Walk walk = {
        .sort = rules->sort,
        .storage = storage,
        .residency = residency,
        .report = ret_report,
        .reading = {.targets = g_array_new(FALSE, FALSE, sizeof(Target)),
                    .ranges = g_array_new(FALSE, FALSE, sizeof(Range)),
                    .portions = g_array_new(FALSE, FALSE, sizeof(Portion))},
        .missing = g_array_new(FALSE, FALSE, sizeof(Range)),
        .read_left_bytes = plan->budget.read_bytes,
        .keep_left_bytes = plan->budget.keep_bytes,
    };
    storage_refresh(storage);
    walk_plan(&walk, plan, cancel);
    guint n_headless = order_portions(&walk.reading, rules->sort);
    submit_reading(&walk.reading, rules, n_headless, residency, cancel, ret_report);
    walk_clear(&walk);
    ret_report->cancelled = g_atomic_int_get(cancel) != 0;
    ret_report->took_usec = (uint64_t)(g_get_monotonic_time() - begun_usec);
}

bool readahead_idle_class(void)
{
    return syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0,
                   IOPRIO_PRIO_VALUE(IOPRIO_CLASS_IDLE, 0)) == 0;
}
