/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "prefetch/queue.h"

#include "prefetch/drops.h"

#define PROGRESS_USEC (100 * INT64_C(1000))

/* A thread, and what it knows of disks. */
typedef struct {
    Queue *queue;
    ReadClass class;
    Worker *worker;
    Storage *storage;
} Lane;

struct Queue {
    GMainContext *context;
    char *sys_path;
    char *mountinfo_path;
    const Residency *residency;
    Lane lanes[CLASSES][QUEUE_ASSISTANTS]; /* of all but assists, the first */
    GPtrArray *entries;                    /* Entry that waits or is read, oldest first; borrowed */
    Turns *turns;
    void (*settle)(ReadClass class, gpointer data);
    gpointer data;
    Accounting accounting;
    bool closing;
};

/* An order. Of the worker's thread while it runs, but for what is said to be shared. */
typedef struct {
    Queue *queue;
    QueueOrder order;
    const Lane *lane;
    Drops *drops; /* shared */
    int cancel;   /* shared: g_atomic_int */
    ReadaheadReport report;
    GMutex lock; /* of what follows, which is shared, and of order until it has begun */
    bool begun;
    QueueProgress progress;
    gint64 told_usec;
    GSource *telling; /* a call of order.progress that is due; owned */
} Entry;

/* Of the thread itself. */
static void settle(gpointer data)
{
    const Lane *lane = data;
    if (lane->queue->settle != NULL)
        lane->queue->settle(lane->class, lane->queue->data);
}

static Lane *demand_lane(Queue *queue, ReadClass class, guint index)
{
    static const char *const names[] = {"assistant", "session", "reader", "bulk"};
    G_STATIC_ASSERT(G_N_ELEMENTS(names) == CLASSES);
    Lane *lane = &queue->lanes[class][index];
    lane->queue = queue;
    lane->class = class;
    if (lane->worker == NULL)
        lane->worker = worker_new(names[class], queue->context, settle, lane);
    if (lane->storage == NULL)
        lane->storage = storage_new(queue->sys_path, queue->mountinfo_path);
    return lane;
}

Queue *queue_new(const QueueSetup *setup)
{
    Queue *queue = g_new0(Queue, 1);
    queue->context = setup->context;
    queue->sys_path = g_strdup(setup->sys_path);
    queue->mountinfo_path = g_strdup(setup->mountinfo_path);
    queue->residency = setup->residency;
    queue->settle = setup->settle;
    queue->data = setup->data;
    queue->entries = g_ptr_array_new();
    queue->turns = turns_new();
    for (guint i = 0; i < QUEUE_ASSISTANTS; i++)
        (void)demand_lane(queue, CLASS_ASSIST, i);
    return queue;
}

void queue_free(Queue *queue)
{
    if (queue == NULL)
        return;
    queue->closing = true;
    queue_cancel_from(queue, CLASS_ASSIST);
    for (guint i = 0; i < CLASSES * QUEUE_ASSISTANTS; i++) {
        Lane *lane = &queue->lanes[i / QUEUE_ASSISTANTS][i % QUEUE_ASSISTANTS];
        worker_free(lane->worker);
        storage_free(lane->storage);
    }
    turns_free(queue->turns);
    g_ptr_array_unref(queue->entries);
    g_free(queue->mountinfo_path);
    g_free(queue->sys_path);
    g_free(queue);
}

/* In the context. */
static gboolean tell_progress(gpointer data)
{
    Entry *entry = data;
    g_mutex_lock(&entry->lock);
    const QueueProgress progress = entry->progress;
    g_clear_pointer(&entry->telling, g_source_unref);
    g_mutex_unlock(&entry->lock);
    entry->order.progress(&progress, entry->order.data);
    return G_SOURCE_REMOVE;
}

/* In any thread that reads. */
static void note_progress(gpointer data, uint64_t submitted_bytes)
{
    Entry *entry = data;
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&entry->lock);
    gint64 now_usec = g_get_monotonic_time();
    entry->progress.submitted_bytes += submitted_bytes;
    entry->progress.n_requests++;
    if (entry->telling != NULL || now_usec - entry->told_usec < PROGRESS_USEC)
        return;
    entry->told_usec = now_usec;
    entry->telling = g_idle_source_new();
    g_source_set_callback(entry->telling, tell_progress, entry, NULL);
    g_source_attach(entry->telling, entry->queue->context);
}

static void entry_run(gpointer job)
{
    Entry *entry = job;
    g_mutex_lock(&entry->lock);
    entry->begun = true;
    g_mutex_unlock(&entry->lock);
    ReadaheadRules *rules = &entry->order.rules;
    rules->class = entry->order.class;
    rules->turns = entry->queue->turns;
    rules->drops = entry->drops;
    if (entry->order.progress != NULL) {
        rules->progress = note_progress;
        rules->progress_data = entry;
    }
    if (g_atomic_int_get(&entry->cancel) == 0)
        readahead_run(entry->order.plan, rules, entry->lane->storage, entry->queue->residency,
                      &entry->cancel, &entry->report);
}

static void entry_free(Entry *entry)
{
    if (entry->telling != NULL) {
        g_source_destroy(entry->telling);
        g_source_unref(entry->telling);
    }
    readahead_report_clear(&entry->report);
    plan_free(entry->order.plan);
    g_free(entry->order.reason);
    drops_free(entry->drops);
    g_mutex_clear(&entry->lock);
    g_free(entry);
}

static void entry_done(gpointer job)
{
    Entry *entry = job;
    Queue *queue = entry->queue;
    (void)g_ptr_array_remove(queue->entries, entry);
    if (entry->report.took_usec > 0)
        accounting_note(&queue->accounting, entry->order.class, &entry->report);
    else
        entry->report.cancelled = true;
    entry->order.done(entry->order.plan, &entry->report, entry->order.data);
    entry_free(entry);
}

/* One that has nothing to do, or else the one with the fewest that wait, which are spread evenly.
 */
static const Lane *choose_lane(Queue *queue, ReadClass class)
{
    if (class != CLASS_ASSIST)
        return demand_lane(queue, class, 0);
    for (guint i = 0; i < QUEUE_ASSISTANTS; i++)
        if (!worker_busy(queue->lanes[class][i].worker))
            return &queue->lanes[class][i];
    return &queue->lanes[class][queue->entries->len % QUEUE_ASSISTANTS];
}

bool queue_push(Queue *queue, const QueueOrder *order)
{
    if (queue->closing || queue_length(queue, order->class) >= QUEUE_WAITING_MAX) {
        plan_free(order->plan);
        g_free(order->reason);
        return false;
    }
    Entry *entry = g_new0(Entry, 1);
    entry->queue = queue;
    entry->order = *order;
    entry->lane = choose_lane(queue, order->class);
    entry->drops = drops_new();
    g_mutex_init(&entry->lock);
    g_ptr_array_add(queue->entries, entry);
    worker_push(entry->lane->worker, entry_run, entry_done, entry);
    return true;
}

guint queue_length(const Queue *queue, ReadClass class)
{
    guint n = 0;
    for (guint i = 0; i < queue->entries->len; i++)
        n += ((const Entry *)queue->entries->pdata[i])->order.class == class;
    return n;
}

bool queue_busy(const Queue *queue)
{
    for (guint i = 0; i < CLASSES * QUEUE_ASSISTANTS; i++) {
        const Lane *lane = &queue->lanes[i / QUEUE_ASSISTANTS][i % QUEUE_ASSISTANTS];
        if (lane->worker != NULL && worker_busy(lane->worker))
            return true;
    }
    return false;
}

static void cancel(Entry *entry)
{
    g_atomic_int_set(&entry->cancel, 1);
}

static bool is_for(const Entry *entry, ReadClass class, const char *reason)
{
    return entry->order.class == class && g_strcmp0(entry->order.reason, reason) == 0;
}

void queue_cancel_reason(Queue *queue, ReadClass class, const char *reason)
{
    for (guint i = 0; i < queue->entries->len; i++)
        if (is_for(queue->entries->pdata[i], class, reason))
            cancel(queue->entries->pdata[i]);
}

void queue_cancel_from(Queue *queue, ReadClass class)
{
    for (guint i = 0; i < queue->entries->len; i++) {
        Entry *entry = queue->entries->pdata[i];
        if (entry->order.class >= class)
            cancel(entry);
    }
}

void queue_drop(Queue *queue, bool (*is_lost)(const char *path, gpointer data), gpointer data)
{
    for (guint i = 0; i < queue->entries->len; i++) {
        const Entry *entry = queue->entries->pdata[i];
        for (guint j = 0; j < entry->order.plan->items->len; j++) {
            GRefString *path = g_array_index(entry->order.plan->items, PlanItem, j).path;
            if (is_lost(path, data))
                drops_add(entry->drops, path);
        }
    }
}

static void drop_all_but(Entry *entry, const Plan *plan)
{
    g_autoptr(GHashTable) wanted = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < plan->items->len; i++)
        g_hash_table_add(wanted, g_array_index(plan->items, PlanItem, i).path);
    for (guint i = 0; i < entry->order.plan->items->len; i++) {
        GRefString *path = g_array_index(entry->order.plan->items, PlanItem, i).path;
        if (!g_hash_table_contains(wanted, path))
            drops_add(entry->drops, path);
    }
}

/* Whether it has not begun, so that the order could be put into the place of its own. */
static bool take_place(Entry *entry, const QueueOrder *order)
{
    g_mutex_lock(&entry->lock);
    bool waits = !entry->begun;
    QueueOrder old = entry->order;
    if (waits)
        entry->order = *order;
    g_mutex_unlock(&entry->lock);
    if (!waits)
        return false;
    ReadaheadReport nothing = {.cancelled = true};
    old.done(old.plan, &nothing, old.data);
    plan_free(old.plan);
    g_free(old.reason);
    return true;
}

bool queue_replace(Queue *queue, const QueueOrder *order)
{
    for (guint i = 0; i < queue->entries->len; i++) {
        Entry *entry = queue->entries->pdata[i];
        if (!is_for(entry, order->class, order->reason) || g_atomic_int_get(&entry->cancel) != 0)
            continue;
        if (take_place(entry, order))
            return true;
        drop_all_but(entry, order->plan);
    }
    return queue_push(queue, order);
}

Accounting *queue_accounting(Queue *queue)
{
    return &queue->accounting;
}

void queue_call(Queue *queue, ReadClass class, WorkerFunc run, WorkerFunc done, gpointer job)
{
    worker_push(demand_lane(queue, class, 0)->worker, run, done, job);
}
