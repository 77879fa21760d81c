/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Programs: the distinct programs that run, each with its number of processes, and what changed in
 * that from one report to the next.
 */
#include "base/exekey.h"
#include "base/fileid.h"
#include "observe/observation.h"
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct {
    ExeKey *key; /* owned */
    FileId id;
    uint32_t n_processes;
    uint32_t n_before;     /* at the last report; valid while changed */
    uint32_t n_lost;       /* of those */
    bool changed;          /* since the last report */
    bool small;            /* maps less than minsize: not looked into again */
    bool large;            /* a process of it was seen to map enough */
    uint32_t sighted_pass; /* the last pass that told a sighting of it, 0: none yet, */
    uint64_t fingerprint;  /* and of which mappings */
    uint64_t launch;       /* serial of its last launch that was seen as it happened; 0: none was */
} Program;

typedef struct Programs Programs;

Programs *programs_new(void);
void programs_free(Programs *programs);

/* One more process runs it. Valid until its last process was lost and that reported. */
Program *programs_gain(Programs *programs, ExeKey *key, const FileId *id);
void programs_lose(Programs *programs, Program *program);
/* Whether a program's file was seen to be replaced while the old one runs; the answer is given
 * once. */
bool programs_take_replaced(Programs *programs);

/* Remembers also for later, when it does not run. */
void programs_set_small(Programs *programs, ExeKey *key);
/* Forgets what was found out about their mappings. */
void programs_forget_mappings(Programs *programs);

/* Puts what started and what stopped since the last report into the observation. */
void programs_report(Programs *programs, Observation *observation);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Programs, programs_free)
