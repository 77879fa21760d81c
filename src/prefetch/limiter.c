/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "prefetch/limiter.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/fd.h"
#include "prefetch/bucket.h"
#include "prefetch/headroom.h"
#include "prefetch/pace.h"

/* Between two looks at memory; with the time that a request may take, a fifth of a second is kept.
 */
#define LOOK_USEC 50000
/* Nothing that is waited for is waited for longer without a look at the flags. */
#define NAP_USEC 20000
/* Half a cycle: what was planned is not what would be planned now. */
#define HELD_MAX_USEC (10 * UINT64_C(1000000))

/* What is known of one disk. */
typedef struct {
    Disk disk;
    Pace pace;
    bool taken;          /* a thread waits for its requests, or listens */
    int last_fd;         /* of the last request, or -1 */
    Range last;          /* which that was */
    bool counted;        /* the two below are set */
    uint64_t own_bytes;  /* asked for by us since `read_bytes` was looked at */
    uint64_t read_bytes; /* that the disk had read by then */
} Lane;

struct Limiter {
    LimiterHost host;
    int pressed; /* g_atomic_int */
    GMutex lock; /* of all below */
    GCond freed; /* a lane is no longer taken */
    GPtrArray *lanes;
    LimiterRules rules;
    Bucket bucket;
    Headroom headroom;
    bool headroom_known;
    uint64_t looked_usec;
    uint64_t asked_bytes;  /* since the beginning */
    uint64_t asking_usec;  /* time spent in requests, since ever */
    uint64_t entered_usec; /* when the one that is being made began */
    HeadroomVerdict verdict;
};

static uint64_t now_of(const Limiter *limiter)
{
    return limiter->host.now_usec(limiter->host.data);
}

static void lane_free(gpointer data)
{
    Lane *lane = data;
    fd_close(&lane->last_fd);
    g_free(lane);
}

Limiter *limiter_new(const LimiterHost *host)
{
    Limiter *limiter = g_new0(Limiter, 1);
    limiter->host = *host;
    limiter->lanes = g_ptr_array_new_with_free_func(lane_free);
    g_mutex_init(&limiter->lock);
    g_cond_init(&limiter->freed);
    return limiter;
}

void limiter_free(Limiter *limiter)
{
    if (limiter == NULL)
        return;
    g_ptr_array_unref(limiter->lanes);
    g_cond_clear(&limiter->freed);
    g_mutex_clear(&limiter->lock);
    g_free(limiter);
}

static bool look_at_memory(const Limiter *limiter, HeadroomSample *ret)
{
    uint64_t disk_usec = 0;
    *ret = (HeadroomSample){.at_usec = now_of(limiter)};
    if (!limiter->host.memory(limiter->host.data, &ret->memory))
        return false;
    (void)limiter->host.waits(limiter->host.data, &disk_usec, &ret->stalled_usec);
    ret->stalled_usec -= MIN(ret->stalled_usec, limiter->asking_usec);
    return true;
}

void limiter_begin(Limiter *limiter, const LimiterRules *rules)
{
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&limiter->lock);
    uint64_t now_usec = now_of(limiter);
    HeadroomSample sample;
    g_atomic_int_set(&limiter->pressed, 0);
    g_ptr_array_set_size(limiter->lanes, 0);
    limiter->rules = *rules;
    limiter->bucket = bucket_make(rules->rate_bytes, now_usec);
    limiter->headroom_known = look_at_memory(limiter, &sample);
    limiter->headroom = headroom_make(&sample);
    limiter->looked_usec = now_usec;
    limiter->asked_bytes = 0;
    limiter->verdict = HEADROOM_FINE;
}

static Lane *demand_lane(Limiter *limiter, const Disk *disk)
{
    for (guint i = 0; i < limiter->lanes->len; i++) {
        Lane *lane = limiter->lanes->pdata[i];
        if (lane->disk.major == disk->major && lane->disk.minor == disk->minor)
            return lane;
    }
    Lane *lane = g_new0(Lane, 1);
    lane->disk = *disk;
    lane->pace = pace_make();
    lane->last_fd = -1;
    g_ptr_array_add(limiter->lanes, lane);
    return lane;
}

/* Without the lock. */
static void nap(Limiter *limiter, uint64_t usec)
{
    g_mutex_unlock(&limiter->lock);
    limiter->host.sleep(limiter->host.data, MIN(usec, NAP_USEC));
    g_mutex_lock(&limiter->lock);
}

/* What others have read since the last look is taken from the rate. */
static void charge_others(Limiter *limiter, Lane *lane)
{
    Diskstat stat;
    if (limiter->rules.rate_bytes == 0 ||
        !limiter->host.disk(limiter->host.data, lane->disk.major, lane->disk.minor, &stat))
        return;
    uint64_t read_bytes = stat.read_bytes - lane->read_bytes;
    if (lane->counted && read_bytes > lane->own_bytes)
        bucket_charge(&limiter->bucket, read_bytes - lane->own_bytes);
    /* What of ours has not come yet will, after this. */
    lane->own_bytes -= lane->counted ? MIN(read_bytes, lane->own_bytes) : 0;
    lane->read_bytes = stat.read_bytes;
    lane->counted = true;
}

static HeadroomVerdict judge_memory(Limiter *limiter, uint64_t now_usec)
{
    HeadroomSample sample;
    if (!limiter->headroom_known || now_usec - limiter->looked_usec < LOOK_USEC)
        return limiter->verdict;
    limiter->looked_usec = now_usec;
    /* A look that fails tells nothing new. */
    if (look_at_memory(limiter, &sample))
        limiter->verdict = headroom_judge(&limiter->headroom, &sample, &limiter->rules.budget,
                                          limiter->asked_bytes);
    return limiter->verdict;
}

typedef struct {
    Diskstat disk;
    uint64_t waited_usec;
    bool disk_told;
    bool waits_told;
    uint64_t at_usec;
} Sound;

static Sound sound_now(const Limiter *limiter, const Disk *disk)
{
    const LimiterHost *host = &limiter->host;
    Sound sound = {.at_usec = now_of(limiter)};
    uint64_t memory_usec = 0;
    sound.disk_told = host->disk(host->data, disk->major, disk->minor, &sound.disk);
    sound.waits_told = host->waits(host->data, &sound.waited_usec, &memory_usec);
    return sound;
}

static PaceHeard heard_between(const Sound *before, const Sound *after)
{
    return (PaceHeard){.usec = after->at_usec - before->at_usec,
                       .disk_told = before->disk_told && after->disk_told,
                       .n_requests = after->disk.n_requests - before->disk.n_requests,
                       .n_in_flight = after->disk.n_in_flight,
                       .waits_told = before->waits_told && after->waits_told,
                       .waited_usec =
                           after->waited_usec - MIN(before->waited_usec, after->waited_usec)};
}

static bool must_end(const Limiter *limiter, const int *cancel)
{
    return g_atomic_int_get(cancel) != 0 || g_atomic_int_get(&limiter->pressed) != 0;
}

/* All that was asked for has come when the last has: disks deliver about in order. */
static void drain(Limiter *limiter, Lane *lane)
{
    autofd fd = fd_steal(&lane->last_fd);
    const Range last = lane->last;
    if (fd >= 0) {
        g_mutex_unlock(&limiter->lock);
        limiter->host.await(limiter->host.data, fd, last);
        g_mutex_lock(&limiter->lock);
    }
    pace_drained(&lane->pace, now_of(limiter));
}

/* One time of listening; it ends early when it would make no difference. */
static void listen_to(Limiter *limiter, Lane *lane, const int *cancel)
{
    const Sound before = sound_now(limiter, &lane->disk);
    uint64_t end_usec = before.at_usec + pace_listen_usec(&lane->pace);
    for (uint64_t now_usec = before.at_usec; now_usec < end_usec; now_usec = now_of(limiter)) {
        HeadroomVerdict verdict = judge_memory(limiter, now_usec);
        if (must_end(limiter, cancel) || verdict == HEADROOM_SHORT || verdict == HEADROOM_SPENT)
            return;
        nap(limiter, end_usec - now_usec);
    }
    const Sound after = sound_now(limiter, &lane->disk);
    const PaceHeard heard = heard_between(&before, &after);
    (void)pace_hear(&lane->pace, &heard, after.at_usec);
    charge_others(limiter, lane);
}

static void find_slice(Limiter *limiter, Lane *lane, const int *cancel)
{
    lane->taken = true;
    drain(limiter, lane);
    listen_to(limiter, lane, cancel);
    lane->taken = false;
    g_cond_broadcast(&limiter->freed);
}

static void await_freed(Limiter *limiter)
{
    (void)g_cond_wait_until(&limiter->freed, &limiter->lock, g_get_monotonic_time() + NAP_USEC);
}

static LimiterLeave leave_of(const Limiter *limiter, const int *cancel)
{
    if (g_atomic_int_get(cancel) != 0)
        return LIMITER_CANCELLED;
    if (g_atomic_int_get(&limiter->pressed) != 0 || limiter->verdict == HEADROOM_SHORT)
        return LIMITER_MEMORY;
    return limiter->verdict == HEADROOM_SPENT ? LIMITER_SPENT : LIMITER_GO;
}

/* One step towards the request; true if it may be made. */
static bool step(Limiter *limiter, Lane *lane, uint64_t bytes, const int *cancel, uint64_t now_usec)
{
    uint64_t wait_usec = bucket_wait_usec(&limiter->bucket, now_usec);
    if (limiter->verdict == HEADROOM_WRITEBACK)
        wait_usec = MAX(wait_usec, NAP_USEC);
    if (wait_usec > 0) {
        charge_others(limiter, lane);
        nap(limiter, wait_usec);
    } else if (lane->taken) {
        await_freed(limiter);
    } else if (limiter->rules.heedless || pace_send(&lane->pace, bytes, now_usec)) {
        bucket_charge(&limiter->bucket, bytes);
        lane->own_bytes += bytes;
        limiter->asked_bytes += bytes;
        limiter->entered_usec = now_usec;
        return true;
    } else {
        find_slice(limiter, lane, cancel);
    }
    return false;
}

LimiterLeave limiter_enter(Limiter *limiter, const Disk *disk, uint64_t bytes, const int *cancel)
{
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&limiter->lock);
    Lane *lane = demand_lane(limiter, disk);
    uint64_t begun_usec = now_of(limiter);
    for (uint64_t now_usec = begun_usec;; now_usec = now_of(limiter)) {
        (void)judge_memory(limiter, now_usec);
        LimiterLeave leave = leave_of(limiter, cancel);
        if (leave != LIMITER_GO)
            return leave;
        /* The rate is as the user wants it: it may hold us for long. */
        if (bucket_wait_usec(&limiter->bucket, now_usec) > 0)
            begun_usec = now_usec;
        if (now_usec - begun_usec > HELD_MAX_USEC)
            return LIMITER_BUSY;
        if (step(limiter, lane, bytes, cancel, now_usec))
            return LIMITER_GO;
    }
}

void limiter_sent(Limiter *limiter, const Disk *disk, int fd, Range request)
{
    /* One too many open: then that is not waited for. */
    int own_fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&limiter->lock);
    Lane *lane = demand_lane(limiter, disk);
    uint64_t now_usec = now_of(limiter);
    limiter->asking_usec += now_usec - MIN(now_usec, limiter->entered_usec);
    limiter->entered_usec = now_usec;
    fd_close(&lane->last_fd);
    lane->last_fd = own_fd;
    lane->last = request;
}

void limiter_press(Limiter *limiter)
{
    g_atomic_int_set(&limiter->pressed, 1);
}
