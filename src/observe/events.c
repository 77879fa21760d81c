/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/events.h"
#include "base/event-source.h"
#include "observe/access.h"
#include "observe/execs.h"
#include "observe/learner.h"
#include "observe/openfeed.h"
#include "observe/resolver.h"
#include <errno.h>
#include <glib-unix.h>

/* Reads in one go; what is left comes next time. */
#define READS_MAX 64
/* A storm: so many events in one window. They are then taken in bundles, so much late at most. */
#define STORM_WINDOW_USEC 100000
#define STORM_BUNDLE_MSEC 20
#define STORM_EVENTS 20

struct Events {
    EventsSetup setup;
    ScanRules rules;
    ProcRoot *root;
    char *mount_namespace;
    char *host_namespace;
    Viewer viewer;
    Resolver *resolver;
    Touched *touched;
    Residency *residency;
    Learner *learner;
    Access *access; /* outlives what it granted */
    Execs *execs;
    OpenFeed *opens;
    GSource *execs_source;
    GSource *storm_source; /* events are taken when it fires */
    GSource *look_source;  /* a look of the learner's is due */
    uint64_t look_usec;    /* when */
    GArray *batch;         /* ExecEvent */
    GArray *exits;         /* uint32_t: pids that ended, not yet told to the learner */
    gint64 window_usec;    /* begin of the present STORM_WINDOW_USEC */
    uint32_t n_in_window;
    ObserverHealth health;
};

static uint64_t now_usec(void)
{
    return (uint64_t)g_get_monotonic_time();
}

static void tell_sighting(Sighting *sighting, gpointer data)
{
    Events *events = data;
    Observation *observation = observation_new();
    g_ptr_array_add(observation->sightings, sighting);
    events->setup.tell(observation, events->setup.data);
}

static GSource *attach(Events *events, GSource *source, GSourceFunc func)
{
    g_source_set_callback(source, func, events, NULL);
    g_source_attach(source, events->setup.context);
    return source;
}

Events *events_new(const EventsSetup *setup)
{
    Events *events = g_new0(Events, 1);
    events->setup = *setup;
    events->rules = scan_rules_copy(setup->rules);
    events->batch = g_array_new(FALSE, FALSE, sizeof(ExecEvent));
    events->exits = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    return events;
}

static void stop(Events *events)
{
    event_source_clear(&events->execs_source);
    event_source_clear(&events->storm_source);
    event_source_clear(&events->look_source);
    g_clear_pointer(&events->learner, learner_free);
    g_clear_pointer(&events->opens, openfeed_free);
    g_clear_pointer(&events->execs, execs_free);
    g_clear_pointer(&events->access, access_free);
    scanner_set_touched(events->setup.scanner, NULL);
    g_clear_pointer(&events->touched, touched_free);
    g_clear_pointer(&events->resolver, resolver_free);
    g_clear_pointer(&events->residency, residency_free);
    g_clear_pointer(&events->mount_namespace, g_free);
    g_clear_pointer(&events->host_namespace, g_free);
    g_clear_pointer(&events->root, proc_root_close);
    scanner_set_events(events->setup.scanner, false);
    events->health = (ObserverHealth){.n_overruns = events->health.n_overruns};
}

void events_free(Events *events)
{
    if (events == NULL)
        return;
    stop(events);
    scan_rules_clear(&events->rules);
    g_array_unref(events->batch);
    g_array_unref(events->exits);
    g_free(events);
}

static gboolean look(gpointer data);

/* Opens are armed, and the next look is waited for, as long as anything is being learnt. */
static void follow_learner(Events *events)
{
    if (events->opens != NULL)
        (void)openfeed_want(events->opens, learner_active(events->learner) > 0);
    uint64_t due_usec = learner_due_usec(events->learner);
    if (due_usec == events->look_usec && events->look_source != NULL)
        return;
    event_source_clear(&events->look_source);
    events->look_usec = due_usec;
    if (due_usec == UINT64_MAX)
        return;
    events->look_source = attach(events, g_timeout_source_new(0), look);
    g_source_set_ready_time(events->look_source, (gint64)due_usec);
}

static void take_event(Events *events, const ExecEvent *event)
{
    Scanner *scanner = events->setup.scanner;
    g_autoptr(ExeKey) starter = NULL;
    switch (event->kind) {
    case EXEC_FORK:
        scanner_fork(scanner, event->parent_pid, event->pid);
        learner_fork(events->learner, event->parent_pid, event->pid);
        break;
    case EXEC_EXEC: {
        const Program *before = scanner_program(scanner, event->pid);
        starter = before != NULL ? exe_key_ref(before->key) : NULL;
        ScannedExec exec = scanner_exec(scanner, event->pid);
        learner_exec(events->learner, event->pid, &exec, event->usec);
        /* At once: what it opens first is opened now. */
        if (events->opens != NULL && learner_wants(events->learner, event->pid) &&
            !openfeed_want(events->opens, true))
            learner_lost_events(events->learner);
        break;
    }
    case EXEC_EXIT:
        scanner_exit(scanner, event->pid);
        g_array_append_val(events->exits, event->pid);
        break;
    }
    Observation *observation = scanner_report(scanner);
    if (observation == NULL)
        return;
    observation->starter = g_steal_pointer(&starter);
    events->setup.tell(observation, events->setup.data);
}

static void lose_events(Events *events)
{
    events->health.n_overruns++;
    learner_lost_events(events->learner);
    scanner_set_events(events->setup.scanner, true); /* the next pass is one to begin with */
    events->setup.overrun(events->setup.data);
}

static void lose_execs(Events *events)
{
    events->health.execs_error = -ECONNRESET;
    event_source_clear(&events->execs_source);
    g_clear_pointer(&events->execs, execs_free);
    scanner_set_events(events->setup.scanner, false);
    learner_forget(events->learner);
}

static void take_execs(Events *events)
{
    ExecsResult result = EXECS_MORE;
    for (guint i = 0; events->execs != NULL && i < READS_MAX && result != EXECS_DRAINED; i++) {
        g_array_set_size(events->batch, 0);
        result = execs_read(events->execs, events->batch);
        events->n_in_window += events->batch->len;
        for (guint j = 0; j < events->batch->len; j++)
            take_event(events, &g_array_index(events->batch, ExecEvent, j));
        if (result == EXECS_OVERRUN)
            lose_events(events);
        if (result == EXECS_BROKEN)
            lose_execs(events);
    }
}

static bool wants(uint32_t pid, gpointer data)
{
    return learner_wants(((const Events *)data)->learner, pid);
}

static void take_open(const OpenEvent *event, gpointer data)
{
    learner_open(((const Events *)data)->learner, event, now_usec());
}

static void lose_opens(gpointer data)
{
    learner_lost_events(((const Events *)data)->learner);
}

void events_drain(Events *events)
{
    if (events->learner == NULL)
        return;
    take_execs(events);
    if (events->opens != NULL)
        openfeed_drain(events->opens);
    for (guint i = 0; i < events->exits->len; i++)
        learner_exit(events->learner, g_array_index(events->exits, uint32_t, i));
    g_array_set_size(events->exits, 0);
    follow_learner(events);
}

static gboolean look(gpointer data)
{
    Events *events = data;
    events_drain(events);
    resolver_refresh(events->resolver);
    learner_look(events->learner, now_usec());
    events->look_usec = 0; /* this source has fired */
    follow_learner(events);
    return G_SOURCE_CONTINUE;
}

static gboolean on_execs(gint fd, GIOCondition condition, gpointer data);

static void listen_to_execs(Events *events)
{
    events->execs_source = g_unix_fd_source_new(execs_fd(events->execs), G_IO_IN);
    (void)attach(events, events->execs_source, G_SOURCE_FUNC(on_execs));
}

static gboolean end_storm(gpointer data)
{
    Events *events = data;
    event_source_clear(&events->storm_source);
    events_drain(events);
    if (events->execs != NULL)
        listen_to_execs(events);
    return G_SOURCE_REMOVE;
}

/* A thread that is woken for each of a thousand events a second costs more than they do. */
static void calm(Events *events)
{
    gint64 now = g_get_monotonic_time();
    if (now - events->window_usec > STORM_WINDOW_USEC) {
        events->window_usec = now;
        events->n_in_window = 0;
    }
    if (events->n_in_window < STORM_EVENTS || events->execs_source == NULL)
        return;
    event_source_clear(&events->execs_source);
    events->storm_source = attach(events, g_timeout_source_new(STORM_BUNDLE_MSEC), end_storm);
}

static gboolean on_execs(gint fd, GIOCondition condition, gpointer data)
{
    Events *events = data;
    (void)fd;
    (void)condition;
    events_drain(events);
    calm(events);
    return G_SOURCE_CONTINUE;
}

static void on_opens(gpointer data)
{
    events_drain(data);
}

static void start_learner(Events *events)
{
    look_namespaces(events->root, &events->mount_namespace, &events->host_namespace);
    events->resolver = resolver_new(events->root);
    events->touched = touched_new(events->root);
    events->residency = residency_new();
    events->viewer = (Viewer){.root = events->root,
                              .rules = &events->rules,
                              .mount_namespace = events->mount_namespace,
                              .host_namespace = events->host_namespace,
                              .resolver = events->resolver};
    const LearnerSetup setup = {.viewer = &events->viewer,
                                .scanner = events->setup.scanner,
                                .touched = events->touched,
                                .residency = events->residency,
                                .tell = tell_sighting,
                                .data = events};
    events->learner = learner_new(&setup);
    scanner_set_touched(events->setup.scanner, events->touched);
}

static void start_opens(Events *events, Opens *opens)
{
    const OpenFeedSetup setup = {.root = events->root,
                                 .context = events->setup.context,
                                 .sink = {wants, take_open, events},
                                 .ready = on_opens,
                                 .lost = lose_opens,
                                 .data = events};
    events->opens = openfeed_new(opens, &setup);
}

/* Without execs nobody knows whose the opens are. */
static void on_granted(AccessGrant *grant, gpointer data)
{
    Events *events = data;
    events->health.execs_error = grant->execs != NULL ? 0 : grant->execs_error;
    events->health.opens_error = grant->opens != NULL ? 0 : grant->opens_error;
    events->execs = grant->execs;
    if (grant->opens != NULL && events->execs != NULL)
        start_opens(events, grant->opens);
    else
        opens_free(grant->opens);
    if (events->execs == NULL)
        return;
    scanner_set_events(events->setup.scanner, true);
    listen_to_execs(events);
}

void events_start(Events *events)
{
    events->health.asked = events->setup.wanted;
    if (!events->setup.wanted)
        return;
    events->root = proc_root_open(events->setup.proc_path);
    if (events->root == NULL)
        return;
    start_learner(events);
    events->access =
        access_open(events->setup.broker_socket, events->setup.context, on_granted, events);
}

void events_set_rules(Events *events, const ScanRules *rules, bool wanted)
{
    ScanRules taken = scan_rules_copy(rules);
    scan_rules_clear(&events->rules);
    events->rules = taken;
    bool started = events->learner != NULL;
    events->setup.wanted = wanted;
    if (started == wanted && events->execs != NULL)
        return;
    stop(events);
    events_start(events);
}

void events_forget(Events *events)
{
    if (events->learner != NULL)
        learner_forget(events->learner);
}

void events_rest(Events *events, ExeKey *key, uint32_t n)
{
    if (events->learner != NULL)
        learner_rest(events->learner, key, n);
}

void events_health(const Events *events, ObserverHealth *ret)
{
    *ret = events->health;
    ret->n_learning = events->learner != NULL ? learner_active(events->learner) : 0;
    if (events->opens == NULL)
        return;
    const char *why = NULL;
    ret->opens_error = openfeed_error(events->opens);
    ret->n_unmarked = openfeed_unmarked(events->opens, &why);
    g_strlcpy(ret->unmarked_why, why != NULL ? why : "", sizeof ret->unmarked_why);
}
