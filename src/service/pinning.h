/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Pinning: what is pinned stays in memory: what the user said (model/pinned.h), what lists of the
 * configuration say, and the most shared files if that is asked for; within pinlimit and
 * RLIMIT_MEMLOCK.
 *
 * A thread of its own, made when something is first to be pinned, looks and locks: neither the
 * lists nor the files are touched by the main loop. Once a minute, and when a pinned file is
 * replaced, all is looked at anew. When memory is short everything is unlocked, before the kernel
 * would swap for it, and nothing is locked for a minute.
 */
#include "service/daemon.h"

typedef struct Pinning Pinning;

/* Reads the lists, and begins. */
Pinning *pinning_new(Daemon *daemon);
/* After the queue. Unlocks all. NULL-safe. */
void pinning_free(Pinning *pinning);
/* The configuration is another, or the lists may be. */
void pinning_reconfigure(Pinning *pinning);
/* What is to be pinned has changed. */
void pinning_update(Pinning *pinning);
/* That file was replaced or is gone; NULL: any may have. NULL-safe. */
void pinning_notice(Pinning *pinning, const char *path);
/* Memory is short. NULL-safe. */
void pinning_press(Pinning *pinning);

/* What is to be pinned, and what came of it. */
typedef struct {
    guint n_wanted; /* files */
    guint n_locked;
    uint64_t locked_bytes;
    uint64_t limit_bytes; /* for all of them, of pinlimit and RLIMIT_MEMLOCK */
} PinningSum;

/* NULL-safe: nothing is. */
PinningSum pinning_sum(const Pinning *pinning);
/* For each file that is to be pinned what came of it: a floating aa{sv}. */
GVariant *pinning_answer(const Pinning *pinning);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Pinning, pinning_free)
