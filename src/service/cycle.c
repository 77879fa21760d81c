/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "service/cycle.h"
#include "build-config.h"
#include "model/words.h"
#include "predict/plan.h"
#include "service/assist.h"
#include "service/control.h"
#include "service/lean.h"
#include "service/pause.h"
#include "service/recorder.h"
#include "service/relief.h"
#include "service/report.h"
#include "service/seeding.h"
#include "service/seeking.h"
#include "service/session.h"
#include "service/teach.h"
#include "service/upkeep.h"
#include <errno.h>

/* What the cycle's plan is known to the queue by. */
#define REASON "prediction"

/* A plan that is being read. */
typedef struct {
    Daemon *daemon;
    char *lead; /* what was observed and predicted, for the line of this cycle */
} Reading;

/* The configuration knows no other room, so that it has names of its own for these. */
G_STATIC_ASSERT((int)CONFIG_SORT_NONE == (int)SORT_NONE);
G_STATIC_ASSERT((int)CONFIG_SORT_PATH == (int)SORT_PATH);
G_STATIC_ASSERT((int)CONFIG_SORT_INODE == (int)SORT_INODE);
G_STATIC_ASSERT((int)CONFIG_SORT_BLOCK == (int)SORT_BLOCK);
G_STATIC_ASSERT((int)CONFIG_SORT_AUTO == (int)SORT_AUTO);

static ScanRules *scan_rules_of(const Config *config)
{
    ScanRules *rules = g_new0(ScanRules, 1);
    rules->exeprefix = prefix_list_new((const char *const *)config->exeprefix);
    rules->mapprefix = prefix_list_new((const char *const *)config->mapprefix);
    rules->fileprefix = prefix_list_new((const char *const *)config->fileprefix);
    rules->interpreters = interpreters_new((const char *const *)config->interpreters);
    rules->minsize_bytes = config->minsize_bytes;
    return rules;
}

static void scan_rules_free(ScanRules *rules)
{
    if (rules != NULL)
        scan_rules_clear(rules);
    g_free(rules);
}

ProphetRules cycle_prophet_rules(const Config *config)
{
    return (ProphetRules){.horizon_sec = 1.5 * config->cycle_sec,
                          .usecorrelation = config->usecorrelation,
                          .experts = EXPERTS_ALL,
                          .least = (double)config->minchance_percent / 100};
}

void cycle_advance(Daemon *daemon)
{
    uint64_t now_usec = clock_awake_usec(daemon->clock);
    daemon->model->local_sec = clock_local_sec(clock_unix_sec(daemon->clock));
    model_advance(daemon->model, now_usec - daemon->awake_usec);
    daemon->awake_usec = now_usec;
}

/* The line of a cycle: always for a person who watches, else only when something was read. The
 * service manager has it as its status each time. */
static LogLevel line_level(const Daemon *daemon, bool eventful)
{
    bool watched = daemon->options->foreground && !notify_managed(daemon->notify);
    return eventful || watched ? LEVEL_INFO : LEVEL_CYCLE;
}

static void tell_read(const Daemon *daemon, const char *lead, const Plan *plan,
                      const ReadaheadReport *report)
{
    g_autofree char *read = report_read(report, &plan->budget);
    /* What may not be looked up is asked for each cycle anew. */
    bool eventful = report->submitted_bytes > report->untold_bytes;
    log_write(daemon->log, line_level(daemon, eventful),
              eventful ? MESSAGE_READ_AHEAD : MESSAGE_NONE, "%s; %s", lead, read);
    notify_status(daemon->notify, "%s; %s", lead, read);
}

static void read_done(const Plan *plan, const ReadaheadReport *report, gpointer data)
{
    Reading *reading = data;
    Daemon *daemon = reading->daemon;
    if (report->took_usec > 0) {
        tell_read(daemon, reading->lead, plan, report);
        teach_reading(daemon, report);
        control_read_ahead(daemon->control, report);
        seeking_idle(daemon, report);
        upkeep_idle(daemon, report);
        if (report->stopped == LIMITER_MEMORY) /* also when it was told to: it is ours now */
            relief_press(daemon->relief);
    } else { /* a newer plan came before it began */
        log_write(daemon->log, line_level(daemon, false), MESSAGE_NONE, "%s; still reading",
                  reading->lead);
    }
    g_free(reading->lead);
    g_free(reading);
    if (!daemon->settled)
        lean_give_back();
    daemon->settled = true;
}

static Budget budget_now(const Daemon *daemon, const Observation *observation)
{
    const BudgetRules rules = cycle_budget_rules(daemon->config);
    bool told = observation->memory_known && !relief_holds(daemon->relief);
    return told ? budget_of(&observation->memory, &rules) : (Budget){0};
}

/* What is still being read of the last plan and is not in this one is dropped; the rest of this one
 * is read behind it. */
static void read_ahead(Daemon *daemon, ReadClass class, const Prophecy *prophecy,
                       const Budget *budget, char *lead)
{
    Reading *reading = g_new0(Reading, 1);
    reading->daemon = daemon;
    reading->lead = lead;
    const QueueOrder order = {.class = class,
                              .reason = g_strdup(REASON),
                              .plan = plan_new(daemon->model, prophecy, budget),
                              .rules = cycle_read_rules(daemon, class),
                              .done = read_done,
                              .data = reading};
    if (!queue_replace(daemon->queue, &order)) {
        g_free(reading->lead);
        g_free(reading);
    }
}

/* Why nothing is read ahead now; NULL if it is. */
static const char *find_obstacle(const Daemon *daemon, const Observation *observation,
                                 const Stance *stance, const char *told)
{
    return !daemon->config->dopredict     ? "reading ahead is off (dopredict)"
           : pause_active(daemon)         ? "paused"
           : !observation->memory_known   ? "cannot read /proc/meminfo"
           : relief_holds(daemon->relief) ? "memory was short a moment ago"
           : stance_waits(stance)         ? told
                                          : NULL;
}

static void predict(Daemon *daemon, const Observation *observation)
{
    const Stance stance = session_stance(daemon->session, observation);
    Budget budget = daemon->budget; /* launches have all of it */
    daemon->prophet->rules = cycle_prophet_rules(daemon->config);
    stance_apply(&stance, &daemon->prophet->rules, &budget);
    g_autoptr(Prophecy) prophecy = prophet_prophesy(daemon->prophet);
    g_autofree char *observed = report_observed(daemon->model, observation);
    g_autofree char *predicted = report_predicted(prophecy);
    g_autofree char *told = report_stance(&stance);
    const char *obstacle = find_obstacle(daemon, observation, &stance, told);
    bool aside = told != NULL && obstacle != told;
    g_autofree char *lead =
        g_strdup_printf("%s; %s%s%s", observed, predicted, aside ? "; " : "", aside ? told : "");
    control_predicted(daemon->control, prophecy);
    g_free(daemon->stance);
    daemon->stance = g_strdup(told);
    /* What is read at the start of a session is needed in a moment. */
    ReadClass class = stance.kind == STANCE_WINDOW ? CLASS_SESSION : CLASS_PREDICTED;
    if (obstacle == NULL)
        read_ahead(daemon, class, prophecy, &budget, g_steal_pointer(&lead));
    else
        log_write(daemon->log, line_level(daemon, false), MESSAGE_NONE, "%s; %s", lead, obstacle);
}

static void tell_limits(Daemon *daemon, const Observation *observation)
{
    if (observation->error != 0 && !daemon->error_told)
        log_write(daemon->log, LEVEL_ERROR, MESSAGE_PROC_UNREADABLE,
                  "cannot list /proc: %s; what runs is not known, nothing is learnt or predicted",
                  g_strerror(-observation->error));
    daemon->error_told = observation->error != 0;
    if (observation->n_denied > 0 && !daemon->denied_told)
        log_write(daemon->log, LEVEL_NOTICE, MESSAGE_NONE,
                  "%u of %u processes may not be looked into: their programs are not learnt",
                  observation->n_denied, observation->n_denied + observation->n_processes);
    daemon->denied_told |= observation->n_denied > 0;
    if (daemon->watcher == NULL || daemon->watches_told || watcher_unwatched(daemon->watcher) == 0)
        return;
    daemon->watches_told = true;
    log_write(daemon->log, LEVEL_WARNING, MESSAGE_WATCHES_EXHAUSTED,
              "directories watched: %u; not watched: %u (over maxwatches or "
              "fs.inotify.max_user_watches, on a network, or not ours to read): files deleted "
              "there are noticed by "
              "the hourly check only",
              watcher_directories(daemon->watcher), watcher_unwatched(daemon->watcher));
}

static void tell_events(Daemon *daemon, const ObserverHealth *health)
{
    if (health->n_overruns > daemon->n_overruns_told)
        log_write(daemon->log, LEVEL_NOTICE, MESSAGE_EVENTS_LOST,
                  "events were lost, %u times so far: looked at /proc anew", health->n_overruns);
    daemon->n_overruns_told = health->n_overruns;
    g_autofree char *missing = report_events(health);
    if (missing != NULL && !daemon->events_told)
        log_write(daemon->log, LEVEL_WARNING, MESSAGE_EVENTS_MISSING, "%s", missing);
    daemon->events_told = missing != NULL;
}

static gpointer copy_key(gconstpointer key, gpointer data)
{
    (void)data;
    return exe_key_ref((ExeKey *)key);
}

/* What was told since the last pass belongs into the line of this one. */
static void recall(Daemon *daemon, Observation *observation)
{
    g_ptr_array_extend(observation->started, daemon->started, copy_key, NULL);
    g_ptr_array_extend(observation->stopped, daemon->stopped, copy_key, NULL);
    g_ptr_array_set_size(daemon->started, 0);
    g_ptr_array_set_size(daemon->stopped, 0);
}

/* Each once. A few are named, the others counted: more than these do not matter. */
static void remember(GPtrArray *keys, const GPtrArray *told)
{
    enum { REMEMBERED_MAX = 100 };
    for (guint i = 0; i < told->len && keys->len < REMEMBERED_MAX; i++)
        if (!g_ptr_array_find_with_equal_func(keys, told->pdata[i], exe_key_equal, NULL))
            g_ptr_array_add(keys, exe_key_ref(told->pdata[i]));
}

/* Before what a cycle's line recalls is added to it. What runs at the start was not launched now.
 */
static void record(Daemon *daemon, const Observation *observation)
{
    if (daemon->recorder == NULL || !daemon->model->synchronized)
        return;
    recorder_note(daemon->recorder, observation, clock_unix_sec(daemon->clock));
    int error = recorder_take_error(daemon->recorder);
    if (error != 0)
        log_write(daemon->log, LEVEL_ERROR, MESSAGE_NONE,
                  "cannot write to the trace: %s; something is missing in it", g_strerror(-error));
}

static void begin_accounting(Daemon *daemon)
{
    Accounting *accounting = queue_accounting(daemon->queue);
    accounting_note_wasted(accounting, daemon->model->metrics.wasted_bytes);
    accounting_begin_cycle(accounting);
}

static void take_pass(Daemon *daemon, Observation *observation)
{
    if (daemon->cycle_source == 0)
        return;
    cycle_advance(daemon);
    daemon->health = observation->health;
    daemon->memory_known = observation->memory_known;
    tell_limits(daemon, observation);
    tell_events(daemon, &observation->health);
    if (observation->error != 0)
        return;
    record(daemon, observation);
    session_note_started(daemon->session, observation);
    model_observe(daemon->model, observation);
    seeding_mark(daemon);
    model_judge_pools(daemon->model);
    recall(daemon, observation);
    daemon->scanning_done = true;
    daemon->budget = budget_now(daemon, observation);
    begin_accounting(daemon);
    teach_observer(daemon);
    predict(daemon, observation);
    control_changed(daemon->control);
}

/* What starts is helped before anything else is done with it. */
static void take_event(Daemon *daemon, const Observation *observation)
{
    if (!daemon->model->synchronized)
        return; /* the first pass tells what runs */
    assist_take_event(daemon->assist, observation);
    cycle_advance(daemon);
    record(daemon, observation);
    session_note_started(daemon->session, observation);
    model_observe(daemon->model, observation);
    remember(daemon->started, observation->started);
    remember(daemon->stopped, observation->stopped);
    if (observation->sightings->len > 0) {
        teach_learnt(daemon, observation->sightings);
        teach_observer(daemon);
    }
}

static void take_observation(Observation *observation, bool pass, gpointer data)
{
    Daemon *daemon = data;
    if (pass)
        take_pass(daemon, observation);
    else
        take_event(daemon, observation);
    observation_free(observation);
}

static gboolean cycle_tick(gpointer data)
{
    enum { MISSED_TOLD = 3 };
    Daemon *daemon = data;
    session_look(daemon->session);
    if (!daemon->config->doscan || daemon->observer == NULL)
        return G_SOURCE_CONTINUE;
    if (!observer_busy(daemon->observer)) {
        daemon->n_missed = 0;
        observer_pass(daemon->observer);
    } else if (++daemon->n_missed == MISSED_TOLD) {
        log_write(daemon->log, LEVEL_WARNING, MESSAGE_OVERRUN,
                  "looking at /proc has taken %u cycles and goes on: a process may be stuck in the "
                  "kernel; predictions wait for it",
                  daemon->n_missed);
    }
    return G_SOURCE_CONTINUE;
}

static void skip_bad(Daemon *daemon)
{
    GHashTableIter iter;
    g_hash_table_iter_init(&iter, daemon->model->bad);
    for (gpointer key = NULL; g_hash_table_iter_next(&iter, &key, NULL);)
        observer_skip(daemon->observer, key);
}

void cycle_open(Daemon *daemon)
{
    const Config *config = daemon->config;
    ScanRules *rules = scan_rules_of(config);
    const ObserverSetup setup = {.proc_path = "/proc",
                                 .power_path = "/sys/class/power_supply",
                                 .broker_socket = PRELOAD_EVENTS_SOCKET,
                                 .rules = rules,
                                 .learn = config->learn && config->doscan,
                                 .take = take_observation,
                                 .data = daemon};
    daemon->observer = observer_new(&setup);
    scan_rules_free(rules);
    if (daemon->observer == NULL)
        log_write(daemon->log, LEVEL_ERROR, MESSAGE_PROC_UNREADABLE,
                  "cannot open /proc: %s; nothing is learnt or predicted", g_strerror(errno));
    else
        skip_bad(daemon);
}

static void start_timer(Daemon *daemon)
{
    daemon->cycle_source = g_timeout_add_seconds(daemon->config->cycle_sec, cycle_tick, daemon);
}

void cycle_start(Daemon *daemon)
{
    daemon->awake_usec = clock_awake_usec(daemon->clock);
    start_timer(daemon);
    (void)cycle_tick(daemon);
}

void cycle_stop(Daemon *daemon)
{
    if (daemon->cycle_source != 0)
        g_source_remove(daemon->cycle_source);
    daemon->cycle_source = 0;
}

void cycle_look_anew(Daemon *daemon)
{
    const Config *config = daemon->config;
    if (daemon->observer == NULL)
        return;
    ScanRules *rules = scan_rules_of(config);
    observer_set_rules(daemon->observer, rules, config->learn && config->doscan);
    scan_rules_free(rules);
    if (config->doscan)
        observer_pass(daemon->observer);
    else
        observer_forget(daemon->observer);
}

void cycle_reconfigure(Daemon *daemon)
{
    cycle_stop(daemon);
    cycle_advance(daemon);
    if (!daemon->config->doscan)
        model_resynchronize(daemon->model);
    start_timer(daemon);
    cycle_look_anew(daemon);
}
