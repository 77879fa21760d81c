/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Daemon: owns everything, wires the rooms to the main loop, and is the only one that logs.
 *
 * Threads: the main loop's has the model and never blocks. The observer's passes over /proc (a
 * process stuck in the kernel can make a read of its files wait), the queue's read ahead and look
 * for files that are gone, the saver's encodes and writes the state.
 */
#include "base/clock.h"
#include "base/log.h"
#include "base/store.h"
#include "base/worker.h"
#include "config/config.h"
#include "config/options.h"
#include "model/model.h"
#include "observe/observer.h"
#include "observe/residency.h"
#include "observe/watcher.h"
#include "predict/budget.h"
#include "predict/prophet.h"
#include "prefetch/limiter.h"
#include "prefetch/machine.h"
#include "prefetch/queue.h"
#include "service/notify.h"
#include <glib.h>
#include <stdbool.h>

/* Where the round over all names is (upkeep.h). */
typedef struct {
    guint next;      /* of the model's Maps */
    guint n_missing; /* in this round so far */
    guint rest;      /* behind the last one, in cycles */
    guint n_rests;   /* of these, that are left */
} Upkeep;

/* What is to be measured of disks, and when (seeking.h). */
typedef struct {
    guint from;    /* of all files, the first to be looked at */
    guint rest;    /* behind the last attempt, in cycles */
    guint n_rests; /* of these, that are left */
    bool under_way;
} Seeking;

typedef struct Daemon {
    const Options *options;
    const Clock *clock;
    Config *config;
    Log *log;
    Notify *notify;
    GMainLoop *loop;
    Model *model;
    Prophet *prophet;

    Store *store;       /* NULL: no state is kept */
    Watcher *watcher;   /* NULL: no inotify */
    Storage *mounted;   /* what is mounted, for the main loop; NULL with the watcher */
    Observer *observer; /* NULL: there is no /proc */
    struct Assist *assist;
    struct Session *session;
    struct Recorder *recorder; /* NULL: nothing is recorded */
    struct Control *control;
    Queue *queue;              /* what is read ahead */
    struct Unmounts *unmounts; /* NULL: the mounts cannot be read */
    Placement *placement;      /* of files on disks with a head; thread-safe */
    Heads *heads;              /* what was measured of disks; thread-safe */
    Upkeep upkeep;
    Seeking seeking;
    struct Seeding *seeding;
    struct Warming *warming;
    Worker *saver;
    Worker *grafter;      /* NULL: there are no profiles; see grafting.h */
    Residency *residency; /* does not change: everybody's */
    Machine *machine;     /* thread-safe */
    Limiter *limiter;     /* of what the reader reads; thread-safe */
    struct Relief *relief;
    struct Pinning *pinning; /* NULL until the start is over */
    Budget budget;           /* of the last cycle */

    guint cycle_source;
    guint autosave_source;
    guint check_source;
    guint check_soon_source; /* a full check is due */
    guint pause_source;      /* the end of a pause: see pause.h */
    GHashTable *missing;     /* set of paths: programs that were deleted, until that; NULL: none */
    GSList *sources;         /* GSource: signals, watchdog, watcher */

    GPtrArray *started; /* ExeKey, of events since the last cycle, for its line */
    GPtrArray *stopped;
    uint64_t awake_usec;       /* clock time up to which model time has passed */
    uint64_t saved_generation; /* of the model, when it was last saved */
    uint64_t saved_usec;       /* model time, then */
    uint32_t n_missed;         /* cycles whose pass could not begin: the one before had not ended */
    uint64_t pause_end_usec;   /* clock time */
    uint64_t started_usec;     /* clock time */
    int64_t started_unix_sec;
    ObserverHealth health; /* of the last pass */
    char *stance;          /* what held prediction back then: report_stance(); may be NULL */
    int cancel;            /* atomic: the check of paths stops */
    bool memory_known;     /* of the last pass */
    bool save_failed;      /* the last save did */
    bool watches_told;     /* that watches ran out was said */
    bool denied_told;
    bool error_told;
    bool events_told;
    uint32_t n_overruns_told;
    bool settled;       /* a whole cycle was done: the start is over */
    bool scanning_done; /* a pass was made, so that there is something to save */
} Daemon;

/* For worker_new(), with the Daemon: a thread for whose work nobody waits, by the nice value that
 * was asked for and by I/O class. */
void daemon_idle(gpointer daemon);

/* Reads the configuration and the state. NULL with error set, and *ret_status the exit status. */
Daemon *daemon_new(const Options *options, GError **error, int *ret_status);
/* Until a signal ends it; the state is saved then. */
void daemon_run(Daemon *daemon);
void daemon_free(Daemon *daemon);
/* Reads the configuration anew. False with error set if it cannot be used; the old one stays. */
bool daemon_reload(Daemon *daemon, GError **error);
/* The configuration and the model, into the log. */
void daemon_dump(Daemon *daemon);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Daemon, daemon_free)
