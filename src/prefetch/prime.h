/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Primer: has the metadata of a plan looked up, so that who then opens a file need not wait: the
 * blocks of directories, the inode, where on the disk the file lies. Cold, each of these is a read
 * for which one thread can only wait: so several threads do it.
 */
#include "prefetch/run.h"
#include <glib.h>
#include <stdbool.h>

typedef struct Primer Primer;

/* How it does it. */
typedef struct {
    guint n_threads_max;
    /* Items that it may be ahead of who reads them (primer_advance()): metadata of what is wanted
     * last shall not hold up what is wanted first. 0: no bound. */
    guint n_ahead;
} PrimerManner;

/*
 * Goes through the lane (LaneItem), in its order, and then through the vicinity (Vicinity; NULL:
 * none). References to both are taken. NULL if there are no threads.
 */
Primer *primer_start(Run *run, GArray *lane, GArray *vicinity, PrimerManner manner);
/* Who reads is at that item of the lane. Any thread; NULL-safe. */
void primer_advance(Primer *primer, guint index);
/* The threads end before their next item. NULL-safe. */
void primer_stop(Primer *primer);
/* Waits for the threads, which wait for nobody any more. NULL-safe. */
void primer_free(Primer *primer);

/* One item, in this thread: a file is opened, after its companions (vicinity.h) were looked up; a
 * directory is listed. */
void prime_item(Run *run, const PlanItem *item);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Primer, primer_free)
