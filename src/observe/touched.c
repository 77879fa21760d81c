/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/touched.h"
#include "base/clock.h"
#include "base/fd.h"
#include <errno.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* linux/fs.h of Linux 6.7: struct pm_scan_arg, struct page_region and the ioctl; older headers do
 * not have them. */
typedef struct {
    uint64_t size_bytes;
    uint64_t flags;
    uint64_t start;
    uint64_t end;
    uint64_t walk_end;
    uint64_t regions;
    uint64_t n_regions;
    uint64_t max_pages;
    uint64_t inverted;
    uint64_t all_of;
    uint64_t any_of;
    uint64_t told;
} ScanArgument;

typedef struct {
    uint64_t start;
    uint64_t end;
    uint64_t categories;
} PageRegion;

#define IOCTL_SCAN _IOWR('f', 16, ScanArgument)
#define IS_PRESENT (UINT64_C(1) << 3)
#define IS_SWAPPED (UINT64_C(1) << 4)

/* The same in a read entry. */
#define ENTRY_PRESENT (UINT64_C(1) << 63)
#define ENTRY_SWAPPED (UINT64_C(1) << 62)

/* One answer of the kernel: 2,048 pages in entries, 682 regions. */
#define ANSWER_BYTES ((size_t)16 << 10)
#define ANSWER_ENTRIES (ANSWER_BYTES / sizeof(uint64_t))
#define ANSWER_REGIONS (ANSWER_BYTES / sizeof(PageRegion))

/* The kernel holds the process's mmap lock while it walks its page tables: 1 ms at most for so
 * much, when each table was made only to be found empty. */
#define SCAN_STEP_BYTES (UINT64_C(4) << 30)
/* Spans that are so near to each other are asked for in one go: a call costs as much as 100 KiB of
 * touched pages between them. */
#define SCAN_GAP_BYTES (UINT64_C(1) << 20)
/* All that a process can have on x86-64 and arm64 with four levels of page tables, twice. */
#define SCAN_TOTAL_BYTES (UINT64_C(256) << 40)
/* An entry of nothing takes 3 ns as well: 0.2 s for all of it. */
#define READ_TOTAL_BYTES (UINT64_C(256) << 30)

struct Touched {
    ProcRoot *root;
    TouchedMode mode;
    uint64_t page_bytes;
    union {
        uint64_t entries[ANSWER_ENTRIES];
        PageRegion regions[ANSWER_REGIONS];
    } answer;
};

Touched *touched_new_mode(ProcRoot *root, TouchedMode mode)
{
    Touched *touched = g_new0(Touched, 1);
    touched->root = root;
    touched->mode = mode;
    touched->page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
    return touched;
}

/* Nothing is asked of ourselves; who does not have the ioctl says ENOTTY. */
static bool probe_scan(ProcRoot *root)
{
    ScanArgument argument = {.size_bytes = sizeof argument};
    autofd fd = proc_open(root, (uint32_t)getpid(), "pagemap");
    return fd >= 0 && ioctl(fd, IOCTL_SCAN, &argument) == 0;
}

Touched *touched_new(ProcRoot *root)
{
    return touched_new_mode(root, probe_scan(root) ? TOUCHED_SCAN : TOUCHED_READ);
}

void touched_free(Touched *touched)
{
    g_free(touched);
}

TouchedMode touched_mode(const Touched *touched)
{
    return touched->mode;
}

/* One look. */
typedef struct {
    Touched *touched;
    const GArray *spans;
    GArray *blocks;
    TouchedPlace place;
    uint64_t left_bytes; /* to look at till the bound */
    int fd;
} Walk;

static int read_entries(const Walk *walk, uint64_t address, size_t n)
{
    Touched *touched = walk->touched;
    off_t offset = (off_t)(address / touched->page_bytes * sizeof(uint64_t));
    ssize_t got = 0;
    do
        got = pread(walk->fd, touched->answer.entries, n * sizeof(uint64_t), offset);
    while (got < 0 && errno == EINTR);
    return got < 0 ? -errno : (int)((size_t)got / sizeof(uint64_t));
}

/*
 * Whether there is an address space: of a process that has ended a read tells nothing
 * (fs/proc/task_mmu.c, pagemap_read()). To be asked before PAGEMAP_SCAN: from Linux 6.7 to 6.15 it
 * crashes the kernel when the descriptor was opened while the process was ending, so that it has no
 * address space at all; one that was open in time keeps it.
 */
static int check_alive(const Walk *walk)
{
    int got = read_entries(walk, g_array_index(walk->spans, Span, 0).address, 1);
    return got == 0 ? -ESRCH : MIN(got, 0);
}

/* Pages [start, end) are touched; the last one may lie behind the end of the file in part. */
static void add_pages(const Walk *walk, const Span *span, uint64_t start, uint64_t end)
{
    BlockSet *set = &g_array_index(walk->blocks, BlockSet, span->region);
    uint64_t from_bytes = start - span->address;
    uint64_t to_bytes = MIN(end - span->address, span->length_bytes);
    if (start >= span->address && from_bytes < to_bytes)
        (void)block_set_add_bytes(set, span->offset_bytes + from_bytes, to_bytes - from_bytes);
}

static uint64_t whole_pages(const Touched *touched, uint64_t length_bytes)
{
    return (length_bytes + touched->page_bytes - 1) / touched->page_bytes * touched->page_bytes;
}

static uint64_t end_of(const Walk *walk, guint i)
{
    const Span *span = &g_array_index(walk->spans, Span, i);
    return span->address + whole_pages(walk->touched, span->length_bytes);
}

/* Where to stop that goes on at `start`: at the end of the last of the spans that lie close
 * together. */
static uint64_t end_of_run(const Walk *walk, uint64_t start)
{
    uint64_t end = end_of(walk, walk->place.span);
    for (guint i = walk->place.span + 1; i < walk->spans->len; i++) {
        uint64_t next = g_array_index(walk->spans, Span, i).address;
        if (next < end || next - end > SCAN_GAP_BYTES)
            break;
        end = end_of(walk, i);
    }
    return MIN(end, start + MIN(SCAN_STEP_BYTES, walk->left_bytes));
}

/* What lies between spans is not ours. */
static void add_to_spans(const Walk *walk, const PageRegion *region)
{
    for (guint i = walk->place.span; i < walk->spans->len; i++) {
        const Span *span = &g_array_index(walk->spans, Span, i);
        if (span->address >= region->end)
            return;
        add_pages(walk, span, MAX(region->start, span->address), MIN(region->end, end_of(walk, i)));
    }
}

static void go_to(Walk *walk, uint64_t address)
{
    while (walk->place.span < walk->spans->len && end_of(walk, walk->place.span) <= address)
        walk->place.span++;
    walk->place.offset_bytes = 0;
    if (walk->place.span < walk->spans->len)
        walk->place.offset_bytes =
            address - MIN(g_array_index(walk->spans, Span, walk->place.span).address, address);
}

static int scan_step(Walk *walk, uint64_t start)
{
    PageRegion *regions = walk->touched->answer.regions;
    ScanArgument argument = {
        .size_bytes = sizeof argument,
        .start = start,
        .end = end_of_run(walk, start),
        .regions = (uintptr_t)regions,
        .n_regions = ANSWER_REGIONS,
        .any_of = IS_PRESENT | IS_SWAPPED,
    };
    int n = ioctl(walk->fd, IOCTL_SCAN, &argument);
    if (n < 0)
        return -errno;
    for (int i = 0; i < n; i++)
        add_to_spans(walk, &regions[i]);
    if (argument.walk_end <= start || argument.walk_end > argument.end)
        return -EIO;
    walk->left_bytes -= MIN(walk->left_bytes, argument.walk_end - start);
    go_to(walk, argument.walk_end);
    return 0;
}

static bool is_touched(uint64_t entry)
{
    return (entry & (ENTRY_PRESENT | ENTRY_SWAPPED)) != 0;
}

/* How many bytes of the span, in whole pages, it has done. */
static int64_t read_pages(const Walk *walk, const Span *span, uint64_t start, uint64_t length_bytes)
{
    const uint64_t *entries = walk->touched->answer.entries;
    uint64_t page_bytes = walk->touched->page_bytes;
    int n = read_entries(walk, start, (size_t)MIN(length_bytes / page_bytes, ANSWER_ENTRIES));
    if (n <= 0)
        return n == 0 ? -ESRCH : n;
    for (int i = 0, first = 0; i < n; first = ++i) {
        while (i < n && is_touched(entries[i]))
            i++;
        if (i > first)
            add_pages(walk, span, start + (uint64_t)first * page_bytes,
                      start + (uint64_t)i * page_bytes);
    }
    return (int64_t)((uint64_t)n * page_bytes);
}

static int read_step(Walk *walk, uint64_t start)
{
    const Span *span = &g_array_index(walk->spans, Span, walk->place.span);
    int64_t step_bytes = read_pages(walk, span, start, end_of(walk, walk->place.span) - start);
    if (step_bytes < 0)
        return (int)step_bytes;
    walk->left_bytes -= MIN(walk->left_bytes, (uint64_t)step_bytes);
    go_to(walk, start + (uint64_t)step_bytes);
    return 0;
}

/* Goes on by one step, which is all or a part of what is left of a span, or of several. */
static int take_step(Walk *walk)
{
    uint64_t start =
        g_array_index(walk->spans, Span, walk->place.span).address + walk->place.offset_bytes;
    if (start >= end_of(walk, walk->place.span)) {
        walk->place = (TouchedPlace){walk->place.span + 1, 0};
        return 0;
    }
    return walk->touched->mode == TOUCHED_SCAN ? scan_step(walk, start) : read_step(walk, start);
}

static bool at_end(const Walk *walk)
{
    return walk->place.span >= walk->spans->len || walk->left_bytes == 0;
}

/* What may be looked at from the place on. */
static uint64_t bytes_left(const Walk *walk)
{
    uint64_t total_bytes =
        walk->touched->mode == TOUCHED_SCAN ? SCAN_TOTAL_BYTES : READ_TOTAL_BYTES;
    uint64_t done_bytes = walk->place.offset_bytes;
    for (guint i = 0; i < walk->place.span && i < walk->spans->len && done_bytes < total_bytes; i++)
        done_bytes +=
            MIN(g_array_index(walk->spans, Span, i).length_bytes, total_bytes - done_bytes);
    return total_bytes - MIN(done_bytes, total_bytes);
}

static int walk_slice(Walk *walk, uint64_t slice_usec)
{
    uint64_t begin_usec = clock_awake_usec(&clock_system);
    do {
        int error = take_step(walk);
        if (error < 0)
            return error;
    } while (!at_end(walk) && clock_awake_usec(&clock_system) - begin_usec < slice_usec);
    /* A process that has ended has nothing touched. */
    int error = check_alive(walk);
    return error < 0 ? error : at_end(walk);
}

int touched_look(Touched *touched, uint32_t pid, const Mappings *mappings, uint64_t slice_usec,
                 TouchedPlace *place, GArray *blocks)
{
    Walk walk = {touched, mappings->spans, blocks, *place, 0, -1};
    walk.left_bytes = bytes_left(&walk);
    if (at_end(&walk))
        return 1;
    autofd fd = proc_open(touched->root, pid, "pagemap");
    if (fd < 0)
        return fd;
    walk.fd = fd;
    int error = check_alive(&walk);
    if (error < 0)
        return error;
    int result = walk_slice(&walk, slice_usec);
    *place = walk.place;
    return result;
}
