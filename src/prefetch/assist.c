/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "prefetch/assist.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "prefetch/flight.h"
#include "prefetch/prime.h"
#include "prefetch/reading.h"
#include "prefetch/source.h"

/* Threads that look names up: each waits for one block of the disk at a time, so that only several
 * make use of a disk without a head, and metadata keeps its share beside the data. */
#define PRIMERS_MAX 8
/* The program waits for metadata as it does for data, of one file after the other. Were all names
 * looked up first, a disk of 3000 requests a second would have no data to spare for the first third
 * of a launch of Python with its thousand modules. */
#define PRIMERS_AHEAD 64
/* Items whose data is sorted together on a disk with a head: what is wanted first shall not wait
 * for the metadata of all. */
#define BATCH_ITEMS 64

/* What is shared by those who ask for data on disks without a head. */
typedef struct {
    Run *run;
    GArray *lane;   /* LaneItem */
    Primer *primer; /* looks up the metadata; NULL: nobody else does */
    int next;       /* g_atomic_int: the next item to take */
} Assist;

/* One of them. */
typedef struct {
    Run *run;
    GArray *missing; /* Range, of one run of blocks */
    Flight flight;
} Hand;

/* The file that is being read. */
typedef struct {
    int fd;
    GRefString *path;
    struct stat st;
    const Disk *disk;
    guint entry; /* in the ledger */
    bool entered;
    bool begun;
    bool refused; /* not in the page cache, or the kernel does not want to */
} Book;

/* All of it, without waiting. */
static bool is_resident(Run *run, const PlanItem *item, int fd, const struct stat *st,
                        GArray *missing)
{
    uint64_t planned_bytes = 0;
    Range range;
    for (uint32_t i = 0; i < item->blocks.n_runs && source_range(&item->blocks.runs[i], st, &range);
         i++) {
        (void)residency_missing(run->residency, fd, st, range, false, missing);
        if (missing->len > 0)
            return false;
        planned_bytes += range.length_bytes;
    }
    run_count_looked(run, planned_bytes, planned_bytes);
    return true;
}

static bool is_warm(Run *run, const PlanItem *item, GArray *missing)
{
    struct stat st;
    if (!storage_is_local(run->storage, item->path)) {
        run_skip(run, item->path);
        return true;
    }
    /* A directory counts as in memory until something is found that is not: whether its blocks are
     * is not told, and to list it is dear. */
    if (item->blocks.n_runs == 0)
        return fd_is_name_cached(item->path);
    autofd fd = source_open_cached(item->path, &st);
    if (fd == -EAGAIN)
        return false;
    if (fd >= 0)
        return is_resident(run, item, fd, &st, missing);
    run_skip(run, item->path);
    return true;
}

/* Index of the first item that is not in memory. */
static guint skip_warm(Run *run)
{
    g_autoptr(GArray) missing = g_array_new(FALSE, FALSE, sizeof(Range));
    const GArray *items = run->plan->items;
    guint i = 0;
    while (i < items->len && !run_cancelled(run) &&
           is_warm(run, &g_array_index(items, PlanItem, i), missing))
        i++;
    return i;
}

static void after_request(gpointer data, int fd, Range request)
{
    Hand *hand = data;
    flight_add(&hand->flight, fd, request);
}

static void begin_book(const Hand *hand, Book *book)
{
    book->begun = true;
    book->refused = source_is_direct(book->fd);
    if (!book->refused)
        run_count_file(hand->run, book->entry);
}

static void read_range(Hand *hand, Book *book, Range range)
{
    Run *run = hand->run;
    if (!book->entered)
        book->entry = ledger_entry(run->ledger, book->path);
    book->entered = true;
    ledger_missing(run->ledger, book->entry, range);
    if (!book->begun)
        begin_book(hand, book);
    if (book->refused)
        return;
    range.length_bytes = run_take(run, range.length_bytes);
    if (!residency_tells(run->residency, &book->st))
        run_count_untold(run, range.length_bytes);
    book->refused =
        !run_request(run, book->entry, book->fd, range, book->disk, after_request, hand);
    run_count_failed(run, book->refused ? 1 : 0);
}

static void read_book(Hand *hand, Book *book, const BlockSet *blocks)
{
    Run *run = hand->run;
    Range range;
    for (uint32_t i = 0; i < blocks->n_runs && source_range(&blocks->runs[i], &book->st, &range);
         i++) {
        g_array_set_size(hand->missing, 0);
        uint64_t resident_bytes =
            residency_missing(run->residency, book->fd, &book->st, range, false, hand->missing);
        run_count_looked(run, range.length_bytes, resident_bytes);
        for (guint j = 0; j < hand->missing->len && !run_cancelled(run); j++)
            read_range(hand, book, g_array_index(hand->missing, Range, j));
    }
}

static void read_item(Hand *hand, const LaneItem *entry)
{
    const PlanItem *item = entry->item;
    if (!run_wants(hand->run, item->path))
        return;
    if (run_room(hand->run) < BLOCK_BYTES) {
        run_leave(hand->run, item);
        return;
    }
    Book book = {.path = item->path, .disk = entry->disk};
    autofd fd = source_open(item->path, &book.st);
    if (fd < 0) {
        run_skip(hand->run, item->path);
        return;
    }
    book.fd = fd;
    read_book(hand, &book, &item->blocks);
}

/* A thread: takes items until there are no more. */
static gpointer read_shared(gpointer data)
{
    Assist *assist = data;
    Hand hand = {.run = assist->run, .missing = g_array_new(FALSE, FALSE, sizeof(Range))};
    while (!run_cancelled(assist->run)) {
        guint index = (guint)g_atomic_int_add(&assist->next, 1);
        if (index >= assist->lane->len)
            break;
        primer_advance(assist->primer, index);
        const LaneItem *entry = &g_array_index(assist->lane, LaneItem, index);
        if (entry->item->blocks.n_runs > 0)
            read_item(&hand, entry);
        else if (assist->primer == NULL)
            prime_item(assist->run, entry->item);
    }
    flight_clear(&hand.flight);
    g_array_unref(hand.missing);
    return NULL;
}

static void read_batch(Walk *walk, const GArray *lane, guint from)
{
    guint to = MIN(lane->len, from + BATCH_ITEMS);
    reading_empty(walk->reading);
    for (guint i = from; i < to && !run_cancelled(walk->run); i++) {
        const PlanItem *item = g_array_index(lane, LaneItem, i).item;
        if (run_room(walk->run) >= BLOCK_BYTES)
            walk_item(walk, item);
        else
            run_leave(walk->run, item);
    }
    (void)order_portions(walk->reading, walk->sort);
    submit_unverified(walk->run, walk->reading);
}

/* One head can be at one place only. */
static void read_with_head(Run *run, guint from)
{
    g_autoptr(GArray) lane = run_lane(run, from, true);
    Reading reading = reading_make();
    Walk walk;
    walk_begin(&walk, run, &reading, SORT_BLOCK);
    walk.cold = true; /* no helpers; directories are listed */
    for (guint i = 0; i < lane->len && !run_cancelled(run); i += BATCH_ITEMS)
        read_batch(&walk, lane, i);
    walk_end(&walk);
    reading_clear(&reading);
}

/* What is in no lane. */
static void skip_elsewhere(Run *run, guint from)
{
    for (guint i = from; i < run->plan->items->len; i++) {
        const PlanItem *item = &g_array_index(run->plan->items, PlanItem, i);
        if (!storage_is_local(run->storage, item->path))
            run_skip(run, item->path);
    }
}

static void read_from(Run *run, guint from)
{
    g_autoptr(GArray) lane = run_lane(run, from, false);
    g_autoptr(Primer) primer =
        primer_start(run, lane, NULL, (PrimerManner){PRIMERS_MAX, PRIMERS_AHEAD});
    Assist assist = {.run = run, .lane = lane, .primer = primer};
    /* Two: while one waits for what it has on its way, or for metadata, the other goes on. */
    GThread *helper = NULL;
    if (lane->len > 1 && run->rules->maxprocs > 0)
        helper = run_start_helper(run, "assist", read_shared, &assist);
    read_with_head(run, from);
    (void)read_shared(&assist);
    skip_elsewhere(run, from);
    if (helper != NULL)
        (void)g_thread_join(helper);
}

void assist_run(Run *run)
{
    if (run_room(run) < BLOCK_BYTES) {
        for (guint i = 0; i < run->plan->items->len; i++)
            run_leave(run, &g_array_index(run->plan->items, PlanItem, i));
        return;
    }
    guint from = skip_warm(run);
    if (from < run->plan->items->len && !run_cancelled(run))
        read_from(run, from);
}
