/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Pin: blocks of one file, locked in memory by mlock(2).
 *
 * No content is ever read through the mapping: mlock() has the kernel fault the pages in, and where
 * a file was cut off in the meantime that is an error of the call (ENOMEM), not a SIGBUS, which
 * only an access of our own could raise (mm/mlock.c, __mm_populate() and
 * __mlock_posix_error_return()). A pin whose file has changed holds on to what is nobody's any
 * more: pin_look() tells, and whoever has it drops it.
 *
 * Each call may wait for the disk: a worker's thread. A Pin belongs to one thread.
 */
#include "base/blocks.h"
#include "base/fileid.h"
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* Between two slices that are locked it is asked whether to go on. */
#define PIN_SLICE_BYTES (UINT64_C(1) << 20)
/* Each run is a mapping, of which a process may have 65,530 (vm.max_map_count). */
#define PIN_RUNS_MAX 1024

typedef enum {
    PIN_LOCKED,
    PIN_GONE,    /* there is no such file */
    PIN_REFUSED, /* not a regular file on a disk of this machine, or we may not */
    PIN_EMPTY,   /* nothing of it is to be locked */
    PIN_CHANGED, /* the file changed in the meantime */
    PIN_STOPPED, /* it was not to go on */
    PIN_LIMIT,   /* more than may be locked: by the set (pins.h) or the kernel */
} PinOutcome;

/* What is to be locked, as the file is now. */
typedef struct {
    FileId id;
    BlockSet blocks; /* owned; cut at the end of the file */
    uint64_t bytes;  /* of these, in whole pages */
} PinLook;

typedef struct {
    bool (*may)(gpointer data); /* asked before each slice; NULL: always */
    gpointer data;
} PinGate;

typedef struct Pin Pin;

/* blocks: NULL or empty for the whole file. The caller has asked storage_is_local(). PIN_LOCKED,
 * with *ret to be cleared, if it could be locked; else why not. */
PinOutcome pin_look(const char *path, const BlockSet *blocks, PinLook *ret);
void pin_look_clear(PinLook *look);
/* Locks what was looked at; NULL, and nothing stays locked, unless *ret_outcome is PIN_LOCKED. */
Pin *pin_new(const char *path, const PinLook *look, const PinGate *gate, PinOutcome *ret_outcome);
/* Unlocks it. NULL-safe. */
void pin_free(Pin *pin);
uint64_t pin_bytes(const Pin *pin);
uint32_t pin_runs(const Pin *pin);
/* Whether it is what this look would lock: the same file, not written since, and the same blocks.
 */
bool pin_is(const Pin *pin, const PinLook *look);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Pin, pin_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(PinLook, pin_look_clear)
