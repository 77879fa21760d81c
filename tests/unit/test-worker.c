/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "base/worker.h"
#include "unit.h"

typedef struct {
    GThread *ran_in;
    GThread *done_in;
    int order;
    int *counter;
} Job;

static void run(gpointer data)
{
    Job *job = data;
    job->ran_in = g_thread_self();
    job->order = (*job->counter)++;
}

static void done(gpointer data)
{
    ((Job *)data)->done_in = g_thread_self();
}

START_TEST(jobs_run_in_order_in_a_thread_and_end_here)
{
    Worker *worker = worker_new("test", NULL, NULL, NULL);
    int counter = 0;
    Job jobs[20];
    ck_assert(!worker_busy(worker));
    for (int i = 0; i < 20; i++) {
        jobs[i] = (Job){.order = -1, .counter = &counter};
        worker_push(worker, run, done, &jobs[i]);
    }
    ck_assert(worker_busy(worker));
    while (worker_busy(worker))
        g_main_context_iteration(NULL, TRUE);
    for (int i = 0; i < 20; i++) {
        ck_assert_int_eq(jobs[i].order, i);
        ck_assert_ptr_ne(jobs[i].ran_in, g_thread_self());
        ck_assert_ptr_eq(jobs[i].done_in, g_thread_self());
    }
    worker_free(worker);
}
END_TEST

static void run_until_told(gpointer data)
{
    g_async_queue_pop(data);
}

static void done_count(gpointer data)
{
    (void)g_async_queue_ref(data);
}

static gpointer tell_later(gpointer data)
{
    g_async_queue_push(data, data);
    return NULL;
}

START_TEST(freeing_waits_for_the_job_that_runs_and_gives_the_others_back_unrun)
{
    GAsyncQueue *gate = g_async_queue_new();
    int counter = 0;
    Job never = {.order = -1, .counter = &counter};
    Worker *worker = worker_new("test", NULL, NULL, NULL);
    worker_push(worker, run_until_told, done_count, gate);
    worker_push(worker, run, done, &never);
    GThread *teller = g_thread_new("teller", tell_later, gate);
    worker_free(worker);
    g_thread_join(teller);
    ck_assert_ptr_eq(never.done_in, g_thread_self());
    ck_assert(never.order == -1 || never.order == 0);
    g_async_queue_unref(gate);
    g_async_queue_unref(gate);
}
END_TEST

START_TEST(nothing_to_do)
{
    worker_free(worker_new("test", NULL, NULL, NULL));
    worker_free(NULL);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("worker");
    UNIT_ADD(suite, jobs_run_in_order_in_a_thread_and_end_here);
    UNIT_ADD(suite, freeing_waits_for_the_job_that_runs_and_gives_the_others_back_unrun);
    UNIT_ADD(suite, nothing_to_do);
    return suite;
}
