/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "service/daemon.h"
#include "build-config.h"
#include "formats/warmlists.h"
#include "service/assist.h"
#include "service/control.h"
#include "service/cycle.h"
#include "service/grafting.h"
#include "service/pinning.h"
#include "service/purge.h"
#include "service/recorder.h"
#include "service/relief.h"
#include "service/report.h"
#include "service/rights.h"
#include "service/saver.h"
#include "service/seeding.h"
#include "service/session.h"
#include "service/signals.h"
#include "service/unmounts.h"
#include "service/warming.h"
#include <errno.h>
#include <glib-unix.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sysexits.h>

static void tell_warnings(const Daemon *daemon, const Config *config)
{
    for (guint i = 0; i < config->warnings->len; i++)
        log_write(daemon->log, LEVEL_WARNING, MESSAGE_CONFIG_INVALID, "%s",
                  (const char *)config->warnings->pdata[i]);
}

static double percent(uint32_t value)
{
    return (double)value / 100;
}

static ModelRules model_rules_of(const Config *config)
{
    return (ModelRules){
        .minsize_bytes = config->minsize_bytes,
        .exeprefix = prefix_list_new((const char *const *)config->exeprefix),
        .mapprefix = prefix_list_new((const char *const *)config->mapprefix),
        .fileprefix = prefix_list_new((const char *const *)config->fileprefix),
        .appprefix = prefix_list_new((const char *const *)config->appprefix),
        .ignore = patterns_new((const char *const *)config->ignore),
        .promote = patterns_new((const char *const *)config->promote),
        .weight = {.base = percent(config->launchbase_percent),
                   .divisor_sec = config->launchdivisor_sec,
                   .user_factor = percent(config->userfactor_percent),
                   .automated_factor = percent(config->automatedfactor_percent),
                   .short_penalty = percent(config->shortpenalty_percent),
                   .short_sec = config->shortlived_sec},
    };
}

static void model_rules_clear(ModelRules *rules)
{
    prefix_list_unref(rules->exeprefix);
    prefix_list_unref(rules->mapprefix);
    prefix_list_unref(rules->fileprefix);
    prefix_list_unref(rules->appprefix);
    patterns_unref(rules->ignore);
    patterns_unref(rules->promote);
}

static bool daemon_load(Daemon *daemon, GError **error)
{
    ModelRules rules = model_rules_of(daemon->config);
    daemon->model = model_new(&rules);
    model_rules_clear(&rules);
    const ProphetRules prophet_rules = cycle_prophet_rules(daemon->config);
    daemon->prophet = prophet_new(daemon->model, &prophet_rules);
    purge_open(daemon);
    return saver_open(daemon, error);
}

Daemon *daemon_new(const Options *options, GError **error, int *ret_status)
{
    *ret_status = EXIT_FAILURE;
    g_autoptr(Daemon) daemon = g_new0(Daemon, 1);
    daemon->options = options;
    daemon->clock = &clock_system;
    daemon->log = log_new(options->logfile, options->verbose, error);
    if (daemon->log == NULL)
        return NULL;
    daemon->config = config_load_chosen(options->conffile, error);
    if (daemon->config == NULL) {
        *ret_status = EX_CONFIG;
        return NULL;
    }
    tell_warnings(daemon, daemon->config);
    daemon->loop = g_main_loop_new(NULL, FALSE);
    daemon->started = g_ptr_array_new_with_free_func(exe_key_release);
    daemon->stopped = g_ptr_array_new_with_free_func(exe_key_release);
    return daemon_load(daemon, error) ? g_steal_pointer(&daemon) : NULL;
}

static gboolean on_quit(gpointer data)
{
    Daemon *daemon = data;
    g_main_loop_quit(daemon->loop);
    return G_SOURCE_CONTINUE;
}

static void swap_config(Daemon *daemon, Config *config)
{
    config_unref(daemon->config);
    daemon->config = config;
    ModelRules rules = model_rules_of(config);
    uint32_t n_left = model_set_rules(daemon->model, &rules);
    model_rules_clear(&rules);
    cycle_reconfigure(daemon);
    seeding_reconfigure(daemon);
    pinning_reconfigure(daemon->pinning);
    saver_start(daemon);
    log_write(daemon->log, LEVEL_NOTICE, MESSAGE_RELOADED,
              "configuration reloaded; %u programs and files left the model", n_left);
}

bool daemon_reload(Daemon *daemon, GError **error)
{
    g_autoptr(GError) problem = NULL;
    notify_reloading(daemon->notify);
    if (!log_reopen(daemon->log, &problem))
        log_write(daemon->log, LEVEL_ERROR, MESSAGE_NONE, "%s; the old log file stays in use",
                  problem->message);
    g_clear_error(&problem);
    saver_save(daemon, "reload");
    Config *config = config_load_chosen(daemon->options->conffile, &problem);
    if (config != NULL) {
        tell_warnings(daemon, config);
        swap_config(daemon, config);
    } else {
        log_write(daemon->log, LEVEL_ERROR, MESSAGE_CONFIG_INVALID,
                  "%s; the configuration stays as it was", problem->message);
        g_propagate_error(error, g_steal_pointer(&problem));
    }
    notify_ready(daemon->notify);
    return config != NULL;
}

static gboolean on_reload(gpointer data)
{
    (void)daemon_reload(data, NULL); /* it is in the log */
    return G_SOURCE_CONTINUE;
}

void daemon_dump(Daemon *daemon)
{
    cycle_advance(daemon);
    g_autofree char *config = config_print(daemon->config);
    g_auto(GStrv) lines = g_strsplit(config, "\n", -1);
    log_write(daemon->log, LEVEL_NOTICE, MESSAGE_NONE, "configuration:");
    for (char **line = lines; *line != NULL; line++) {
        if (**line != '\0')
            log_write(daemon->log, LEVEL_NOTICE, MESSAGE_NONE, "  %s", *line);
    }
    g_autofree char *state = session_describe(daemon->session);
    log_write(daemon->log, LEVEL_NOTICE, MESSAGE_NONE, "%s", state);
    accounting_note_wasted(queue_accounting(daemon->queue), daemon->model->metrics.wasted_bytes);
    report_accounting(daemon->log, queue_accounting(daemon->queue));
    report_model(daemon->log, daemon->model);
}

static gboolean on_dump(gpointer data)
{
    daemon_dump(data);
    return G_SOURCE_CONTINUE;
}

static gboolean on_save(gpointer data)
{
    saver_save(data, "SIGUSR2");
    return G_SOURCE_CONTINUE;
}

static gboolean on_watchdog(gpointer data)
{
    Daemon *daemon = data;
    notify_watchdog(daemon->notify);
    return G_SOURCE_CONTINUE;
}

static void add_source(Daemon *daemon, GSource *source, GSourceFunc func)
{
    g_source_set_callback(source, func, daemon, NULL);
    g_source_attach(source, NULL);
    daemon->sources = g_slist_prepend(daemon->sources, source);
}

static void add_sources(Daemon *daemon)
{
    static const GSourceFunc funcs[] = {[SIGNAL_END] = on_quit,
                                        [SIGNAL_RELOAD] = on_reload,
                                        [SIGNAL_DUMP] = on_dump,
                                        [SIGNAL_SAVE] = on_save};
    for (gsize i = 0; i < ANSWERED_SIGNALS; i++) {
        const AnsweredSignal *answered = &signals_answered[i];
        add_source(daemon, g_unix_signal_source_new(answered->number), funcs[answered->wish]);
    }
    signals_release();
    uint64_t watchdog_usec = notify_watchdog_usec(daemon->notify);
    if (watchdog_usec > 0)
        add_source(daemon, g_timeout_source_new((guint)(watchdog_usec / 1000)), on_watchdog);
}

/* Of this thread and those that it makes: POSIX has one nice value for a process, Linux one for
 * each thread (setpriority(2)). */
static void be_nice(gpointer data)
{
    const Daemon *daemon = data;
    /* Where it began with a higher one, that one counts: there is no way back without a right. */
    (void)setpriority(PRIO_PROCESS, 0, daemon->options->nice);
}

void daemon_idle(gpointer data)
{
    be_nice(data);
    (void)
        readahead_idle_class(); /* a filter on system calls may forbid it; nice counts then, too */
}

/* Launches wait for assists; nobody waits for what is predicted. */
static void settle(ReadClass class, gpointer data)
{
    if (class == CLASS_SESSION)
        be_nice(data);
    else if (class > CLASS_SESSION)
        daemon_idle(data);
}

static void start_recorder(Daemon *daemon)
{
    g_autoptr(GError) error = NULL;
    const Options *options = daemon->options;
    if (options->record == NULL)
        return;
    daemon->recorder = recorder_new(options->record, options->anonymous,
                                    clock_unix_sec(daemon->clock), daemon->saver, &error);
    if (daemon->recorder == NULL)
        log_write(daemon->log, LEVEL_ERROR, MESSAGE_NONE, "%s; nothing is recorded",
                  error->message);
    else
        log_write(daemon->log, LEVEL_NOTICE, MESSAGE_NONE, "recording what is launched%s to %s",
                  options->anonymous ? ", without names," : "", options->record);
}

static void start(Daemon *daemon)
{
    g_autoptr(GError) error = NULL;
    daemon->notify = notify_new(&error);
    if (error != NULL)
        log_write(daemon->log, LEVEL_WARNING, MESSAGE_NONE, "%s", error->message);
    daemon->residency = residency_new();
    const QueueSetup queue = {.sys_path = "/sys",
                              .mountinfo_path = "/proc/self/mountinfo",
                              .residency = daemon->residency,
                              .settle = settle,
                              .data = daemon};
    daemon->queue = queue_new(&queue);
    daemon->unmounts = unmounts_new("/proc/self/mountinfo", daemon->queue, NULL);
    daemon->placement = placement_new();
    daemon->heads = heads_new();
    daemon->assist = assist_new(daemon);
    cycle_open(daemon);
    add_sources(daemon);
    daemon->saver = worker_new("saver", NULL, be_nice, daemon);
    daemon->machine = machine_new("/proc", "/sys");
    const LimiterHost host = machine_host(daemon->machine);
    daemon->limiter = limiter_new(&host);
    daemon->relief = relief_new(daemon);
    log_write(daemon->log, LEVEL_NOTICE, MESSAGE_STARTED,
              "preload " PRELOAD_VERSION " started: a cycle of %u s, state in %s",
              daemon->config->cycle_sec,
              daemon->store != NULL ? store_path(daemon->store) : "memory only");
    Rights rights = rights_now();
    g_autofree char *missing = rights_missing(&rights);
    if (missing != NULL)
        log_write(daemon->log, LEVEL_WARNING, MESSAGE_CAPABILITY_MISSING, "%s", missing);
    start_recorder(daemon);
    daemon->session = session_open(daemon);
    purge_start(daemon);
    grafting_start(daemon, grafting_directories);
    seeding_start(daemon, &seeding_system);
    daemon->warming = warming_new(daemon, WARM_LISTS_DIRECTORY);
    daemon->pinning = pinning_new(daemon);
    cycle_start(daemon);
    saver_start(daemon);
    daemon->started_usec = clock_awake_usec(daemon->clock);
    daemon->started_unix_sec = clock_unix_sec(daemon->clock);
    const char *socket = daemon->options->socket;
    daemon->control = control_new(daemon, socket != NULL ? socket : PRELOAD_SOCKET);
}

void daemon_run(Daemon *daemon)
{
    start(daemon);
    notify_ready(daemon->notify);
    g_main_loop_run(daemon->loop);
    notify_stopping(daemon->notify);
    control_free(daemon->control);
    daemon->control = NULL;
    if (daemon->pause_source != 0)
        g_source_remove(daemon->pause_source);
    g_atomic_int_set(&daemon->cancel, 1);
    queue_cancel_from(daemon->queue, CLASS_ASSIST);
    cycle_stop(daemon);
    purge_stop(daemon);
    saver_finish(daemon);
    log_write(daemon->log, LEVEL_NOTICE, MESSAGE_STOPPED, "preload stopped");
}

static void source_end(gpointer data)
{
    GSource *source = data;
    g_source_destroy(source);
    g_source_unref(source);
}

void daemon_free(Daemon *daemon)
{
    if (daemon == NULL)
        return;
    g_slist_free_full(daemon->sources, source_end);
    if (daemon->autosave_source != 0)
        g_source_remove(daemon->autosave_source);
    session_free(daemon->session);
    seeding_stop(daemon);
    grafting_stop(daemon);
    observer_free(daemon->observer);
    unmounts_free(daemon->unmounts);
    queue_free(daemon->queue);
    warming_free(daemon->warming);
    placement_free(daemon->placement);
    heads_free(daemon->heads);
    assist_free(daemon->assist);
    pinning_free(daemon->pinning);
    relief_free(daemon->relief);
    worker_free(daemon->saver);
    recorder_free(daemon->recorder);
    limiter_free(daemon->limiter);
    machine_free(daemon->machine);
    residency_free(daemon->residency);
    prophet_free(daemon->prophet);
    model_free(daemon->model);
    watcher_free(daemon->watcher);
    storage_free(daemon->mounted);
    store_close(daemon->store);
    notify_free(daemon->notify);
    config_unref(daemon->config);
    g_free(daemon->stance);
    g_clear_pointer(&daemon->started, g_ptr_array_unref);
    g_clear_pointer(&daemon->stopped, g_ptr_array_unref);
    g_clear_pointer(&daemon->loop, g_main_loop_unref);
    log_free(daemon->log);
    g_free(daemon);
}
