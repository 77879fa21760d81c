/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "prefetch/run.h"

#include <fcntl.h>

static int ask_kernel(gpointer data, int fd, Range range)
{
    return posix_fadvise(fd, (off_t)range.offset_bytes, (off_t)range.length_bytes,
                         POSIX_FADV_WILLNEED);
}

void run_begin(Run *run, const Plan *plan, const ReadaheadRules *rules, Storage *storage,
               const Residency *residency, const int *cancel, ReadaheadReport *report)
{
    *run = (Run){.plan = plan,
                 .rules = rules,
                 .storage = storage,
                 .residency = residency,
                 .cancel = cancel,
                 .ask = ask_kernel,
                 .ledger = ledger_new(),
                 .report = report,
                 .read_left_bytes = plan->budget.read_bytes,
                 .keep_left_bytes = plan->budget.keep_bytes};
    *report = (ReadaheadReport){0};
    g_mutex_init(&run->lock);
    storage_refresh(storage);
    storage_believe(storage, rules->head, rules->heads);
    /* A launch waits for what an assist reads: nothing may hold that up. */
    if (rules->limiter != NULL && !rules->assist)
        run->paced = limiter_begin(rules->limiter, &rules->limits);
}

void run_end(Run *run)
{
    if (run->paced != NULL && !run->rules->limits.heedless)
        limiter_speed(run->paced, &run->report->timed_bytes, &run->report->timed_usec);
    g_clear_pointer(&run->paced, limiter_end);
    run->report->files = ledger_close(run->ledger);
    run->report->cancelled = run_cancelled(run);
    run->report->stopped = (LimiterLeave)g_atomic_int_get(&run->stopped);
    uint64_t done_bytes = run->report->submitted_bytes + run->failed_bytes;
    if ((run->report->cancelled || run->dropped) && run->taken_bytes > done_bytes)
        run->report->cancelled_bytes = run->taken_bytes - done_bytes;
    g_clear_pointer(&run->ledger, ledger_free);
    g_mutex_clear(&run->lock);
}

bool run_cancelled(const Run *run)
{
    return g_atomic_int_get(run->cancel) != 0 || g_atomic_int_get(&run->stopped) != LIMITER_GO;
}

static bool may_ask(Run *run, const Disk *disk, uint64_t bytes)
{
    if (run->paced == NULL)
        return !run_cancelled(run);
    LimiterLeave leave = limiter_enter(run->paced, disk, bytes, run->cancel);
    if (leave != LIMITER_GO && leave != LIMITER_CANCELLED)
        g_atomic_int_set(&run->stopped, (int)leave);
    return leave == LIMITER_GO && !run_cancelled(run);
}

bool run_await_turn(Run *run)
{
    const ReadaheadRules *rules = run->rules;
    if (rules->turns != NULL)
        (void)turns_await(rules->turns, rules->class, run->cancel);
    return !run_cancelled(run);
}

bool run_pause(Run *run, const Disk *disk)
{
    return run_await_turn(run) && may_ask(run, disk, 0);
}

bool run_take_head(Run *run, const Disk *disk)
{
    Turns *turns = run->rules->turns;
    return turns != NULL && disk->rotational && turns_take_head(turns, disk->major, disk->minor);
}

void run_give_head(Run *run, const Disk *disk)
{
    turns_give_head(run->rules->turns, disk->major, disk->minor);
}

bool run_wants(Run *run, const char *path)
{
    if (run->rules->drops == NULL || !drops_has(run->rules->drops, path))
        return true;
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&run->lock);
    run->dropped = true;
    return false;
}

/*
 * Nydus merges over a 128th of merging_size. A disk of 3000 requests and 150 MB a second reads 50
 * KiB in the time of a request, so that 8 KiB pay anyway, and a whole block of 64 KiB does not. One
 * with a head reads some 256 KiB in the time that it takes to get to the next place.
 */
uint64_t run_gap_bytes(const Run *run, const Disk *disk)
{
    return run->rules->merging_bytes / (disk->rotational ? 4 : 128);
}

static uint64_t request_limit(const Run *run, const Disk *disk)
{
    uint64_t merging_bytes = run->rules->merging_bytes;
    return merging_bytes > 0 ? MIN(merging_bytes, disk->request_bytes) : disk->request_bytes;
}

void run_count_gap(Run *run, uint64_t length_bytes)
{
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&run->lock);
    run->report->n_merged++;
    run->report->gap_bytes += length_bytes;
}

void run_count_lost(Run *run, uint64_t length_bytes)
{
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&run->lock);
    run->failed_bytes += length_bytes;
}

void run_count_looked(Run *run, uint64_t planned_bytes, uint64_t resident_bytes)
{
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&run->lock);
    run->report->planned_bytes += planned_bytes;
    run->report->resident_bytes += resident_bytes;
    run->keep_left_bytes -= MIN(resident_bytes, run->keep_left_bytes);
}

static uint64_t room(const Run *run)
{
    return MIN(run->read_left_bytes, run->keep_left_bytes);
}

uint64_t run_room(Run *run)
{
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&run->lock);
    return room(run);
}

uint64_t run_take(Run *run, uint64_t length_bytes)
{
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&run->lock);
    uint64_t room_bytes = room(run);
    uint64_t taken_bytes =
        length_bytes <= room_bytes ? length_bytes : room_bytes - room_bytes % BLOCK_BYTES;
    run->read_left_bytes -= taken_bytes;
    run->keep_left_bytes -= taken_bytes;
    run->taken_bytes += taken_bytes;
    run->report->left_bytes += length_bytes - taken_bytes;
    return taken_bytes;
}

void run_leave(Run *run, const PlanItem *item)
{
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&run->lock);
    uint64_t length_bytes = block_set_bytes(&item->blocks);
    for (guint i = 0; item->ranges != NULL && i < item->ranges->len; i++)
        length_bytes += g_array_index(item->ranges, Range, i).length_bytes;
    run->report->planned_bytes += length_bytes;
    run->report->left_bytes += length_bytes;
}

void run_skip(Run *run, GRefString *path)
{
    bool first = ledger_note_skipped(run->ledger, ledger_entry(run->ledger, path));
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&run->lock);
    run->report->n_skipped += first ? 1 : 0;
}

void run_count_primed(Run *run)
{
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&run->lock);
    run->report->n_primed++;
}

void run_count_untold(Run *run, uint64_t length_bytes)
{
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&run->lock);
    run->report->untold_bytes += length_bytes;
}

void run_count_loaded(Run *run, uint64_t length_bytes)
{
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&run->lock);
    run->report->loaded_bytes += length_bytes;
}

void run_count_failed(Run *run, uint32_t n_files)
{
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&run->lock);
    run->report->n_failed += n_files;
}

void run_count_file(Run *run, guint entry)
{
    bool first = ledger_note_read(run->ledger, entry);
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&run->lock);
    run->report->n_files += first ? 1 : 0;
}

static void count_request(Run *run, guint entry, Range request)
{
    ledger_asked(run->ledger, entry, request);
    if (run->rules->progress != NULL)
        run->rules->progress(run->rules->progress_data, request.length_bytes);
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&run->lock);
    run->report->n_requests++;
    run->report->submitted_bytes += request.length_bytes;
}

bool run_request(Run *run, guint entry, int fd, Range range, const Disk *disk, RunAfter after,
                 gpointer data)
{
    for (uint64_t done = 0; done < range.length_bytes;) {
        const Range request = {range.offset_bytes + done,
                               MIN(request_limit(run, disk), range.length_bytes - done)};
        if (!run_await_turn(run) || !may_ask(run, disk, request.length_bytes))
            return true;
        if (run->ask(run->ask_data, fd, request) != 0)
            return false;
        if (run->paced != NULL)
            limiter_sent(run->paced, disk, fd, request);
        count_request(run, entry, request);
        if (after != NULL)
            after(data, fd, request);
        done += request.length_bytes;
    }
    return true;
}

GThread *run_start_helper(Run *run, const char *name, GThreadFunc func, gpointer data)
{
    GThread *helper = g_thread_try_new(name, func, data, NULL);
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&run->lock);
    run->n_helpers += helper != NULL ? 1 : 0;
    return helper;
}

GArray *run_lane(Run *run, guint from, bool rotational)
{
    GArray *lane = g_array_new(FALSE, FALSE, sizeof(LaneItem));
    for (guint i = 0; i < run->plan->items->len; i++) {
        const PlanItem *item = &g_array_index(run->plan->items, PlanItem, i);
        if (i < from && !item->directory)
            continue;
        const LaneItem entry = {item, storage_disk_of(run->storage, item->path)};
        if (entry.disk != NULL && entry.disk->rotational == rotational)
            g_array_append_val(lane, entry);
    }
    return lane;
}
