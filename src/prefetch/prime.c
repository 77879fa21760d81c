/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "prefetch/prime.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/fd.h"
#include "prefetch/extents.h"
#include "prefetch/source.h"
#include "prefetch/vicinity.h"

/* One thread more for so many names: a thread costs as much as looking up a few that are known. */
#define NAMES_PER_THREAD 8

struct Primer {
    Run *run;
    GArray *lane;
    GArray *vicinity; /* NULL: none */
    int next;         /* g_atomic_int: the next item to take, then the next of the vicinity */
    int stop;         /* g_atomic_int */
    GPtrArray *threads;
    guint n_ahead;
    GMutex lock; /* of what follows */
    GCond advanced;
    guint horizon; /* the first item whose time has not come; G_MAXUINT: all may be taken */
};

static void prime_directory(Run *run, const PlanItem *item)
{
    struct stat st;
    autofd fd = source_open_directory(item->path, &st);
    if (fd < 0) {
        run_skip(run, item->path);
        return;
    }
    vicinity_list(run, fd);
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

/* A launch asks for these before it asks for the file itself. */
static void prime_companions(const Run *run, const char *path)
{
    struct stat st;
    char *names[COMPANIONS_MAX];
    companions_of(path, names);
    for (guint i = 0; i < COMPANIONS_MAX; i++) {
        if (names[i] != NULL && storage_is_local(run->storage, names[i]))
            (void)fstatat(AT_FDCWD, names[i], &st, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT);
        g_free(names[i]);
    }
}

static void prime_file(Run *run, const PlanItem *item)
{
    struct stat st;
    prime_companions(run, item->path);
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

/* The vicinity is taken to be on the disk of the names that came last. False: the run ends. */
static bool may_prime(const Primer *primer, guint index)
{
    const GArray *lane = primer->lane;
    if (lane->len == 0)
        return !run_cancelled(primer->run);
    return run_pause(primer->run, g_array_index(lane, LaneItem, MIN(index, lane->len - 1)).disk);
}

/* False: there is no such item, or the run ends. */
static bool prime_nth(const Primer *primer, guint index)
{
    guint n_names = primer->lane->len;
    guint n_vicinity = primer->vicinity != NULL ? primer->vicinity->len : 0;
    if (index >= n_names + n_vicinity || !may_prime(primer, index))
        return false;
    if (index < n_names)
        prime_item(primer->run, g_array_index(primer->lane, LaneItem, index).item);
    else
        (void)vicinity_visit(primer->run,
                             &g_array_index(primer->vicinity, Vicinity, index - n_names));
    return true;
}

static void await_horizon(Primer *primer, guint index)
{
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&primer->lock);
    while (index >= primer->horizon)
        g_cond_wait(&primer->advanced, &primer->lock);
}

static void set_horizon(Primer *primer, guint horizon)
{
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&primer->lock);
    if (horizon <= primer->horizon)
        return;
    primer->horizon = horizon;
    g_cond_broadcast(&primer->advanced);
}

void primer_advance(Primer *primer, guint index)
{
    if (primer != NULL && primer->n_ahead > 0)
        set_horizon(primer, index + primer->n_ahead);
}

static bool is_over(const Primer *primer)
{
    return run_cancelled(primer->run) || g_atomic_int_get(&primer->stop) != 0;
}

static gpointer prime_shared(gpointer data)
{
    Primer *primer = data;
    bool more = true;
    while (more && !is_over(primer)) {
        guint index = (guint)g_atomic_int_add(&primer->next, 1);
        await_horizon(primer, index);
        more = !is_over(primer) && prime_nth(primer, index);
    }
    return NULL;
}

static guint threads_wanted(const Run *run, guint n_names, guint n_threads_max)
{
    guint n_wanted = (n_names + NAMES_PER_THREAD - 1) / NAMES_PER_THREAD;
    return MIN(MIN(n_wanted, n_threads_max), run->rules->maxprocs);
}

Primer *primer_start(Run *run, GArray *lane, GArray *vicinity, PrimerManner manner)
{
    Primer *primer = g_new0(Primer, 1);
    primer->run = run;
    primer->lane = g_array_ref(lane);
    primer->vicinity = vicinity != NULL ? g_array_ref(vicinity) : NULL;
    primer->threads = g_ptr_array_new();
    primer->n_ahead = manner.n_ahead;
    primer->horizon = manner.n_ahead > 0 ? manner.n_ahead : G_MAXUINT;
    g_mutex_init(&primer->lock);
    g_cond_init(&primer->advanced);
    guint n_names = lane->len + (vicinity != NULL ? vicinity->len : 0);
    guint n_wanted = threads_wanted(run, n_names, manner.n_threads_max);
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
    set_horizon(primer, G_MAXUINT);
    for (guint i = 0; i < primer->threads->len; i++)
        (void)g_thread_join(primer->threads->pdata[i]);
    g_ptr_array_unref(primer->threads);
    g_array_unref(primer->lane);
    g_clear_pointer(&primer->vicinity, g_array_unref);
    g_cond_clear(&primer->advanced);
    g_mutex_clear(&primer->lock);
    g_free(primer);
}
