/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Queue: all that is to be read ahead, whoever wants it. An order is a plan (files, and which
 * blocks of them), its class (turns.h), the reason for it, and whom to tell.
 *
 * Each class has threads of its own, several for assists, as one launch does not wait for
 * another's, else one; a lower class gives way to a higher one before each request. Within a class,
 * what was ordered first is read first. There are no processes, one file is open at a time and
 * thread (and those that an assist has on its way: flight.h), and a thread is made when it is first
 * needed, but for those of assists, which are made at once.
 *
 * Belongs to the thread whose GMainContext it was given, and calls back in that.
 */
#include "base/worker.h"
#include "observe/residency.h"
#include "observe/storage.h"
#include "predict/plan.h"
#include "prefetch/accounting.h"
#include "prefetch/readahead.h"
#include "prefetch/turns.h"
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* Assists at once; what comes when all are at work waits. */
#define QUEUE_ASSISTANTS 3
/* More orders of one class than this that wait are a mistake, or an attack: the new one is refused.
 */
#define QUEUE_WAITING_MAX 64

typedef struct Queue Queue;

typedef struct {
    GMainContext *context; /* NULL: the default one */
    const char *sys_path;  /* "/sys" but in tests */
    const char *mountinfo_path;
    const Residency *residency; /* borrowed, as long as the queue lives */
    /* Called first in each thread of the queue, for its priority; NULL for none. */
    void (*settle)(ReadClass class, gpointer data);
    gpointer data;
} QueueSetup;

typedef struct {
    uint64_t submitted_bytes;
    uint32_t n_requests;
} QueueProgress;

typedef struct {
    ReadClass class;
    char *reason; /* what queue_cancel_reason() goes by; taken */
    Plan *plan;   /* taken */
    ReadaheadRules rules;
    /* While it is read, at most ten times a second; NULL: nobody wants to know. */
    void (*progress)(const QueueProgress *progress, gpointer data);
    /* Once for each order: all was read, or it was cancelled (report->cancelled; before it began,
     * if report->took_usec is 0). The plan and the report are the queue's. */
    void (*done)(const Plan *plan, const ReadaheadReport *report, gpointer data);
    gpointer data;
} QueueOrder;

Queue *queue_new(const QueueSetup *setup);
/* Cancels everything and waits for it; `done` is called for each order. */
void queue_free(Queue *queue);

/* Takes what the order owns. False, and `done` is not called, if too many wait already. */
bool queue_push(Queue *queue, const QueueOrder *order);
/*
 * The same for what was ordered before for the same reason, and has changed: of the old order, what
 * is being read and is not in the new plan is dropped, and if it has not begun, it is cancelled and
 * the new one has its place. So of one reason, however often it changes, two orders are here at
 * most.
 */
bool queue_replace(Queue *queue, const QueueOrder *order);
/* What waits or is read of a class. */
guint queue_length(const Queue *queue, ReadClass class);

/* Whether a thread of the queue has something to do, or something outstanding is to be told. */
bool queue_busy(const Queue *queue);

/* Each of these ends what is read before its next request, and waits for nothing. */
void queue_cancel_reason(Queue *queue, ReadClass class, const char *reason);
/* This class and those below: memory fell, for instance. */
void queue_cancel_from(Queue *queue, ReadClass class);

/* What is lost of all that waits or is read: of it nothing more is asked for. */
void queue_drop(Queue *queue, bool (*is_lost)(const char *path, gpointer data), gpointer data);

/* What was done so far. The queue's. */
Accounting *queue_accounting(Queue *queue);

/* Has something else done by that class' thread, between two orders: see worker.h. Not counted. */
void queue_call(Queue *queue, ReadClass class, WorkerFunc run, WorkerFunc done, gpointer job);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Queue, queue_free)
