/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/residency.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The same number wherever Linux runs but on alpha; older headers do not have it. */
#ifndef SYS_cachestat
#define SYS_cachestat 451
#endif

/*
 * Pages asked for by one mincore(2): its answer is a byte each. 16,384 are 64 MiB of address space,
 * which is all that a daemon with a small limit of it can be asked for.
 */
#define WINDOW_PAGES 16384

struct Residency {
    uint64_t page_bytes;
    uid_t euid;
    bool may_ask_all; /* CAP_FOWNER */
    bool has_cachestat;
};

/* linux/mman.h, struct cachestat_range and struct cachestat, of Linux 6.5. */
typedef struct {
    uint64_t offset_bytes;
    uint64_t length_bytes;
} CacheRange;

typedef struct {
    uint64_t n_cached;
    uint64_t n_dirty;
    uint64_t n_writeback;
    uint64_t n_evicted;
    uint64_t n_recently_evicted;
} CacheCounts;

static long cachestat_call(int fd, const CacheRange *range, CacheCounts *ret)
{
    return syscall(SYS_cachestat, fd, range, ret, 0);
}

/* The descriptor is looked at first (mm/filemap.c): EBADF is the answer of a kernel that has it. */
static bool probe_cachestat(void)
{
    const CacheRange range = {0, 0};
    CacheCounts counts;
    return cachestat_call(-1, &range, &counts) != 0 && errno == EBADF;
}

static bool probe_fowner(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {0};
    return syscall(SYS_capget, &header, sets) == 0 &&
           (sets[CAP_TO_INDEX(CAP_FOWNER)].effective & CAP_TO_MASK(CAP_FOWNER)) != 0;
}

Residency *residency_new(void)
{
    Residency *residency = g_new0(Residency, 1);
    residency->page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
    residency->euid = geteuid();
    residency->may_ask_all = probe_fowner();
    residency->has_cachestat = probe_cachestat();
    return residency;
}

void residency_free(Residency *residency)
{
    g_free(residency);
}

/*
 * A file that we may only write is told as well, but whether we may (read-only mounts, immutable
 * files, access control lists) its mode does not say. To claim too little is the safe side.
 */
bool residency_tells(const Residency *residency, const struct stat *st)
{
    return residency->may_ask_all || st->st_uid == residency->euid;
}

/* A stretch of whole pages, but for the end of the file, and where the holes in it are noted. */
typedef struct {
    uint64_t page_bytes;
    uint64_t end_bytes; /* nothing counts from here on */
    GArray *missing;
    guint first_own; /* what was in `missing` before may be of other files */
} Scan;

static void note_missing(const Scan *scan, uint64_t offset_bytes, uint64_t length_bytes)
{
    if (scan->missing->len > scan->first_own) {
        Range *last = &g_array_index(scan->missing, Range, scan->missing->len - 1);
        if (last->offset_bytes + last->length_bytes == offset_bytes) {
            last->length_bytes += length_bytes;
            return;
        }
    }
    const Range range = {offset_bytes, length_bytes};
    g_array_append_val(scan->missing, range);
}

/* Bytes of the page at offset_bytes that count: the last one of a file is short. */
static uint64_t page_length(const Scan *scan, uint64_t offset_bytes)
{
    return MIN(scan->page_bytes, scan->end_bytes - offset_bytes);
}

static uint64_t judge_pages(const Scan *scan, uint64_t offset_bytes, const unsigned char *in_core,
                            size_t n_pages)
{
    uint64_t resident_bytes = 0;
    for (size_t i = 0; i < n_pages; i++) {
        uint64_t at_bytes = offset_bytes + i * scan->page_bytes;
        uint64_t length_bytes = page_length(scan, at_bytes);
        if ((in_core[i] & 1) != 0)
            resident_bytes += length_bytes;
        else
            note_missing(scan, at_bytes, length_bytes);
    }
    return resident_bytes;
}

/* Maps but never touches the file: it may be cut short at any time. */
static bool ask_mincore(int fd, uint64_t offset_bytes, size_t length_bytes, unsigned char *in_core)
{
    void *window = mmap(NULL, length_bytes, PROT_READ, MAP_SHARED, fd, (off_t)offset_bytes);
    if (window == MAP_FAILED)
        return false;
    bool told = mincore(window, length_bytes, in_core) == 0;
    (void)munmap(window, length_bytes); /* cannot fail for what mmap() returned */
    return told;
}

static uint64_t scan_pages(const Scan *scan, int fd, uint64_t offset_bytes)
{
    unsigned char in_core[WINDOW_PAGES];
    const uint64_t window_bytes = WINDOW_PAGES * scan->page_bytes;
    uint64_t resident_bytes = 0;
    for (uint64_t at = offset_bytes; at < scan->end_bytes; at += window_bytes) {
        uint64_t length_bytes = MIN(window_bytes, scan->end_bytes - at);
        size_t n_pages = (size_t)((length_bytes + scan->page_bytes - 1) / scan->page_bytes);
        if (ask_mincore(fd, at, (size_t)length_bytes, in_core))
            resident_bytes += judge_pages(scan, at, in_core, n_pages);
        else
            note_missing(scan, at, length_bytes);
    }
    return resident_bytes;
}

typedef enum { CACHED_NONE, CACHED_SOME, CACHED_ALL, CACHED_UNKNOWN, CACHED_REFUSED } Cached;

static Cached count_cached(const Residency *residency, int fd, const Range *range)
{
    if (!residency->has_cachestat)
        return CACHED_UNKNOWN;
    const CacheRange asked = {range->offset_bytes, range->length_bytes};
    CacheCounts counts;
    if (cachestat_call(fd, &asked, &counts) != 0)
        return errno == EPERM ? CACHED_REFUSED : CACHED_UNKNOWN;
    if (counts.n_cached == 0)
        return CACHED_NONE;
    uint64_t n_pages = (range->length_bytes + residency->page_bytes - 1) / residency->page_bytes;
    return counts.n_cached >= n_pages ? CACHED_ALL : CACHED_SOME;
}

/* Cut at the end of the file, begun at a page. */
static Range clip(const Residency *residency, const struct stat *st, Range range)
{
    uint64_t size_bytes = st->st_size > 0 ? (uint64_t)st->st_size : 0;
    uint64_t before_bytes = range.offset_bytes % residency->page_bytes;
    uint64_t offset_bytes = range.offset_bytes - before_bytes;
    if (offset_bytes >= size_bytes || range.length_bytes == 0)
        return (Range){offset_bytes, 0};
    uint64_t room_bytes = size_bytes - offset_bytes;
    bool whole = range.length_bytes >= room_bytes; /* told first: the sum below cannot overflow */
    return (Range){offset_bytes,
                   whole ? room_bytes : MIN(room_bytes, range.length_bytes + before_bytes)};
}

uint64_t residency_missing(const Residency *residency, int fd, const struct stat *st, Range range,
                           bool settled, GArray *missing)
{
    range = clip(residency, st, range);
    if (range.length_bytes == 0)
        return 0;
    const Scan scan = {residency->page_bytes, range.offset_bytes + range.length_bytes, missing,
                       missing->len};
    Cached cached =
        residency_tells(residency, st) ? count_cached(residency, fd, &range) : CACHED_REFUSED;
    switch (cached) {
    case CACHED_NONE:
    case CACHED_REFUSED:
        note_missing(&scan, range.offset_bytes, range.length_bytes);
        return 0;
    case CACHED_ALL:
        /* cachestat() also counts pages that are still being read. */
        return settled ? scan_pages(&scan, fd, range.offset_bytes) : range.length_bytes;
    case CACHED_SOME:
    case CACHED_UNKNOWN:
        return scan_pages(&scan, fd, range.offset_bytes);
    }
    g_assert_not_reached();
}
