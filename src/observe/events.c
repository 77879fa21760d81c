/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/events.h"
#include "base/event-source.h"
#include "observe/access.h"
#include "observe/execs.h"
#include "observe/learner.h"
#include "observe/openfeed.h"
#include "observe/pauses.h"
#include "observe/resolver.h"
#include <errno.h>
#include <glib-unix.h>

/* Reads in one go; what is left comes next time. */
#define READS_MAX 64

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
    GSource *look_source; /* a look of the learner's is due */
    GSourceFuncs look_funcs;
    GArray *batch; /* ExecEvent */
    GArray *exits; /* uint32_t: pids that ended, not yet told to the learner */
    Pauses pauses;
    uint64_t pause_usec; /* not yet taken */
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

/* Opens are armed as long as anything is being learnt. */
static void follow_learner(Events *events)
{
    if (events->opens != NULL)
        (void)openfeed_want(events->opens, learner_active(events->learner) > 0);
}

static void take_event(Events *events, const ExecEvent *event)
{
    Scanner *scanner = events->setup.scanner;
    g_autoptr(ExeKey) starter = NULL;
    uint64_t starter_usec = 0;
    switch (event->kind) {
    case EXEC_FORK:
        scanner_fork(scanner, event->parent_pid, event->pid);
        learner_fork(events->learner, event->parent_pid, event->pid);
        break;
    case EXEC_EXEC: {
        const Program *before = scanner_program(scanner, event->pid);
        if (before != NULL) {
            starter = exe_key_ref(before->key);
            starter_usec = scanner_exec_usec(scanner, event->pid);
        }
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
    observation->starter_usec = starter_usec;
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
    events->pause_usec = pauses_next_usec(&events->pauses, now_usec());
}

uint64_t events_take_pause(Events *events)
{
    uint64_t pause_usec = events->pause_usec;
    events->pause_usec = 0;
    return pause_usec;
}

/* A source that asks the learner when it is due. A timer of GLib's that is set to another time has
 * the thread wake itself up for that (g_source_set_ready_time()). */
typedef struct {
    GSource source;
    Events *events;
} LookSource;

static gboolean look_prepare(GSource *source, gint *ret_timeout_msec)
{
    uint64_t due_usec = learner_due_usec(((LookSource *)source)->events->learner);
    uint64_t now = now_usec();
    *ret_timeout_msec = -1;
    if (due_usec != UINT64_MAX)
        *ret_timeout_msec = due_usec > now ? (gint)MIN((due_usec - now + 999) / 1000, G_MAXINT) : 0;
    return *ret_timeout_msec == 0;
}

static gboolean look_check(GSource *source)
{
    return learner_due_usec(((LookSource *)source)->events->learner) <= now_usec();
}

static gboolean look_dispatch(GSource *source, GSourceFunc func, gpointer data)
{
    Events *events = ((LookSource *)source)->events;
    (void)func;
    (void)data;
    events_drain(events);
    resolver_refresh(events->resolver);
    learner_look(events->learner, now_usec());
    follow_learner(events);
    return G_SOURCE_CONTINUE;
}

static void start_looks(Events *events)
{
    events->look_funcs =
        (GSourceFuncs){.prepare = look_prepare, .check = look_check, .dispatch = look_dispatch};
    events->look_source = g_source_new(&events->look_funcs, sizeof(LookSource));
    ((LookSource *)events->look_source)->events = events;
    g_source_attach(events->look_source, events->setup.context);
}

static gboolean on_execs(gint fd, GIOCondition condition, gpointer data)
{
    (void)fd;
    (void)condition;
    events_drain(data);
    return G_SOURCE_CONTINUE;
}

static void listen_to_execs(Events *events)
{
    events->execs_source = g_unix_fd_source_new(execs_fd(events->execs), G_IO_IN);
    event_source_lighten(events->execs_source);
    g_source_set_callback(events->execs_source, G_SOURCE_FUNC(on_execs), events, NULL);
    g_source_attach(events->execs_source, events->setup.context);
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
    start_looks(events);
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
