/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "prefetch/prime.h"

#include <errno.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/fd.h"
#include "prefetch/extents.h"
#include "prefetch/source.h"

/* Of one directory: some 65,536 entries. A launch that lists more does something else, too. */
#define LISTING_MAX_BYTES (UINT64_C(4) << 20)
/* As much as readdir(3) of glibc takes at once. */
#define LISTING_BYTES 32768
/* One thread more for so many names: a thread costs as much as looking up a few that are known. */
#define NAMES_PER_THREAD 8

struct Primer {
    Run *run;
    GArray *lane;
    int next; /* g_atomic_int: the next item to take */
    int stop; /* g_atomic_int */
    GPtrArray *threads;
};

/* The entries go nowhere: that the kernel has read them is what is wanted. */
static void read_entries(const Run *run, int fd)
{
    g_autofree char *entries = g_malloc(LISTING_BYTES);
    uint64_t read_bytes = 0;
    while (read_bytes < LISTING_MAX_BYTES && !run_cancelled(run)) {
        long n = syscall(SYS_getdents64, fd, entries, LISTING_BYTES);
        if (n <= 0)
            return;
        read_bytes += (uint64_t)n;
    }
}

static void prime_directory(Run *run, const PlanItem *item)
{
    struct stat st;
    autofd fd = source_open_directory(item->path, &st);
    if (fd < 0) {
        run_skip(run, item->path);
        return;
    }
    read_entries(run, fd);
    run_count_primed(run);
}

/*
 * To look for one extent reads the block that has them all (fs/ext4/extents.c,
 * ext4_cache_extents()). Not on file systems without a device number of their own: btrfs also looks
 * who shares the extent, which may take long.
 */
static void prime_extents(const PlanItem *item, int fd, const struct stat *st)
{
    uint64_t physical_bytes = 0;
    if (item->blocks.n_runs > 0 && major(st->st_dev) != 0)
        (void)extents_physical(fd, item->blocks.runs[0].first * BLOCK_BYTES, &physical_bytes);
}

static void prime_file(Run *run, const PlanItem *item)
{
    struct stat st;
    autofd fd = source_open_cached(item->path, &st);
    bool known = fd != -EAGAIN;
    if (!known)
        fd = source_open(item->path, &st);
    if (fd < 0) {
        run_skip(run, item->path);
        return;
    }
    prime_extents(item, fd, &st);
    if (!known)
        run_count_primed(run);
}

void prime_item(Run *run, const PlanItem *item)
{
    if (item->directory)
        prime_directory(run, item);
    else
        prime_file(run, item);
}

static gpointer prime_shared(gpointer data)
{
    Primer *primer = data;
    while (!run_cancelled(primer->run) && g_atomic_int_get(&primer->stop) == 0) {
        guint index = (guint)g_atomic_int_add(&primer->next, 1);
        if (index >= primer->lane->len)
            break;
        if (!run_await_turn(primer->run))
            break;
        prime_item(primer->run, g_array_index(primer->lane, LaneItem, index).item);
    }
    return NULL;
}

Primer *primer_start(Run *run, GArray *lane, guint n_threads_max)
{
    Primer *primer = g_new0(Primer, 1);
    primer->run = run;
    primer->lane = g_array_ref(lane);
    primer->threads = g_ptr_array_new();
    guint n_wanted = (lane->len + NAMES_PER_THREAD - 1) / NAMES_PER_THREAD;
    n_wanted = MIN(MIN(n_wanted, n_threads_max), run->rules->maxprocs);
    while (primer->threads->len < n_wanted) {
        GThread *thread = run_start_helper(run, "prime", prime_shared, primer);
        if (thread == NULL)
            break;
        g_ptr_array_add(primer->threads, thread);
    }
    if (primer->threads->len == 0)
        g_clear_pointer(&primer, primer_free);
    return primer;
}

void primer_stop(Primer *primer)
{
    if (primer != NULL)
        g_atomic_int_set(&primer->stop, 1);
}

void primer_free(Primer *primer)
{
    if (primer == NULL)
        return;
    for (guint i = 0; i < primer->threads->len; i++)
        (void)g_thread_join(primer->threads->pdata[i]);
    g_ptr_array_unref(primer->threads);
    g_array_unref(primer->lane);
    g_free(primer);
}
