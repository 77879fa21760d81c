/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "plan-fixture.h"

#include "prefetch/queue.h"

/* What was told of one order. */
typedef struct {
    int *n_done; /* of all */
    int order;   /* as which it was done, from 1; 0: not yet */
    bool began;
    bool cancelled;
    uint64_t loaded_bytes;
    uint64_t cancelled_bytes;
    uint64_t progress_bytes;
    uint32_t n_files;
} Told;

static void note_done(const Plan *plan, const ReadaheadReport *report, gpointer data)
{
    Told *told = data;
    ck_assert_ptr_nonnull(plan);
    ck_assert_int_eq(told->order, 0);
    told->order = ++*told->n_done;
    told->began = report->took_usec > 0;
    told->cancelled = report->cancelled;
    told->loaded_bytes = report->loaded_bytes;
    told->cancelled_bytes = report->cancelled_bytes;
    told->n_files = report->n_files;
}

static void note_progress(const QueueProgress *progress, gpointer data)
{
    Told *told = data;
    ck_assert_int_eq(told->order, 0);
    told->progress_bytes = progress->submitted_bytes;
}

static Queue *new_queue(const Fixture *f)
{
    const QueueSetup setup = {
        .sys_path = "/sys", .mountinfo_path = "/proc/self/mountinfo", .residency = f->residency};
    return queue_new(&setup);
}

/* A plan of whole files that the queue may own. */
static Plan *plan_of(const char *const *paths)
{
    const BlockRun all = {0, 1 << 20};
    Fixture f = {.plan = new_plan(UINT64_MAX, UINT64_MAX)};
    for (; *paths != NULL; paths++)
        want(&f, *paths, &all, 1);
    return f.plan;
}

static bool push(Queue *queue, ReadClass class, const char *reason, const char *path, Told *told)
{
    const char *const paths[] = {path, NULL};
    const QueueOrder order = {.class = class,
                              .reason = g_strdup(reason),
                              .plan = plan_of(paths),
                              .rules = {.sort = SORT_AUTO, .maxprocs = 2},
                              .progress = note_progress,
                              .done = note_done,
                              .data = told};
    return queue_push(queue, &order);
}

static void await(const Told *told)
{
    while (told->order == 0)
        (void)g_main_context_iteration(NULL, TRUE);
}

START_TEST(an_order_is_read_told_and_counted)
{
    Fixture f;
    if (!fixture_init(&f))
        unit_skip("no directory on a disk");
    g_autofree char *path = cold_file(&f, "file", 16 * MIB);
    g_autoptr(Queue) queue = new_queue(&f);
    int n_done = 0;
    Told told = {.n_done = &n_done};
    ck_assert(!queue_busy(queue));
    ck_assert(push(queue, (ReadClass)_i, "x", path, &told));
    ck_assert_uint_eq(queue_length(queue, (ReadClass)_i), 1);
    ck_assert(queue_busy(queue));
    await(&told);
    ck_assert(told.began && !told.cancelled);
    ck_assert_uint_eq(told.loaded_bytes, 16 * MIB);
    ck_assert_uint_eq(resident(path, 16 * MIB), 16 * MIB);
    ck_assert_uint_eq(queue_length(queue, (ReadClass)_i), 0);
    const AccountingRow *row = &queue_accounting(queue)->all[_i];
    ck_assert_uint_eq(row->n_plans, 1);
    ck_assert_uint_eq(row->read_bytes, 16 * MIB);
    queue_free(g_steal_pointer(&queue));
    fixture_clear(&f);
}
END_TEST

/* Holds up the thread of a class until it is told to go on. */
typedef struct {
    GAsyncQueue *go;
    bool done;
} Block;

static void block_run(gpointer job)
{
    Block *block = job;
    (void)g_async_queue_pop(block->go);
}

static void block_done(gpointer job)
{
    ((Block *)job)->done = true;
}

typedef struct {
    Fixture fixture;
    Queue *queue;
    char *path;
    Block block;
    int n_done;
} Held;

static bool held_init(Held *held)
{
    *held = (Held){0};
    if (!fixture_init(&held->fixture))
        return false;
    held->path = cold_file(&held->fixture, "file", MIB);
    held->queue = new_queue(&held->fixture);
    held->block.go = g_async_queue_new();
    queue_call(held->queue, CLASS_PREDICTED, block_run, block_done, &held->block);
    return true;
}

static void held_release(Held *held)
{
    g_async_queue_push(held->block.go, held);
    while (queue_busy(held->queue))
        (void)g_main_context_iteration(NULL, TRUE);
    ck_assert(held->block.done);
}

static void held_clear(Held *held)
{
    queue_free(held->queue);
    g_async_queue_unref(held->block.go);
    g_free(held->path);
    fixture_clear(&held->fixture);
}

typedef enum { BY_REASON, BY_OTHER_REASON, FROM_SESSION, FROM_BULK } Cancelling;
static const struct {
    Cancelling how;
    bool cancelled;
} cancellings[] = {
    {BY_REASON, true}, {BY_OTHER_REASON, false}, {FROM_SESSION, true}, {FROM_BULK, false}};

START_TEST(what_waits_is_cancelled)
{
    Held held;
    if (!held_init(&held))
        unit_skip("no directory on a disk");
    Told told = {.n_done = &held.n_done};
    ck_assert(push(held.queue, CLASS_PREDICTED, "x", held.path, &told));
    if (cancellings[_i].how == BY_REASON)
        queue_cancel_reason(held.queue, CLASS_PREDICTED, "x");
    if (cancellings[_i].how == BY_OTHER_REASON)
        queue_cancel_reason(held.queue, CLASS_PREDICTED, "y");
    if (cancellings[_i].how == FROM_SESSION)
        queue_cancel_from(held.queue, CLASS_SESSION);
    if (cancellings[_i].how == FROM_BULK)
        queue_cancel_from(held.queue, CLASS_BULK);
    held_release(&held);
    ck_assert_int_eq(told.order, 1);
    ck_assert_int_eq(told.cancelled, cancellings[_i].cancelled);
    ck_assert_int_eq(told.began, !cancellings[_i].cancelled);
    ck_assert_uint_eq(resident(held.path, MIB), cancellings[_i].cancelled ? 0 : MIB);
    held_clear(&held);
}
END_TEST

/* However often a prediction changes, the last one is read, and the others cost nothing. */
START_TEST(what_waits_is_replaced)
{
    Held held;
    if (!held_init(&held))
        unit_skip("no directory on a disk");
    g_autofree char *other = cold_file(&held.fixture, "other", MIB);
    Told told[3];
    for (guint i = 0; i < G_N_ELEMENTS(told); i++) {
        const char *const paths[] = {i < 2 ? held.path : other, NULL};
        told[i] = (Told){.n_done = &held.n_done};
        const QueueOrder order = {.class = CLASS_PREDICTED,
                                  .reason = g_strdup("x"),
                                  .plan = plan_of(paths),
                                  .rules = {.sort = SORT_AUTO},
                                  .done = note_done,
                                  .data = &told[i]};
        ck_assert(queue_replace(held.queue, &order));
        ck_assert_uint_eq(queue_length(held.queue, CLASS_PREDICTED), 1);
    }
    held_release(&held);
    ck_assert(told[0].cancelled && told[1].cancelled && !told[2].cancelled);
    ck_assert(!told[0].began && !told[1].began && told[2].began);
    ck_assert_uint_eq(resident(held.path, MIB), 0);
    ck_assert_uint_eq(resident(other, MIB), MIB);
    held_clear(&held);
}
END_TEST

START_TEST(too_many_are_refused)
{
    Held held;
    if (!held_init(&held))
        unit_skip("no directory on a disk");
    Told told[QUEUE_WAITING_MAX + 1];
    for (guint i = 0; i <= QUEUE_WAITING_MAX; i++) {
        told[i] = (Told){.n_done = &held.n_done};
        ck_assert_int_eq(push(held.queue, CLASS_PREDICTED, "x", held.path, &told[i]),
                         i < QUEUE_WAITING_MAX);
    }
    held_release(&held);
    ck_assert_int_eq(held.n_done, QUEUE_WAITING_MAX);
    held_clear(&held);
}
END_TEST

/* Freed with orders that wait: each is told of. */
START_TEST(its_end_is_told_to_all)
{
    Held held;
    if (!held_init(&held))
        unit_skip("no directory on a disk");
    Told told[2] = {{.n_done = &held.n_done}, {.n_done = &held.n_done}};
    ck_assert(push(held.queue, CLASS_PREDICTED, "x", held.path, &told[0]));
    ck_assert(push(held.queue, CLASS_PREDICTED, "y", held.path, &told[1]));
    g_async_queue_push(held.block.go, &held);
    queue_free(g_steal_pointer(&held.queue));
    ck_assert_int_eq(held.n_done, 2);
    ck_assert(told[0].cancelled && told[1].cancelled);
    held_clear(&held);
}
END_TEST

/* A file that the newer plan has not is dropped from one that is being read. */
START_TEST(dropped_files_are_not_read)
{
    Fixture f;
    if (!fixture_init(&f))
        unit_skip("no directory on a disk");
    g_autofree char *kept = cold_file(&f, "kept", MIB);
    g_autofree char *dropped = cold_file(&f, "dropped", MIB);
    want_all(&f, kept);
    want_all(&f, dropped);
    g_autoptr(Drops) drops = drops_new();
    f.rules.drops = drops;
    drops_add(drops, g_array_index(f.plan->items, PlanItem, 1).path);
    run(&f);
    ck_assert_uint_eq(resident(kept, MIB), MIB);
    ck_assert_uint_eq(resident(dropped, MIB), 0);
    f.rules.drops = NULL;
    fixture_clear(&f);
}
END_TEST

/* A machine that holds up the first thread that listens to a disk until it is told to go on. */
typedef struct {
    GAsyncQueue *held;
    GAsyncQueue *go;
    int n_sleeps; /* g_atomic_int */
} Halt;

static uint64_t halt_now(gpointer data)
{
    (void)data;
    return (uint64_t)g_get_monotonic_time();
}

static void halt_sleep(gpointer data, uint64_t usec)
{
    Halt *halt = data;
    (void)usec;
    if (g_atomic_int_add(&halt->n_sleeps, 1) > 0)
        return;
    g_async_queue_push(halt->held, halt);
    (void)g_async_queue_pop(halt->go);
}

static bool halt_disk(gpointer data, uint32_t major, uint32_t minor, Diskstat *ret)
{
    (void)data;
    (void)major;
    (void)minor;
    (void)ret;
    return false;
}

static bool halt_memory(gpointer data, Meminfo *ret)
{
    (void)data;
    (void)ret;
    return false;
}

static bool halt_waits(gpointer data, uint64_t *ret_disk_usec, uint64_t *ret_memory_usec)
{
    (void)data;
    *ret_disk_usec = *ret_memory_usec = 0;
    return false;
}

static void halt_await(gpointer data, int fd, Range request)
{
    (void)data;
    (void)fd;
    (void)request;
}

static bool is_second(const char *path, gpointer data)
{
    (void)data;
    return g_str_has_suffix(path, "/second");
}

typedef enum { PREDICTION_CHANGED, DEVICE_GONE, REASON_GONE, MEMORY_FELL } Change;
static const struct {
    Change change;
    bool first_read;
} changes[] = {
    {PREDICTION_CHANGED, true}, {DEVICE_GONE, true}, {REASON_GONE, false}, {MEMORY_FELL, false}};

static void change_mind(Queue *queue, Change change, const char *first, Told *told)
{
    const char *const paths[] = {first, NULL};
    const QueueOrder order = {.class = CLASS_PREDICTED,
                              .reason = g_strdup("x"),
                              .plan = plan_of(paths),
                              .done = note_done,
                              .data = told};
    if (change == PREDICTION_CHANGED) {
        ck_assert(queue_replace(queue, &order));
        return;
    }
    plan_free(order.plan);
    g_free(order.reason);
    told->order = 1;
    if (change == DEVICE_GONE)
        queue_drop(queue, is_second, NULL);
    else if (change == REASON_GONE)
        queue_cancel_reason(queue, CLASS_PREDICTED, "x");
    else
        queue_cancel_from(queue, CLASS_ASSIST);
}

/* What is being read, and no longer wanted, ends before its next request. */
START_TEST(what_is_being_read_ends)
{
    Fixture f;
    if (!fixture_init(&f))
        unit_skip("no directory on a disk");
    Halt halt = {.held = g_async_queue_new(), .go = g_async_queue_new()};
    const LimiterHost host = {halt_now,   halt_sleep, halt_disk, halt_memory,
                              halt_waits, halt_await, &halt};
    g_autoptr(Limiter) limiter = limiter_new(&host);
    g_autofree char *first = cold_file(&f, "first", MIB);
    g_autofree char *second = cold_file(&f, "second", MIB);
    g_autoptr(Queue) queue = new_queue(&f);
    int n_done = 0;
    Told told[2] = {{.n_done = &n_done}, {.n_done = &n_done}};
    const char *const paths[] = {first, second, NULL};
    const QueueOrder order = {.class = CLASS_PREDICTED,
                              .reason = g_strdup("x"),
                              .plan = plan_of(paths),
                              .rules = {.sort = SORT_NONE, .limiter = limiter},
                              .done = note_done,
                              .data = &told[0]};
    ck_assert(queue_push(queue, &order));
    (void)g_async_queue_pop(halt.held);
    change_mind(queue, changes[_i].change, first, &told[1]);
    g_async_queue_push(halt.go, &halt);
    await(&told[0]);
    await(&told[1]);
    ck_assert(told[0].began);
    ck_assert_int_eq(told[0].cancelled, !changes[_i].first_read);
    ck_assert_uint_eq(told[0].cancelled_bytes, changes[_i].first_read ? MIB : 2 * MIB);
    ck_assert_uint_eq(resident(first, MIB), changes[_i].first_read ? MIB : 0);
    ck_assert_uint_eq(resident(second, MIB), 0);
    queue_free(g_steal_pointer(&queue));
    g_async_queue_unref(halt.held);
    g_async_queue_unref(halt.go);
    fixture_clear(&f);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("queue");
    TCase *classes = tcase_create("an_order_is_read_told_and_counted");
    tcase_add_loop_test(classes, an_order_is_read_told_and_counted, 0, CLASSES);
    suite_add_tcase(suite, classes);
    UNIT_ADD_ROWS(suite, what_waits_is_cancelled, cancellings);
    UNIT_ADD(suite, what_waits_is_replaced);
    UNIT_ADD(suite, too_many_are_refused);
    UNIT_ADD(suite, its_end_is_told_to_all);
    UNIT_ADD(suite, dropped_files_are_not_read);
    UNIT_ADD_ROWS(suite, what_is_being_read_ends, changes);
    return suite;
}
