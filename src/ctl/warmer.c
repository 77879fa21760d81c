/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "ctl/warmer.h"
#include "base/fd.h"
#include "formats/goal.h"
#include "prefetch/machine.h"
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>

/* The disk has nothing to do for a moment between two waves: in 128 MiB that is lost. */
#define WAVE_BYTES (UINT64_C(128) << 20)
#define WAVE_FILES_MAX 2048
#define WAVE_RANGES_MAX 16384
#define TICK_MSEC 100

/* Where the next wave begins. */
typedef struct {
    guint goal;
    guint range;
    uint64_t offset_bytes; /* within that range */
} Place;

typedef struct {
    const WarmOrder *order;
    Storage *storage;
    Residency *residency;
    Machine *machine;
    Limiter *limiter;
    WarmOutcome *outcome; /* of the reading thread, until it ends */
    uint64_t room_bytes;  /* what may still be read */
    Place place;
    uint64_t begun_usec;
    int cancel; /* g_atomic_int */
    int ended_fd;
    GMutex lock;
    uint64_t done_bytes; /* under lock: by waves that have ended */
    uint64_t read_bytes; /* under lock: in all */
    uint64_t wave_bytes; /* under lock: read of this wave */
} Warmer;

static void note_progress(gpointer data, uint64_t submitted_bytes)
{
    Warmer *warmer = data;
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&warmer->lock);
    warmer->read_bytes += submitted_bytes;
    warmer->wave_bytes += submitted_bytes;
}

/* What of the goal fits into the wave; the place moves on. */
static GArray *take_ranges(Place *place, const Goal *goal, uint64_t *left_bytes)
{
    GArray *taken = g_array_new(FALSE, FALSE, sizeof(Range));
    while (place->range<goal->ranges->len && * left_bytes> 0 && taken->len < WAVE_RANGES_MAX) {
        const Range *range = &g_array_index(goal->ranges, Range, place->range);
        uint64_t rest_bytes = range->length_bytes - place->offset_bytes;
        const Range part = {range->offset_bytes + place->offset_bytes,
                            MIN(rest_bytes, *left_bytes)};
        g_array_append_val(taken, part);
        *left_bytes -= part.length_bytes;
        place->offset_bytes += part.length_bytes;
        if (place->offset_bytes == range->length_bytes) {
            place->range++;
            place->offset_bytes = 0;
        }
    }
    return taken;
}

/* NULL at the end. *ret_bytes: in it. */
static Plan *next_wave(Warmer *warmer, uint64_t *ret_bytes)
{
    const GPtrArray *goals = warmer->order->goals;
    Place *place = &warmer->place;
    uint64_t left_bytes = WAVE_BYTES;
    const Budget budget = {.read_bytes = warmer->room_bytes, .keep_bytes = UINT64_MAX};
    Plan *plan = plan_of_ranges(&budget);
    while (place->goal < goals->len && left_bytes > 0 && plan->items->len < WAVE_FILES_MAX) {
        const Goal *goal = goals->pdata[place->goal];
        g_autoptr(GArray) ranges = take_ranges(place, goal, &left_bytes);
        if (ranges->len > 0)
            plan_add_ranges(plan, goal->path, ranges);
        if (place->range < goal->ranges->len)
            break;
        *place = (Place){.goal = place->goal + 1};
    }
    *ret_bytes = WAVE_BYTES - left_bytes;
    if (plan->items->len == 0)
        g_clear_pointer(&plan, plan_free);
    return plan;
}

static void add_report(Warmer *warmer, const ReadaheadReport *report, uint64_t planned_bytes)
{
    WarmOutcome *outcome = warmer->outcome;
    outcome->resident_bytes += report->resident_bytes;
    outcome->loaded_bytes += report->loaded_bytes;
    outcome->untold_bytes += report->untold_bytes;
    outcome->gap_bytes += report->gap_bytes;
    outcome->n_requests += report->n_requests;
    outcome->n_skipped += report->n_skipped;
    outcome->n_failed += report->n_failed;
    outcome->left_bytes += report->left_bytes;
    outcome->stopped = report->stopped;
    warmer->room_bytes -= MIN(report->submitted_bytes, warmer->room_bytes);
    uint64_t undone_bytes = report->left_bytes + report->cancelled_bytes;
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&warmer->lock);
    warmer->done_bytes += planned_bytes - MIN(planned_bytes, undone_bytes);
    warmer->wave_bytes = 0;
}

/* False: it ends here. */
static bool read_wave(Warmer *warmer)
{
    const WarmOrder *order = warmer->order;
    uint64_t planned_bytes = 0;
    ReadaheadReport report = {0};
    g_autoptr(Plan) plan = next_wave(warmer, &planned_bytes);
    if (plan == NULL)
        return false;
    const ReadaheadRules rules = {
        .sort = SORT_AUTO,
        .maxprocs = order->n_threads,
        .limiter = warmer->limiter,
        .limits = {.rate_bytes = order->rate_bytes,
                   .heedless = !order->yield,
                   .budget = order->memory},
        .merging_bytes = order->merging_bytes,
        .class = CLASS_BULK,
        .progress = note_progress,
        .progress_data = warmer,
    };
    readahead_run(plan, &rules, warmer->storage, warmer->residency, &warmer->cancel, &report);
    add_report(warmer, &report, planned_bytes);
    bool more = !report.cancelled && report.left_bytes == 0;
    readahead_report_clear(&report);
    return more;
}

/* What was not even looked at when the budget was used up. */
static uint64_t rest_of(const Warmer *warmer)
{
    uint64_t bytes = 0;
    for (guint i = warmer->place.goal; i < warmer->order->goals->len; i++) {
        const Goal *goal = warmer->order->goals->pdata[i];
        guint first = i == warmer->place.goal ? warmer->place.range : 0;
        for (guint j = first; j < goal->ranges->len; j++)
            bytes += g_array_index(goal->ranges, Range, j).length_bytes;
    }
    return bytes - warmer->place.offset_bytes;
}

static gpointer read_all(gpointer data)
{
    Warmer *warmer = data;
    const uint64_t one = 1;
    if (warmer->order->yield)
        (void)readahead_idle_class(); /* where that is permitted */
    while (g_atomic_int_get(&warmer->cancel) == 0 && read_wave(warmer))
        continue;
    if (warmer->outcome->left_bytes > 0)
        warmer->outcome->left_bytes += rest_of(warmer);
    ssize_t n = write(warmer->ended_fd, &one, sizeof one);
    (void)n; /* an eventfd takes a one */
    return NULL;
}

static WarmProgress progress_of(Warmer *warmer)
{
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&warmer->lock);
    return (WarmProgress){.goal_bytes = warmer->outcome->progress.goal_bytes,
                          .done_bytes = MIN(warmer->done_bytes + warmer->wave_bytes,
                                            warmer->outcome->progress.goal_bytes),
                          .read_bytes = warmer->read_bytes,
                          .took_usec = (uint64_t)g_get_monotonic_time() - warmer->begun_usec};
}

/* Until the thread has ended. */
static void await_end(Warmer *warmer, int signal_fd, WarmTick tick, gpointer data)
{
    struct pollfd fds[] = {{.fd = warmer->ended_fd, .events = POLLIN},
                           {.fd = signal_fd, .events = POLLIN}};
    while ((fds[0].revents & POLLIN) == 0) {
        struct signalfd_siginfo info;
        int n = poll(fds, G_N_ELEMENTS(fds), TICK_MSEC);
        if (n > 0 && (fds[1].revents & POLLIN) != 0 &&
            read(signal_fd, &info, sizeof info) == (ssize_t)sizeof info) {
            warmer->outcome->interrupted = true;
            g_atomic_int_set(&warmer->cancel, 1);
        }
        if (tick != NULL) {
            const WarmProgress progress = progress_of(warmer);
            tick(&progress, data);
        }
    }
}

/* As the daemon does with what it predicts, but what is being written is waited for. */
static uint64_t room_of(const Warmer *warmer)
{
    const WarmOrder *order = warmer->order;
    uint64_t asked_bytes = order->budget_bytes > 0 ? order->budget_bytes : UINT64_MAX;
    Meminfo memory;
    if (order->force || !machine_memory(warmer->machine, &memory))
        return asked_bytes;
    memory.writeback_bytes = 0;
    const Budget budget = budget_of(&memory, &order->memory);
    return MIN(budget.read_bytes, asked_bytes);
}

/* To whom memory is no matter. */
static bool tell_no_memory(gpointer data, Meminfo *ret)
{
    (void)data;
    (void)ret;
    return false;
}

static void warmer_begin(Warmer *warmer, const WarmOrder *order, WarmOutcome *outcome)
{
    *outcome = (WarmOutcome){0};
    *warmer = (Warmer){.order = order,
                       .storage = storage_new("/sys", "/proc/self/mountinfo"),
                       .residency = residency_new(),
                       .machine = machine_new("/proc", "/sys"),
                       .outcome = outcome,
                       .begun_usec = (uint64_t)g_get_monotonic_time(),
                       .ended_fd = eventfd(0, EFD_CLOEXEC)};
    g_mutex_init(&warmer->lock);
    for (guint i = 0; i < order->goals->len; i++)
        outcome->progress.goal_bytes += ((const Goal *)order->goals->pdata[i])->goal_bytes;
    if (!order->force || order->rate_bytes > 0 || order->yield) {
        LimiterHost host = machine_host(warmer->machine);
        if (order->force)
            host.memory = tell_no_memory;
        warmer->limiter = limiter_new(&host);
    }
    warmer->room_bytes = room_of(warmer);
    outcome->budget_bytes = warmer->room_bytes;
}

static void warmer_end(Warmer *warmer)
{
    limiter_free(warmer->limiter);
    machine_free(warmer->machine);
    residency_free(warmer->residency);
    storage_free(warmer->storage);
    fd_close(&warmer->ended_fd);
    g_mutex_clear(&warmer->lock);
}

void warmer_run(const WarmOrder *order, WarmTick tick, gpointer data, WarmOutcome *ret)
{
    Warmer warmer;
    sigset_t wanted;
    sigset_t before;
    (void)sigemptyset(&wanted);
    (void)sigaddset(&wanted, SIGINT);
    (void)sigaddset(&wanted, SIGTERM);
    (void)sigaddset(&wanted, SIGHUP);
    (void)pthread_sigmask(SIG_BLOCK, &wanted, &before); /* threads that are made inherit it */
    autofd signal_fd = signalfd(-1, &wanted, SFD_CLOEXEC);
    warmer_begin(&warmer, order, ret);
    GThread *thread = g_thread_new("warm", read_all, &warmer);
    await_end(&warmer, signal_fd, tick, data);
    (void)g_thread_join(thread);
    ret->progress = progress_of(&warmer);
    warmer_end(&warmer);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
}
