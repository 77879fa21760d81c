/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Recorder: appends what is launched and what ends to a trace (observe/trace.h), for --record.
 *
 * The file is the daemon's own, 0600, a regular one; it is written by a worker, as a disk may be
 * waited for. What runs when the recording begins is not in it: it was not launched now.
 *
 * Anonymous: names are HMAC-SHA-256 under a key that is made once and kept beside the trace, as
 * FILE.key, so that a program has the same name after a restart. Without that file nobody can tell
 * the names, nor try any.
 */
#include "base/worker.h"
#include "observe/observation.h"
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct Recorder Recorder;

/* worker is borrowed. Begins with a "boot". NULL with error if a file cannot be had. */
Recorder *recorder_new(const char *file, bool anonymous, int64_t unix_sec, Worker *worker,
                       GError **error);
/* Its worker has nothing of it to do any more. */
void recorder_free(Recorder *recorder);
void recorder_note(Recorder *recorder, const Observation *observation, int64_t unix_sec);
/* The negative errno that writing failed with first, once; 0 if it did not. */
int recorder_take_error(Recorder *recorder);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Recorder, recorder_free)
