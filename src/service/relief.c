/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "service/relief.h"

#include <errno.h>
#include <glib-unix.h>
#include <unistd.h>

#include "base/fd.h"
#include "model/metrics.h"
#include "observe/triggers.h"
#include "prefetch/giveback.h"
#include "service/assist.h"
#include "service/pinning.h"
#include "service/report.h"

/* Of two seconds: less happens while a large program starts. */
#define STALL_USEC 100000
/* While it holds: what falls now may be short in a moment, and then nobody else tells. */
#define WATCH_MSEC 200
#define HOLD_USEC (30 * UINT64_C(1000000))

struct Relief {
    Daemon *daemon;
    int trigger_fd;        /* -1: the kernel does not tell */
    guint source;          /* 0: none */
    guint watch;           /* the same of the timer while it holds */
    Storage *storage;      /* of the thread that gives back */
    bool giving;           /* it is being given back */
    bool again;            /* and has to be once more: more was read, or more is asked for */
    bool pressed;          /* pressed_usec is set */
    uint64_t pressed_usec; /* of the daemon's clock */
};

/* In the reader's thread. */
typedef struct {
    Relief *relief;
    GArray *list; /* GivebackItem */
    bool first;   /* reading begins to pause with it */
    GivebackReport report;
} Giving;

static gboolean on_trigger(gint fd, GIOCondition condition, gpointer data)
{
    Relief *relief = data;
    (void)fd;
    if ((condition & G_IO_PRI) == 0) { /* an error that stays */
        relief->source = 0;
        return G_SOURCE_REMOVE;
    }
    relief_press(relief);
    return G_SOURCE_CONTINUE;
}

Relief *relief_new(Daemon *daemon)
{
    Relief *relief = g_new0(Relief, 1);
    relief->daemon = daemon;
    relief->storage = storage_new("/sys", "/proc/self/mountinfo");
    relief->trigger_fd = trigger_open("/proc/pressure/memory", STALL_USEC, TRIGGER_WINDOW_USEC);
    if (relief->trigger_fd >= 0)
        relief->source = g_unix_fd_add(relief->trigger_fd, G_IO_PRI | G_IO_ERR, on_trigger, relief);
    else
        log_write(daemon->log, LEVEL_DEBUG, MESSAGE_NONE,
                  "the kernel does not tell when memory is short: %s",
                  g_strerror(-relief->trigger_fd));
    return relief;
}

void relief_free(Relief *relief)
{
    if (relief == NULL)
        return;
    if (relief->source != 0)
        g_source_remove(relief->source);
    if (relief->watch != 0)
        g_source_remove(relief->watch);
    fd_close(&relief->trigger_fd);
    storage_free(relief->storage);
    g_free(relief);
}

static void giving_free(Giving *giving)
{
    giveback_report_clear(&giving->report);
    g_array_unref(giving->list);
    g_free(giving);
}

static void give(gpointer job)
{
    Giving *giving = job;
    Daemon *daemon = giving->relief->daemon;
    const LimiterHost host = machine_host(daemon->machine);
    const GivebackSetup setup = {giving->relief->storage, daemon->residency, host.memory, host.data,
                                 &daemon->cancel};
    giveback_run(giving->list, &setup, &giving->report);
}

/* Jobs that are still there are done then, but nothing new is begun. */
static bool is_ending(const Daemon *daemon)
{
    return g_atomic_int_get(&daemon->cancel) != 0;
}

/* Once each time that reading begins to pause, and when there was something to give. */
static void tell(const Daemon *daemon, const GivebackReport *report)
{
    g_autofree char *bytes = report_bytes(report->given_bytes);
    log_write(daemon->log, LEVEL_INFO, MESSAGE_NONE,
              "memory is short: reading ahead pauses; %s of it given back, of %u file%s", bytes,
              report->n_files, report->n_files == 1 ? "" : "s");
}

static void start_giving(Relief *relief, bool first);

static void given(gpointer job)
{
    Giving *giving = job;
    Daemon *daemon = giving->relief->daemon;
    giving->relief->giving = false;
    for (guint i = 0; giving->report.given != NULL && i < giving->report.given->len; i++) {
        const GivebackItem *item = &g_array_index(giving->report.given, GivebackItem, i);
        metrics_note_missing(daemon->model, item->path, &item->blocks);
    }
    bool ending = is_ending(daemon);
    if (!ending && (giving->first || giving->report.given_bytes > 0))
        tell(daemon, &giving->report);
    if (!ending && giving->relief->again)
        start_giving(giving->relief, false);
    giving_free(giving);
}

static void start_giving(Relief *relief, bool first)
{
    const Daemon *daemon = relief->daemon;
    Giving *giving = g_new0(Giving, 1);
    giving->relief = relief;
    giving->first = first;
    giving->list = giveback_list(daemon->model);
    relief->again = false;
    if (!first && giving->list->len == 0) {
        giving_free(giving);
        return;
    }
    relief->giving = true;
    /* Behind what is being read, which stops now. */
    queue_call(daemon->queue, CLASS_PREDICTED, give, given, giving);
}

static gboolean on_watch(gpointer data)
{
    Relief *relief = data;
    Meminfo memory;
    if (!relief_holds(relief) || is_ending(relief->daemon)) {
        relief->watch = 0;
        return G_SOURCE_REMOVE;
    }
    if (!relief->giving && machine_memory(relief->daemon->machine, &memory) &&
        !giveback_is_enough(&memory))
        start_giving(relief, false);
    return G_SOURCE_CONTINUE;
}

void relief_press(Relief *relief)
{
    Daemon *daemon = relief->daemon;
    bool first = !relief_holds(relief);
    if (is_ending(daemon))
        return;
    limiter_press(daemon->limiter);
    pinning_press(daemon->pinning);
    queue_cancel_from(daemon->queue, CLASS_ASSIST);
    daemon->budget = (Budget){0};
    relief->pressed = true;
    relief->pressed_usec = clock_awake_usec(daemon->clock);
    if (relief->watch == 0)
        relief->watch = g_timeout_add(WATCH_MSEC, on_watch, relief);
    if (relief->giving)
        relief->again = true;
    else
        start_giving(relief, first);
}

bool relief_holds(const Relief *relief)
{
    return relief->pressed &&
           clock_awake_usec(relief->daemon->clock) - relief->pressed_usec < HOLD_USEC;
}
