/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Limiter: what reading ahead that nobody waits for may take of the disks and of memory. All
 * threads that read ask it before each request; those of an assist do not: a launch waits for them.
 *
 * An array counts as busy when one of the disks that it is made of is (storage.h).
 *
 * Disks and the rate are shared by all plans that are read at the same time; memory is judged for
 * each plan as of its own beginning.
 *
 * It makes them wait: by pace.h, so that whoever else reads or writes comes first; by bucket.h, for
 * the configured rate over all disks, of which what others read is taken, too; while more of memory
 * is being written back than the budget allows. It tells them to stop: by headroom.h within 100 ms,
 * or when a disk did not become free in ten seconds: what was planned then is predicted anew.
 *
 * Waits for memory and for disks are only counted as far as they are not of our own making: those
 * of our own control group are left out (psi.h), those for disks are counted while nothing of ours
 * is on its way, and where we have no group, of those for memory the time in which we asked for
 * something.
 */
#include "observe/diskstat.h"
#include "observe/meminfo.h"
#include "observe/residency.h"
#include "observe/storage.h"
#include "predict/budget.h"
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* The machine, replaceable in tests. Any thread, several at once. */
typedef struct {
    uint64_t (*now_usec)(gpointer data);
    void (*sleep)(gpointer data, uint64_t usec);
    /* Each false if it is not told. */
    bool (*disk)(gpointer data, uint32_t major, uint32_t minor, Diskstat *ret);
    bool (*memory)(gpointer data, Meminfo *ret);
    /* For how long somebody but us waited for a disk, and for memory, since ever. */
    bool (*waits)(gpointer data, uint64_t *ret_disk_usec, uint64_t *ret_memory_usec);
    void (*await)(gpointer data, int fd, Range request); /* until that was read */
    gpointer data;
} LimiterHost;

typedef struct {
    uint64_t rate_bytes; /* a second, over all disks; 0: no limit */
    bool heedless;       /* the disk is not listened to: others do not come first */
    BudgetRules budget;
} LimiterRules;

typedef enum {
    LIMITER_GO,
    LIMITER_CANCELLED, /* the caller's flag was set */
    LIMITER_MEMORY,    /* memory is short: stop, and give back what was read */
    LIMITER_SPENT,     /* the budget as it is now was used up: stop */
    LIMITER_BUSY,      /* others need the disk, for long now: stop */
} LimiterLeave;

typedef struct Limiter Limiter;
/* A plan that is being read; used by any of its threads. */
typedef struct LimiterPlan LimiterPlan;

/* host: copied. */
Limiter *limiter_new(const LimiterHost *host);
void limiter_free(Limiter *limiter);
/* At the beginning of a plan. Touches nothing of others that go on. */
LimiterPlan *limiter_begin(Limiter *limiter, const LimiterRules *rules);
/* None of the plan's threads is in any of the functions below. NULL-safe. */
void limiter_end(LimiterPlan *plan);
/*
 * Before a request of that many bytes, 0 for metadata. Waits until it may be made or never should.
 * cancel: looked at every 20 ms at least (g_atomic_int).
 */
LimiterLeave limiter_enter(LimiterPlan *plan, const Disk *disk, uint64_t bytes, const int *cancel);
/* The request was made. The disk is not listened to before the last of these has come. */
void limiter_sent(LimiterPlan *plan, const Disk *disk, int fd, Range request);
/* What the plan asked for, as far as it was awaited, and how long the disk took for
 * that: its speed, without what was waited for others. 0 where nobody is listened to. */
void limiter_speed(const LimiterPlan *plan, uint64_t *ret_bytes, uint64_t *ret_usec);
/* Memory is short, says somebody who knows: all plans that have begun are told to stop. Any
 * thread; takes no lock. */
void limiter_press(Limiter *limiter);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Limiter, limiter_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LimiterPlan, limiter_end)
