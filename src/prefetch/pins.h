/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Pins: the files that are locked in memory, within a limit.
 *
 * What is wished for is looked at in its order; what does not fit any more is left out, and what
 * fits behind it is taken. What is not wished for, or changed, is dropped before anything new is
 * locked, so that the limit holds at every moment.
 *
 * Belongs to one thread, a worker's: each call may wait for the disk.
 */
#include "observe/storage.h"
#include "prefetch/pin.h"
#include <glib.h>

/* All mappings of all pins: the rest of vm.max_map_count is for the daemon itself. */
#define PINS_RUNS_MAX 16384
/* More than anybody means. */
#define PINS_WISHES_MAX 16384

typedef enum { PIN_FROM_USER, PIN_FROM_LIST, PIN_FROM_SHARING } PinOrigin;

typedef struct {
    char *path;      /* owned */
    BlockSet blocks; /* owned; empty: the whole file */
    PinOrigin origin;
} PinWish;

/* What came of a wish. */
typedef struct {
    char *path; /* owned */
    PinOrigin origin;
    PinOutcome outcome;
    uint64_t bytes; /* in whole pages; 0: not known */
} PinState;

typedef struct Pins Pins;

Pins *pins_new(void);
/* Unlocks all. NULL-safe. */
void pins_free(Pins *pins);
/* An empty array of PinWish. */
GArray *pins_wishes_new(void);
/* An empty array of PinState. */
GArray *pins_states_new(void);
/* Locks what is wished for (PinWish) as far as it may be; each path stands there once. PinState of
 * each in the same order, owned by the caller. storage: of this thread; it is refreshed. */
GArray *pins_settle(Pins *pins, const GArray *wishes, uint64_t limit_bytes, Storage *storage,
                    const PinGate *gate);
/* Unlocks all. */
void pins_release(Pins *pins);
/* What is locked. */
uint64_t pins_bytes(const Pins *pins);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Pins, pins_free)
