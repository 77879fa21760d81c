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
    bool taken;           /* a thread waits for its requests, or listens */
    int last_fd;          /* of the last request, or -1 */
    Range last;           /* which that was */
    uint64_t slice_bytes; /* asked for in the present slice, which began then */
    uint64_t slice_usec;
    bool counted;        /* the two below are set */
    uint64_t own_bytes;  /* asked for by us since `read_bytes` was looked at */
    uint64_t read_bytes; /* that the disk had read by then */
} Lane;

struct Limiter {
    LimiterHost host;
    int n_presses; /* g_atomic_int */
    GMutex lock;   /* of all below, and of the plans */
    GCond freed;   /* a lane is no longer taken */
    GPtrArray *lanes;
    guint n_plans;       /* that have begun and not ended */
    uint64_t rate_bytes; /* which the bucket was made for */
    Bucket bucket;
    uint64_t asking_usec;  /* time spent in requests, since ever */
    uint64_t entered_usec; /* when the one that is being made began */
};

struct LimiterPlan {
    Limiter *limiter;
    LimiterRules rules;
    int n_presses; /* of which the plan began too late to be meant */
    Headroom headroom;
    bool headroom_known;
    uint64_t looked_usec;
    uint64_t asked_bytes; /* since the beginning */
    uint64_t timed_bytes; /* of these, in slices that were awaited, */
    uint64_t timed_usec;  /* and how long they took */
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

/*
 * What another plan is at stays as it is: its lanes, and what of the rate it has used up. When
 * there is none there are no lanes: disks are listened to before anything is asked for.
 */
static void join(Limiter *limiter, uint64_t rate_bytes, uint64_t now_usec)
{
    bool alone = limiter->n_plans++ == 0;
    if (alone || limiter->rate_bytes != rate_bytes)
        limiter->bucket = bucket_make(rate_bytes, now_usec);
    limiter->rate_bytes = rate_bytes;
}

LimiterPlan *limiter_begin(Limiter *limiter, const LimiterRules *rules)
{
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&limiter->lock);
    HeadroomSample sample;
    LimiterPlan *plan = g_new0(LimiterPlan, 1);
    plan->limiter = limiter;
    plan->rules = *rules;
    plan->n_presses = g_atomic_int_get(&limiter->n_presses);
    plan->looked_usec = now_of(limiter);
    plan->headroom_known = look_at_memory(limiter, &sample);
    plan->headroom = headroom_make(&sample);
    plan->verdict = HEADROOM_FINE;
    join(limiter, rules->rate_bytes, plan->looked_usec);
    return plan;
}

void limiter_end(LimiterPlan *plan)
{
    if (plan == NULL)
        return;
    g_mutex_lock(&plan->limiter->lock);
    plan->limiter->n_plans--;
    /* No file stays open between plans: its disk could not be unmounted. */
    if (plan->limiter->n_plans == 0)
        g_ptr_array_set_size(plan->limiter->lanes, 0);
    g_mutex_unlock(&plan->limiter->lock);
    g_free(plan);
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

/* What a disk has done; of an array, what its legs have, which others use beside it (storage.h). */
static bool look_at_disk(const Limiter *limiter, const Disk *disk, Diskstat *ret)
{
    const LimiterHost *host = &limiter->host;
    Diskstat sum = {0};
    for (uint32_t i = 0; i < disk->n_legs; i++) {
        Diskstat leg;
        if (!host->disk(host->data, disk->legs[i].major, disk->legs[i].minor, &leg))
            return host->disk(host->data, disk->major, disk->minor, ret);
        sum.n_requests += leg.n_requests;
        sum.read_bytes += leg.read_bytes;
        sum.n_in_flight += leg.n_in_flight;
    }
    if (disk->n_legs == 0)
        return host->disk(host->data, disk->major, disk->minor, ret);
    *ret = sum;
    return true;
}

/* What others have read since the last look is taken from the rate. */
static void charge_others(Limiter *limiter, Lane *lane)
{
    Diskstat stat;
    if (limiter->rate_bytes == 0 || !look_at_disk(limiter, &lane->disk, &stat))
        return;
    uint64_t read_bytes = stat.read_bytes - lane->read_bytes;
    if (lane->counted && read_bytes > lane->own_bytes)
        bucket_charge(&limiter->bucket, read_bytes - lane->own_bytes);
    /* What of ours has not come yet will, after this. */
    lane->own_bytes -= lane->counted ? MIN(read_bytes, lane->own_bytes) : 0;
    lane->read_bytes = stat.read_bytes;
    lane->counted = true;
}

static HeadroomVerdict judge_memory(LimiterPlan *plan, uint64_t now_usec)
{
    HeadroomSample sample;
    if (!plan->headroom_known || now_usec - plan->looked_usec < LOOK_USEC)
        return plan->verdict;
    plan->looked_usec = now_usec;
    /* A look that fails tells nothing new. */
    if (look_at_memory(plan->limiter, &sample))
        plan->verdict =
            headroom_judge(&plan->headroom, &sample, &plan->rules.budget, plan->asked_bytes);
    return plan->verdict;
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
    sound.disk_told = look_at_disk(limiter, disk, &sound.disk);
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

static bool is_pressed(const LimiterPlan *plan)
{
    return g_atomic_int_get(&plan->limiter->n_presses) != plan->n_presses;
}

/* All that was asked for has come when the last has: disks deliver about in order. */
static void drain(LimiterPlan *plan, Lane *lane)
{
    Limiter *limiter = plan->limiter;
    autofd fd = fd_steal(&lane->last_fd);
    const Range last = lane->last;
    if (fd >= 0) {
        g_mutex_unlock(&limiter->lock);
        limiter->host.await(limiter->host.data, fd, last);
        g_mutex_lock(&limiter->lock);
        plan->timed_bytes += lane->slice_bytes;
        plan->timed_usec += now_of(limiter) - lane->slice_usec;
    }
    lane->slice_bytes = 0;
    pace_drained(&lane->pace, now_of(limiter));
}

/* One time of listening; it ends early when it would make no difference. */
static void listen_to(LimiterPlan *plan, Lane *lane, const int *cancel)
{
    Limiter *limiter = plan->limiter;
    const Sound before = sound_now(limiter, &lane->disk);
    uint64_t end_usec = before.at_usec + pace_listen_usec(&lane->pace);
    for (uint64_t now_usec = before.at_usec; now_usec < end_usec; now_usec = now_of(limiter)) {
        HeadroomVerdict verdict = judge_memory(plan, now_usec);
        if (g_atomic_int_get(cancel) != 0 || is_pressed(plan) || verdict == HEADROOM_SHORT ||
            verdict == HEADROOM_SPENT)
            return;
        nap(limiter, end_usec - now_usec);
    }
    const Sound after = sound_now(limiter, &lane->disk);
    const PaceHeard heard = heard_between(&before, &after);
    (void)pace_hear(&lane->pace, &heard, after.at_usec);
    charge_others(limiter, lane);
}

static void find_slice(LimiterPlan *plan, Lane *lane, const int *cancel)
{
    lane->taken = true;
    drain(plan, lane);
    listen_to(plan, lane, cancel);
    lane->taken = false;
    g_cond_broadcast(&plan->limiter->freed);
}

static void await_freed(Limiter *limiter)
{
    (void)g_cond_wait_until(&limiter->freed, &limiter->lock, g_get_monotonic_time() + NAP_USEC);
}

static LimiterLeave leave_of(const LimiterPlan *plan, const int *cancel)
{
    if (g_atomic_int_get(cancel) != 0)
        return LIMITER_CANCELLED;
    if (is_pressed(plan) || plan->verdict == HEADROOM_SHORT)
        return LIMITER_MEMORY;
    return plan->verdict == HEADROOM_SPENT ? LIMITER_SPENT : LIMITER_GO;
}

static void count_asked(LimiterPlan *plan, Lane *lane, uint64_t bytes, uint64_t now_usec)
{
    bucket_charge(&plan->limiter->bucket, bytes);
    lane->own_bytes += bytes;
    if (lane->slice_bytes == 0)
        lane->slice_usec = now_usec;
    lane->slice_bytes += bytes;
    plan->asked_bytes += bytes;
    plan->limiter->entered_usec = now_usec;
}

/* One step towards the request; true if it may be made. */
static bool step(LimiterPlan *plan, Lane *lane, uint64_t bytes, const int *cancel,
                 uint64_t now_usec)
{
    Limiter *limiter = plan->limiter;
    uint64_t wait_usec = bucket_wait_usec(&limiter->bucket, now_usec);
    if (plan->verdict == HEADROOM_WRITEBACK)
        wait_usec = MAX(wait_usec, NAP_USEC);
    if (wait_usec > 0) {
        charge_others(limiter, lane);
        nap(limiter, wait_usec);
    } else if (lane->taken) {
        await_freed(limiter);
    } else if (plan->rules.heedless || pace_send(&lane->pace, bytes, now_usec)) {
        count_asked(plan, lane, bytes, now_usec);
        return true;
    } else {
        find_slice(plan, lane, cancel);
    }
    return false;
}

LimiterLeave limiter_enter(LimiterPlan *plan, const Disk *disk, uint64_t bytes, const int *cancel)
{
    Limiter *limiter = plan->limiter;
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&limiter->lock);
    Lane *lane = demand_lane(limiter, disk);
    uint64_t begun_usec = now_of(limiter);
    for (uint64_t now_usec = begun_usec;; now_usec = now_of(limiter)) {
        (void)judge_memory(plan, now_usec);
        LimiterLeave leave = leave_of(plan, cancel);
        if (leave != LIMITER_GO)
            return leave;
        /* The rate is as the user wants it: it may hold us for long. */
        if (bucket_wait_usec(&limiter->bucket, now_usec) > 0)
            begun_usec = now_usec;
        if (now_usec - begun_usec > HELD_MAX_USEC)
            return LIMITER_BUSY;
        if (step(plan, lane, bytes, cancel, now_usec))
            return LIMITER_GO;
    }
}

void limiter_sent(LimiterPlan *plan, const Disk *disk, int fd, Range request)
{
    /* One too many open: then that is not waited for. */
    int own_fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    Limiter *limiter = plan->limiter;
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&limiter->lock);
    Lane *lane = demand_lane(limiter, disk);
    uint64_t now_usec = now_of(limiter);
    limiter->asking_usec += now_usec - MIN(now_usec, limiter->entered_usec);
    limiter->entered_usec = now_usec;
    fd_close(&lane->last_fd);
    lane->last_fd = own_fd;
    lane->last = request;
}

void limiter_speed(const LimiterPlan *plan, uint64_t *ret_bytes, uint64_t *ret_usec)
{
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&plan->limiter->lock);
    *ret_bytes = plan->timed_bytes;
    *ret_usec = plan->timed_usec;
}

void limiter_press(Limiter *limiter)
{
    g_atomic_int_inc(&limiter->n_presses);
}
