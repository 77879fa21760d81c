/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Replay: what the daemon would have predicted, over a trace (observe/trace.h) and in virtual time:
 * the model and the prophet are those of the daemon, and see the trace's events and, every cycle, a
 * prophecy. Reads and writes nothing but the trace.
 *
 * Counted is each exec of a program that was seen before and does not run, after the first
 * REPLAY_WARM_UP execs. The machine counts as off between the last event before a boot and that; it
 * counts as asleep, without cycles, once nothing happened for REPLAY_AWAKE_SEC.
 */
#include "config/config.h"
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define REPLAY_WARM_UP 50
#define REPLAY_AWAKE_SEC 3600

typedef struct {
    const char *file;    /* "-" for standard input */
    const char *experts; /* NULL: all; see model/mixture.h */
    const char *explain; /* NULL, or the path of a program that is to be explained at the end */
} ReplayChoice;

/* Prints the result to `out`. False with error set if the trace cannot be read or is none. */
bool replay_run(const ReplayChoice *choice, const Config *config, FILE *out, GError **error);
