/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "base/worker.h"
#include <stdint.h>

typedef struct {
    Worker *worker;
    WorkerFunc run;
    WorkerFunc done;
    gpointer job;
} Task;

struct Worker {
    GThread *thread;
    GAsyncQueue *queue; /* Task; one without run ends the thread */
    GMainContext *context;
    WorkerFunc setup;
    gpointer setup_data;
    int stopping;         /* atomic */
    uint32_t outstanding; /* of the context's thread only */
};

static gboolean task_finish(gpointer data)
{
    Task *task = data;
    task->worker->outstanding--;
    task->done(task->job);
    return G_SOURCE_REMOVE;
}

static gpointer worker_thread(gpointer data)
{
    Worker *worker = data;
    if (worker->setup != NULL)
        worker->setup(worker->setup_data);
    for (;;) {
        Task *task = g_async_queue_pop(worker->queue);
        if (task->run == NULL) {
            g_free(task);
            return NULL;
        }
        if (!g_atomic_int_get(&worker->stopping))
            task->run(task->job);
        g_autoptr(GSource) source = g_idle_source_new();
        g_source_set_priority(source, G_PRIORITY_DEFAULT);
        g_source_set_callback(source, task_finish, task, g_free);
        g_source_attach(source, worker->context);
    }
}

Worker *worker_new(const char *name, GMainContext *context, WorkerFunc setup, gpointer data)
{
    Worker *worker = g_new0(Worker, 1);
    worker->queue = g_async_queue_new();
    worker->context = g_main_context_ref(context != NULL ? context : g_main_context_default());
    worker->setup = setup;
    worker->setup_data = data;
    worker->thread = g_thread_new(name, worker_thread, worker);
    return worker;
}

void worker_free(Worker *worker)
{
    if (worker == NULL)
        return;
    g_atomic_int_set(&worker->stopping, 1);
    g_async_queue_push(worker->queue, g_new0(Task, 1));
    g_thread_join(worker->thread);
    /* What finished is told before the worker, and whom its jobs point to, is gone. */
    while (worker->outstanding > 0)
        g_main_context_iteration(worker->context, TRUE);
    g_async_queue_unref(worker->queue);
    g_main_context_unref(worker->context);
    g_free(worker);
}

void worker_push(Worker *worker, WorkerFunc run, WorkerFunc done, gpointer job)
{
    Task *task = g_new(Task, 1);
    *task = (Task){worker, run, done, job};
    worker->outstanding++;
    g_async_queue_push(worker->queue, task);
}

bool worker_busy(const Worker *worker)
{
    return worker->outstanding > 0;
}
