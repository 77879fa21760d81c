/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Worker: one thread that runs jobs one after the other, so that the main loop never blocks.
 *
 * `run` is called in the worker's thread; then `done` in the GMainContext that worker_new() was
 * called with, both with the job, which `done` owns. Jobs not yet begun when the worker is freed
 * are given to `done` unrun; worker_free() waits for the one that runs, so a job that can take long
 * must look at a cancel flag of its own.
 */
#include <glib.h>
#include <stdbool.h>

typedef struct Worker Worker;
typedef void (*WorkerFunc)(gpointer job);

/* name: at most 15 characters, seen in ps -L. setup (may be NULL) runs first in the thread, with
 * data, which may be gone once worker_free() has returned, not before. */
Worker *worker_new(const char *name, GMainContext *context, WorkerFunc setup, gpointer data);
void worker_free(Worker *worker);
void worker_push(Worker *worker, WorkerFunc run, WorkerFunc done, gpointer job);
/* Whether a job waits, runs, or has its `done` outstanding. */
bool worker_busy(const Worker *worker);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Worker, worker_free)
