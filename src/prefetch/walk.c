/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "prefetch/reading.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "prefetch/source.h"
#include "prefetch/vicinity.h"

/* What one thread takes at a time, so that a large file is shared and physical order is kept in it.
 */
#define PORTION_BYTES (UINT64_C(16) << 20)
/* A few hide what each waits for; nobody waits for what is read ahead, so that others come first.
 */
#define PRIMERS_MAX 4

/* The file that the walk is at. */
typedef struct {
    int fd;
    GRefString *path;
    struct stat st;
    guint entry;  /* in the ledger, if anything is missing */
    bool entered; /* it is in the ledger */
    bool begun;   /* it is among the targets */
    bool refused; /* its pages are not in the page cache: nothing to read ahead */
} Look;

static void begin_target(Walk *walk, Look *look)
{
    look->begun = true;
    look->refused = source_is_direct(look->fd);
    if (look->refused)
        return;
    const Target target = {
        .path = look->path,
        .entry = look->entry,
        .disk = storage_disk(walk->run->storage, look->st.st_dev, look->path),
        .dev = look->st.st_dev,
        .ino = look->st.st_ino,
        .told = residency_tells(walk->run->residency, &look->st),
    };
    g_array_append_val(walk->reading->targets, target);
    run_count_file(walk->run, look->entry);
}

/* One piece of a file on the disk, or of what is not sorted by place. */
typedef struct {
    bool placed;
    uint64_t place;
    uint64_t length_bytes;
} Piece;

static Piece piece_at(const Walk *walk, const Look *look, uint64_t offset_bytes)
{
    const Reading *reading = walk->reading;
    const Target *target = &g_array_index(reading->targets, Target, reading->targets->len - 1);
    Piece piece = {.place = look->st.st_ino, .length_bytes = UINT64_MAX};
    if (order_wants_place(walk->sort, target->disk))
        piece.placed = placement_find(walk->placement, look->fd, &look->st, offset_bytes,
                                      &piece.place, &piece.length_bytes);
    return piece;
}

static void begin_portion(Walk *walk, const Piece *piece)
{
    Reading *reading = walk->reading;
    const Portion portion = {.target = reading->targets->len - 1,
                             .first_range = reading->ranges->len,
                             .placed = piece->placed,
                             .place = piece->place};
    g_array_append_val(reading->portions, portion);
}

/* The last portion, if it is of the present file and has room; else NULL. */
static Portion *open_portion(const Walk *walk)
{
    const Reading *reading = walk->reading;
    if (reading->portions->len == 0)
        return NULL;
    Portion *last = &g_array_index(reading->portions, Portion, reading->portions->len - 1);
    bool open = last->target + 1 == reading->targets->len && last->length_bytes < PORTION_BYTES;
    return open ? last : NULL;
}

/* Whether the piece is the one that the portion is of: behind what it has, and as far behind its
 * begin on the disk as in the file. */
static bool continues(const Walk *walk, const Portion *portion, const Piece *piece,
                      uint64_t offset_bytes)
{
    const GArray *ranges = walk->reading->ranges;
    const Range *last = &g_array_index(ranges, Range, ranges->len - 1);
    if (portion->n_ranges > 0 && offset_bytes < last->offset_bytes + last->length_bytes)
        return false;
    if (portion->placed != piece->placed)
        return false;
    const Range *first = &g_array_index(walk->reading->ranges, Range, portion->first_range);
    return !piece->placed || piece->place - portion->place == offset_bytes - first->offset_bytes;
}

/* The range is asked for together with the one before it, over what lies between them. */
static bool merge_over_gap(Walk *walk, Portion *portion, Range *last, const Range *range)
{
    const Disk *disk = reading_target(walk->reading, portion)->disk;
    uint64_t gap_bytes = range->offset_bytes - (last->offset_bytes + last->length_bytes);
    if (gap_bytes > run_gap_bytes(walk->run, disk) || gap_bytes > run_room(walk->run))
        return false;
    if (gap_bytes > 0 && run_take(walk->run, gap_bytes) < gap_bytes)
        return false;
    if (gap_bytes > 0)
        run_count_gap(walk->run, gap_bytes);
    last->length_bytes += gap_bytes + range->length_bytes;
    portion->length_bytes += gap_bytes + range->length_bytes;
    return true;
}

static void append_range(Walk *walk, Portion *portion, const Range *range)
{
    GArray *ranges = walk->reading->ranges;
    if (portion->n_ranges > 0) {
        Range *last = &g_array_index(ranges, Range, ranges->len - 1);
        if (range->offset_bytes >= last->offset_bytes + last->length_bytes &&
            merge_over_gap(walk, portion, last, range))
            return;
    }
    portion->length_bytes += range->length_bytes;
    g_array_append_val(ranges, *range);
    portion->n_ranges++;
}

static void append_to_portions(Walk *walk, const Look *look, Range range)
{
    while (range.length_bytes > 0) {
        const Piece piece = piece_at(walk, look, range.offset_bytes);
        Portion *portion = open_portion(walk);
        if (portion == NULL || !continues(walk, portion, &piece, range.offset_bytes)) {
            begin_portion(walk, &piece);
            portion = open_portion(walk);
        }
        uint64_t room_bytes = PORTION_BYTES - portion->length_bytes;
        const Range part = {range.offset_bytes,
                            MIN(MIN(range.length_bytes, room_bytes), piece.length_bytes)};
        append_range(walk, portion, &part);
        range.offset_bytes += part.length_bytes;
        range.length_bytes -= part.length_bytes;
    }
}

static void enter_missing(Walk *walk, Look *look, Range range)
{
    if (!look->entered)
        look->entry = ledger_entry(walk->run->ledger, look->path);
    look->entered = true;
    ledger_missing(walk->run->ledger, look->entry, range);
}

static void take(Walk *walk, Look *look, Range range)
{
    walk->evicted = true;
    enter_missing(walk, look, range);
    if (look->refused)
        return;
    uint64_t taken_bytes = run_take(walk->run, range.length_bytes);
    if (taken_bytes == 0)
        return;
    if (!look->begun)
        begin_target(walk, look);
    if (!look->refused)
        append_to_portions(walk, look, (Range){range.offset_bytes, taken_bytes});
}

static void walk_range(Walk *walk, Look *look, Range range)
{
    g_array_set_size(walk->missing, 0);
    uint64_t resident_bytes =
        residency_missing(walk->run->residency, look->fd, &look->st, range, false, walk->missing);
    run_count_looked(walk->run, range.length_bytes, resident_bytes);
    for (guint i = 0; i < walk->missing->len; i++)
        take(walk, look, g_array_index(walk->missing, Range, i));
}

static void walk_ranges(Walk *walk, Look *look, const GArray *ranges)
{
    for (guint i = 0; i < ranges->len && !run_cancelled(walk->run); i++) {
        Range range = g_array_index(ranges, Range, i);
        if (source_clip(&look->st, &range))
            walk_range(walk, look, range);
    }
}

static void walk_blocks(Walk *walk, Look *look, const BlockSet *blocks)
{
    Range range;
    for (uint32_t i = 0; i < blocks->n_runs && source_range(&blocks->runs[i], &look->st, &range);
         i++)
        walk_range(walk, look, range);
}

/* What of the vicinity is on disks with a head, or on others: Vicinity, borrowed from the walk. */
static GArray *vicinity_on(Walk *walk, bool rotational)
{
    if (walk->vicinity == NULL)
        walk->vicinity = vicinity_of(walk->run->plan);
    GArray *found = g_array_new(FALSE, FALSE, sizeof(Vicinity));
    for (guint i = 0; i < walk->vicinity->len; i++) {
        const Vicinity *vicinity = &g_array_index(walk->vicinity, Vicinity, i);
        const Disk *disk = storage_disk_of(walk->run->storage, vicinity->path);
        if (disk != NULL && disk->rotational == rotational)
            g_array_append_val(found, *vicinity);
    }
    return found;
}

/* The disk has to be asked for a name: then for those that follow as well, most likely. */
static void note_cold(Walk *walk)
{
    if (walk->cold)
        return;
    walk->cold = true;
    g_autoptr(GArray) lane = run_lane(walk->run, walk->at, false);
    g_autoptr(GArray) vicinity = vicinity_on(walk, false);
    walk->primer = primer_start(walk->run, lane, vicinity, (PrimerManner){PRIMERS_MAX, 0});
}

/* Names that are known hide that the blocks of their directories are not in memory any more, and
 * nothing tells that. */
static void prime_vicinity(Walk *walk)
{
    if (walk->primer == NULL && walk->evicted) {
        g_autoptr(GArray) none = g_array_new(FALSE, FALSE, sizeof(LaneItem));
        g_autoptr(GArray) vicinity = vicinity_on(walk, false);
        walk->primer = primer_start(walk->run, none, vicinity, (PrimerManner){PRIMERS_MAX, 0});
    }
    if (!walk->cold && !walk->evicted)
        return;
    g_autoptr(GArray) with_head = vicinity_on(walk, true);
    for (guint i = 0; i < with_head->len && !run_cancelled(walk->run); i++)
        (void)vicinity_visit(walk->run, &g_array_index(with_head, Vicinity, i));
}

/* Whether the helpers have it: they leave disks with a head alone. */
static bool is_primed(const Walk *walk, const PlanItem *item)
{
    return walk->primer != NULL && !storage_disk_of(walk->run->storage, item->path)->rotational;
}

/* Before the disk is asked for metadata. */
static void pause_for(const Walk *walk, const PlanItem *item)
{
    const Disk *disk = storage_disk_of(walk->run->storage, item->path);
    if (disk != NULL)
        (void)run_pause(walk->run, disk); /* what is cancelled ends with this item */
}

static void walk_directory(Walk *walk, const PlanItem *item)
{
    if (!fd_is_name_cached(item->path))
        note_cold(walk);
    if (walk->cold && !is_primed(walk, item)) {
        pause_for(walk, item);
        prime_item(walk->run, item);
    }
}

static int open_file(Walk *walk, const PlanItem *item, struct stat *ret_st)
{
    int fd = source_open_cached(item->path, ret_st);
    if (fd != -EAGAIN)
        return fd;
    note_cold(walk);
    pause_for(walk, item);
    fd = source_open(item->path, ret_st);
    if (fd >= 0 && !is_primed(walk, item))
        run_count_primed(walk->run);
    return fd;
}

static void walk_file(Walk *walk, const PlanItem *item)
{
    Look look = {.path = item->path};
    autofd fd = open_file(walk, item, &look.st);
    if (fd < 0) {
        run_skip(walk->run, item->path);
        return;
    }
    look.fd = fd;
    if (item->ranges != NULL)
        walk_ranges(walk, &look, item->ranges);
    else
        walk_blocks(walk, &look, &item->blocks);
}

void walk_item(Walk *walk, const PlanItem *item)
{
    if (!storage_is_local(walk->run->storage, item->path))
        run_skip(walk->run, item->path);
    else if (item->directory)
        walk_directory(walk, item);
    else
        walk_file(walk, item);
}

void walk_begin(Walk *walk, Run *run, Reading *reading, SortStrategy sort)
{
    *walk = (Walk){.run = run,
                   .reading = reading,
                   .sort = sort,
                   .missing = g_array_new(FALSE, FALSE, sizeof(Range)),
                   .placement = run->rules->placement};
    if (walk->placement == NULL)
        walk->placement = walk->own_placement = placement_new();
}

void walk_plan(Walk *walk)
{
    const GArray *items = walk->run->plan->items;
    for (walk->at = 0; walk->at < items->len && !run_cancelled(walk->run); walk->at++) {
        const PlanItem *item = &g_array_index(items, PlanItem, walk->at);
        /* Less than a block may still be read: to look at the rest would cost more than it could
         * bring. */
        if (run_room(walk->run) >= BLOCK_BYTES) {
            if (run_await_turn(walk->run) && run_wants(walk->run, item->path))
                walk_item(walk, item);
            continue;
        }
        primer_stop(walk->primer);
        run_leave(walk->run, item);
    }
    if (run_room(walk->run) >= BLOCK_BYTES)
        prime_vicinity(walk);
}

void walk_end(Walk *walk)
{
    g_clear_pointer(&walk->primer, primer_free);
    g_clear_pointer(&walk->vicinity, g_array_unref); /* the primer had it */
    g_array_unref(walk->missing);
    g_clear_pointer(&walk->own_placement, placement_free);
}
