/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "prefetch/seek.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "prefetch/extents.h"
#include "prefetch/source.h"

#define BLOCK_READ_BYTES 4096
#define NEAR_BYTES UINT64_C(65536)
#define FILES_MAX 256
/* Of one extent, so that one large file does not stand for the disk. */
#define PLACES_OF_EXTENT_MAX 8
/* Looks whether one is in memory, in all. */
#define LOOKS_MAX 8192
#define PLACE_STEP_BYTES (UINT64_C(256) << 10)
#define QUIET_USEC 200000
#define NAP_USEC 10000
/* What has come is counted a moment later than we are told (blk_account_io_done()). */
#define COUNTED_USEC 2000
#define TIME_MAX_USEC (2 * UINT64_C(1000000))

/* Where something may be read, with the near block behind it. */
typedef struct {
    uint64_t physical_bytes;
    uint64_t offset_bytes;
    const char *path; /* borrowed */
    ino_t ino;
} Place;

/* A measurement under way. */
typedef struct {
    const SeekSetup *setup;
    SeekReport *report;
    dev_t dev;      /* whose addresses are compared; 0: none as yet */
    GArray *places; /* Place */
    guint n_looks;
    uint64_t n_before; /* requests of the disk */
    uint64_t n_own;
    uint64_t begun_usec;
} Seek;

static int compare_times(const void *left, const void *right)
{
    const uint64_t a = *(const uint64_t *)left;
    const uint64_t b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

/* The value below which so many quarters of them are. */
static uint64_t quartile(const uint64_t *times_usec, guint n, guint quarters)
{
    uint64_t sorted[SEEK_PAIRS];
    memcpy(sorted, times_usec, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, compare_times);
    return sorted[(n - 1) * quarters / 4];
}

SeekVerdict seek_judge(const SeekTimes *times)
{
    enum { FAST = 1, SLOW = 3 };
    const uint64_t head_usec = 2000;
    const uint64_t flash_usec = 1000;
    if (times->n < SEEK_PAIRS_LEAST)
        return SEEK_UNKNOWN;
    uint64_t far_fast_usec = quartile(times->far_usec, times->n, FAST);
    uint64_t far_slow_usec = quartile(times->far_usec, times->n, SLOW);
    if (far_fast_usec >= head_usec &&
        far_fast_usec / 4 >= quartile(times->near_usec, times->n, SLOW))
        return SEEK_DEAR;
    uint64_t near_fast_usec = quartile(times->near_usec, times->n, FAST);
    if (far_slow_usec < flash_usec || far_slow_usec <= near_fast_usec + near_fast_usec / 4)
        return SEEK_FREE;
    return SEEK_UNKNOWN;
}

void seek_typical(const SeekTimes *times, uint64_t *ret_far_usec, uint64_t *ret_near_usec)
{
    *ret_far_usec = times->n > 0 ? quartile(times->far_usec, times->n, 2) : 0;
    *ret_near_usec = times->n > 0 ? quartile(times->near_usec, times->n, 2) : 0;
}

static bool is_cancelled(const Seek *seek)
{
    return g_atomic_int_get(seek->setup->cancel) != 0;
}

static uint64_t now_of(const Seek *seek)
{
    return seek->setup->host.now_usec(seek->setup->host.data);
}

static bool is_absent(Seek *seek, int fd, const struct stat *st, uint64_t offset_bytes)
{
    if (seek->n_looks++ >= LOOKS_MAX)
        return false;
    g_autoptr(GArray) missing = g_array_new(FALSE, FALSE, sizeof(Range));
    return residency_missing(seek->setup->residency, fd, st,
                             (Range){offset_bytes, BLOCK_READ_BYTES}, true, missing) == 0;
}

static void add_places(Seek *seek, const char *path, int fd, const struct stat *st,
                       const Extent *extent)
{
    const uint64_t needed_bytes = NEAR_BYTES + BLOCK_READ_BYTES;
    uint64_t end_bytes = MIN(extent->logical_bytes + extent->length_bytes, (uint64_t)st->st_size);
    uint64_t at_bytes = extent->logical_bytes;
    if (at_bytes % BLOCK_READ_BYTES != 0)
        return;
    for (guint i = 0; i < PLACES_OF_EXTENT_MAX && at_bytes + needed_bytes <= end_bytes; i++) {
        const Place place = {extent->physical_bytes + (at_bytes - extent->logical_bytes), at_bytes,
                             path, st->st_ino};
        if (is_absent(seek, fd, st, at_bytes) && is_absent(seek, fd, st, at_bytes + NEAR_BYTES))
            g_array_append_val(seek->places, place);
        at_bytes += PLACE_STEP_BYTES;
    }
}

static bool is_on(const Disk *disk, const Disk *other)
{
    return other != NULL && other->major == disk->major && other->minor == disk->minor;
}

static void look_at_file(Seek *seek, const char *path)
{
    struct stat st;
    autofd fd = source_open_cached(path, &st);
    if (fd < 0 || source_is_direct(fd) || !residency_tells(seek->setup->residency, &st) ||
        !is_on(&seek->report->disk, storage_disk(seek->setup->storage, st.st_dev, path)))
        return;
    if (seek->dev == 0)
        seek->dev = st.st_dev;
    if (seek->dev != st.st_dev)
        return;
    g_autoptr(GArray) extents = g_array_new(FALSE, FALSE, sizeof(Extent));
    (void)extents_map(fd, extents); /* nothing is known of it: then it has no places */
    for (guint i = 0; i < extents->len; i++)
        add_places(seek, path, fd, &st, &g_array_index(extents, Extent, i));
}

static gint compare_places(gconstpointer left, gconstpointer right)
{
    const Place *a = left;
    const Place *b = right;
    return (a->physical_bytes > b->physical_bytes) - (a->physical_bytes < b->physical_bytes);
}

static uint64_t place_at(const Seek *seek, guint index)
{
    return g_array_index(seek->places, Place, index).physical_bytes;
}

/* Into `path`, in turns from the first and the last third; false if there are too few, or the
 * thirds are too near to one another. */
static bool choose_places(const Seek *seek, Place *path)
{
    const guint n = seek->places->len;
    const guint n_third = n / 3;
    if (n_third < SEEK_PAIRS / 2)
        return false;
    g_array_sort(seek->places, compare_places);
    if (place_at(seek, n - n_third) - place_at(seek, n_third - 1) < seek->setup->way_bytes)
        return false;
    for (guint i = 0; i < SEEK_PAIRS / 2; i++) {
        guint index = i * n_third / (SEEK_PAIRS / 2);
        path[2 * i] = g_array_index(seek->places, Place, index);
        path[2 * i + 1] = g_array_index(seek->places, Place, n - n_third + index);
    }
    return true;
}

static bool find_places(Seek *seek, const GPtrArray *paths, guint from, Place *ret_path)
{
    guint n_files = 0;
    for (guint i = 0; i < paths->len && n_files < FILES_MAX && !is_cancelled(seek); i++) {
        const char *path = paths->pdata[(from + i) % paths->len];
        if (!is_on(&seek->report->disk, storage_disk_of(seek->setup->storage, path)))
            continue;
        look_at_file(seek, path);
        n_files++;
    }
    return choose_places(seek, ret_path);
}

/* False if the disk does not tell. */
static bool ask_disk(const Seek *seek, Diskstat *ret)
{
    const LimiterHost *host = &seek->setup->host;
    return host->disk(host->data, seek->report->disk.major, seek->report->disk.minor, ret);
}

static void nap(const Seek *seek, uint64_t usec)
{
    seek->setup->host.sleep(seek->setup->host.data, usec);
}

/* Whether the disk does nothing but what we asked for. */
static SeekOutcome listen(const Seek *seek)
{
    Diskstat stat;
    if (!ask_disk(seek, &stat))
        return SEEK_UNSURE;
    if (stat.n_in_flight > 0) {
        nap(seek, COUNTED_USEC);
        if (!ask_disk(seek, &stat))
            return SEEK_UNSURE;
    }
    bool alone = stat.n_in_flight == 0 && stat.n_requests - seek->n_before <= seek->n_own;
    return is_cancelled(seek) ? SEEK_CANCELLED : alone ? SEEK_MEASURED : SEEK_BUSY;
}

static SeekOutcome await_quiet(Seek *seek)
{
    Diskstat stat;
    if (!ask_disk(seek, &stat))
        return SEEK_UNSURE;
    seek->n_before = stat.n_requests;
    SeekOutcome outcome = SEEK_MEASURED;
    for (uint64_t usec = 0; usec < QUIET_USEC && outcome == SEEK_MEASURED; usec += NAP_USEC) {
        nap(seek, NAP_USEC);
        outcome = listen(seek);
    }
    return outcome;
}

/* In the same file that was looked at, or it fails: nothing is read that was not meant. */
static int open_place(const Seek *seek, const Place *place)
{
    struct stat st;
    autofd fd = source_open_cached(place->path, &st);
    if (fd < 0)
        return fd;
    if (st.st_dev != seek->dev || st.st_ino != place->ino)
        return -ESTALE;
    (void)posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM); /* for where there is no O_DIRECT */
    int flags = fcntl(fd, F_GETFL);
    if (flags >= 0)
        (void)fcntl(fd, F_SETFL, flags | O_DIRECT); /* not every file system can */
    return fd_steal(&fd);
}

int seek_read_block(gpointer data, int fd, uint64_t offset_bytes)
{
    (void)data;
    /* As O_DIRECT wants it aligned. */
    g_autofree char *room = g_malloc(2 * (size_t)BLOCK_READ_BYTES);
    char *block = room + BLOCK_READ_BYTES - (uintptr_t)room % BLOCK_READ_BYTES;
    ssize_t n = pread(fd, block, BLOCK_READ_BYTES, (off_t)offset_bytes);
    return n == BLOCK_READ_BYTES ? 0 : -EIO;
}

static SeekOutcome time_block(Seek *seek, int fd, uint64_t offset_bytes, uint64_t *ret_usec)
{
    const SeekSetup *setup = seek->setup;
    SeekOutcome outcome = listen(seek);
    if (outcome != SEEK_MEASURED)
        return outcome;
    uint64_t begun_usec = now_of(seek);
    int r = setup->read(setup->read_data, fd, offset_bytes);
    *ret_usec = now_of(seek) - begun_usec;
    seek->n_own++;
    return r == 0 ? SEEK_MEASURED : SEEK_FAILED;
}

static SeekOutcome time_pair(Seek *seek, const Place *place)
{
    SeekTimes *times = &seek->report->times;
    autofd fd = open_place(seek, place);
    if (fd < 0)
        return SEEK_FAILED;
    SeekOutcome outcome = time_block(seek, fd, place->offset_bytes, &times->far_usec[times->n]);
    if (outcome == SEEK_MEASURED)
        outcome =
            time_block(seek, fd, place->offset_bytes + NEAR_BYTES, &times->near_usec[times->n]);
    times->n += outcome == SEEK_MEASURED ? 1 : 0;
    return outcome;
}

/* All that we asked for came from that disk, and nothing else did. */
static SeekOutcome check_count(const Seek *seek)
{
    Diskstat stat;
    nap(seek, COUNTED_USEC);
    if (!ask_disk(seek, &stat) || stat.n_requests - seek->n_before < seek->n_own)
        return SEEK_UNSURE;
    return stat.n_requests - seek->n_before == seek->n_own ? SEEK_MEASURED : SEEK_BUSY;
}

static SeekOutcome time_all(Seek *seek, const Place *places)
{
    SeekOutcome outcome = await_quiet(seek);
    seek->begun_usec = now_of(seek);
    for (guint i = 0; i < SEEK_PAIRS && outcome == SEEK_MEASURED; i++) {
        if (now_of(seek) - seek->begun_usec > TIME_MAX_USEC)
            break;
        outcome = time_pair(seek, &places[i]);
    }
    return outcome == SEEK_MEASURED ? check_count(seek) : outcome;
}

/* The first disk that was not measured; NULL: none. */
static const Disk *choose_disk(const GPtrArray *paths, guint from, const SeekSetup *setup)
{
    bool has_head = false;
    for (guint i = 0; i < paths->len; i++) {
        const Disk *disk = storage_disk_of(setup->storage, paths->pdata[(from + i) % paths->len]);
        if (disk != NULL && disk->major != 0 &&
            !heads_find(setup->heads, disk->major, disk->minor, disk->identity, &has_head))
            return disk;
    }
    return NULL;
}

void seek_measure(const GPtrArray *paths, guint from, const SeekSetup *setup,
                  SeekReport *ret_report)
{
    Place places[SEEK_PAIRS];
    *ret_report = (SeekReport){.outcome = SEEK_NOTHING};
    storage_refresh(setup->storage);
    const Disk *disk = choose_disk(paths, from, setup);
    if (disk == NULL)
        return;
    ret_report->disk = *disk;
    Seek seek = {
        .setup = setup, .report = ret_report, .places = g_array_new(FALSE, FALSE, sizeof(Place))};
    ret_report->outcome =
        find_places(&seek, paths, from, places) ? time_all(&seek, places) : SEEK_NOWHERE;
    if (ret_report->outcome == SEEK_MEASURED)
        ret_report->verdict = seek_judge(&ret_report->times);
    g_array_unref(seek.places);
}
