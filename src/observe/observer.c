/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/observer.h"
#include "observe/events.h"
#include "observe/power.h"
#include "observe/scanner.h"

/* What is told in the maker's context. */
typedef struct {
    Observer *observer;
    Observation *observation;
    bool pass;
    bool asked; /* by the maker */
} News;

/* What the maker wants done in the thread. */
typedef struct {
    Observer *observer;
    void (*run)(Observer *observer, gpointer argument);
    gpointer argument;
    GDestroyNotify free_argument;
} Order;

struct Observer {
    GThread *thread;
    GMainContext *context; /* the thread's */
    GMainContext *home;    /* the maker's */
    void (*take)(Observation *observation, bool pass, gpointer data);
    gpointer data;
    int ending; /* atomic */
    int n_news; /* atomic: on their way to the maker */
    /* The maker's. */
    uint32_t n_passes; /* asked for and not yet told */
    /* The thread's. */
    char *power_path;
    Scanner *scanner;
    CgroupMemory *groups; /* the scanner has it */
    Events *events;
    bool paused;
    bool resync_due;
};

static void news_free(gpointer data)
{
    News *news = data;
    observation_free(news->observation);
    g_free(news);
}

static gboolean news_tell(gpointer data)
{
    News *news = data;
    Observer *observer = news->observer;
    observer->n_passes -= news->asked ? 1 : 0;
    (void)g_atomic_int_add(&observer->n_news, -1);
    if (!g_atomic_int_get(&observer->ending))
        observer->take(g_steal_pointer(&news->observation), news->pass, observer->data);
    return G_SOURCE_REMOVE;
}

static void attach(GMainContext *context, GSourceFunc func, gpointer data, GDestroyNotify destroy)
{
    g_autoptr(GSource) source = g_idle_source_new();
    g_source_set_priority(source, G_PRIORITY_DEFAULT);
    g_source_set_callback(source, func, data, destroy);
    g_source_attach(source, context);
}

static void tell(Observer *observer, Observation *observation, bool pass, bool asked)
{
    News *news = g_new(News, 1);
    *news = (News){observer, observation, pass, asked};
    (void)g_atomic_int_add(&observer->n_news, 1);
    attach(observer->home, news_tell, news, news_free);
}

static void tell_event(Observation *observation, gpointer data)
{
    Observer *observer = data;
    if (observer->paused)
        observation_free(observation);
    else
        tell(observer, observation, false, false);
}

static void look_at_all(Observer *observer, bool asked)
{
    Observation *observation = scanner_pass(observer->scanner);
    events_health(observer->events, &observation->health);
    /* At last, for the firmware may take its time, and here nobody waits but the next event. */
    observation->on_battery =
        observer->power_path != NULL && power_on_battery(observer->power_path);
    tell(observer, observation, true, asked);
}

static void forget(Observer *observer)
{
    events_forget(observer->events);
    scanner_forget(observer->scanner);
}

static void run_pass(Observer *observer, gpointer argument)
{
    (void)argument;
    events_drain(observer->events);
    if (observer->paused)
        forget(observer); /* what happened meanwhile was heard of, but not told */
    observer->paused = false;
    look_at_all(observer, true);
}

static gboolean resynchronize(gpointer data)
{
    Observer *observer = data;
    observer->resync_due = false;
    if (!observer->paused)
        look_at_all(observer, false);
    return G_SOURCE_REMOVE;
}

/* Not from within the events, and not once for each loss of a storm. */
static void on_overrun(gpointer data)
{
    enum { RESYNC_MSEC = 200 };
    Observer *observer = data;
    if (observer->resync_due)
        return;
    observer->resync_due = true;
    g_autoptr(GSource) source = g_timeout_source_new(RESYNC_MSEC);
    g_source_set_callback(source, resynchronize, observer, NULL);
    g_source_attach(source, observer->context);
}

/* In a storm of events, so that the thread is not woken up for each. */
static void pause_between(const Observer *observer)
{
    uint64_t pause_usec = events_take_pause(observer->events);
    if (pause_usec > 0)
        g_usleep(pause_usec);
}

static gpointer observer_thread(gpointer data)
{
    Observer *observer = data;
    g_main_context_push_thread_default(observer->context);
    events_start(observer->events);
    while (!g_atomic_int_get(&observer->ending)) {
        g_main_context_iteration(observer->context, TRUE);
        pause_between(observer);
    }
    events_free(observer->events);
    scanner_free(observer->scanner);
    cgroup_memory_free(observer->groups);
    g_main_context_pop_thread_default(observer->context);
    return NULL;
}

Observer *observer_new(const ObserverSetup *setup)
{
    ProcRoot *root = proc_root_open(setup->proc_path);
    if (root == NULL)
        return NULL;
    Observer *observer = g_new0(Observer, 1);
    observer->take = setup->take;
    observer->data = setup->data;
    observer->context = g_main_context_new();
    observer->home = g_main_context_ref_thread_default();
    observer->paused = true; /* till the first pass */
    observer->power_path = g_strdup(setup->power_path);
    observer->scanner = scanner_new(root, setup->rules);
    observer->groups = cgroup_memory_new(setup->proc_path);
    scanner_set_groups(observer->scanner, observer->groups);
    const EventsSetup events = {.proc_path = setup->proc_path,
                                .broker_socket = setup->broker_socket,
                                .rules = setup->rules,
                                .scanner = observer->scanner,
                                .context = observer->context,
                                .wanted = setup->learn,
                                .overrun = on_overrun,
                                .tell = tell_event,
                                .data = observer};
    observer->events = events_new(&events);
    observer->thread = g_thread_new("observer", observer_thread, observer);
    return observer;
}

void observer_free(Observer *observer)
{
    if (observer == NULL)
        return;
    g_atomic_int_set(&observer->ending, 1);
    g_main_context_wakeup(observer->context);
    g_thread_join(observer->thread);
    /* What was observed and not told yet points to us. */
    while (g_atomic_int_get(&observer->n_news) > 0)
        g_main_context_iteration(observer->home, TRUE);
    g_main_context_unref(observer->context);
    g_main_context_unref(observer->home);
    g_free(observer->power_path);
    g_free(observer);
}

static gboolean order_run(gpointer data)
{
    Order *order = data;
    order->run(order->observer, order->argument);
    return G_SOURCE_REMOVE;
}

static void order_free(gpointer data)
{
    Order *order = data;
    if (order->free_argument != NULL)
        order->free_argument(order->argument);
    g_free(order);
}

/* In the order in which they were given; those that are not carried out any more are freed. */
static void give_order(Observer *observer, void (*run)(Observer *, gpointer), gpointer argument,
                       GDestroyNotify free_argument)
{
    Order *order = g_new(Order, 1);
    *order = (Order){observer, run, argument, free_argument};
    attach(observer->context, order_run, order, order_free);
}

void observer_pass(Observer *observer)
{
    observer->n_passes++;
    give_order(observer, run_pass, NULL, NULL);
}

bool observer_busy(const Observer *observer)
{
    return observer->n_passes > 0;
}

typedef struct {
    ScanRules rules;
    bool learn;
} NewRules;

static void run_rules(Observer *observer, gpointer argument)
{
    const NewRules *new = argument;
    scanner_set_rules(observer->scanner, &new->rules);
    events_set_rules(observer->events, &new->rules, new->learn);
}

static void new_rules_free(gpointer data)
{
    NewRules *new = data;
    scan_rules_clear(&new->rules);
    g_free(new);
}

void observer_set_rules(Observer *observer, const ScanRules *rules, bool learn)
{
    NewRules *new = g_new(NewRules, 1);
    *new = (NewRules){scan_rules_copy(rules), learn};
    give_order(observer, run_rules, new, new_rules_free);
}

static void run_forget(Observer *observer, gpointer argument)
{
    (void)argument;
    observer->paused = true;
    forget(observer);
}

void observer_forget(Observer *observer)
{
    give_order(observer, run_forget, NULL, NULL);
}

static void run_skip(Observer *observer, gpointer key)
{
    scanner_skip(observer->scanner, key);
}

void observer_skip(Observer *observer, ExeKey *key)
{
    give_order(observer, run_skip, exe_key_ref(key), exe_key_release);
}

typedef struct {
    ExeKey *key;
    uint32_t n;
} NewRest;

static void run_rest(Observer *observer, gpointer argument)
{
    const NewRest *rest = argument;
    events_rest(observer->events, rest->key, rest->n);
}

static void new_rest_free(gpointer data)
{
    NewRest *rest = data;
    exe_key_unref(rest->key);
    g_free(rest);
}

void observer_rest(Observer *observer, ExeKey *key, uint32_t n)
{
    NewRest *rest = g_new(NewRest, 1);
    *rest = (NewRest){exe_key_ref(key), n};
    give_order(observer, run_rest, rest, new_rest_free);
}
