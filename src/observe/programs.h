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
    uint32_t n_reports;    /* that told of it; a process that joined before the last is of those */
    bool changed;          /* since the last report */
    bool small;            /* maps less than minsize: not looked into again */
    bool large;            /* a process of it was seen to map enough */
    bool untouched;        /* sighted without its touched pages, for lack of time */
    uint32_t sighted_pass; /* the last pass that told a sighting of it, 0: none yet, */
    uint64_t fingerprint;  /* and of which mappings */
    uint64_t launch;       /* serial of its last launch that was seen as it happened; 0: none was */
    uint64_t launch_usec;  /* and when that was */
    Origin origin;         /* of what began its present run, if that was asked for */
    uint64_t stormy_until_usec; /* launched again and again: told of by programs_report() only; 0:
                                   it is not */
} Program;

typedef struct Programs Programs;

Programs *programs_new(void);
void programs_free(Programs *programs);
/* As new; but the serial numbers of launches go on, so that they stay the launches' own. */
void programs_forget(Programs *programs);

/* One more process runs it. Valid until its last process was lost and that reported. */
Program *programs_gain(Programs *programs, ExeKey *key, const FileId *id);
/* The same by a fork of one that does, and joined when n_reports was `joined`: the child counts as
 * its parent, so that a daemon that goes into the background is not taken for a restart. */
void programs_join(Programs *programs, Program *program, uint32_t joined);
/* One less, which joined when n_reports was `joined`. */
void programs_lose(Programs *programs, Program *program, uint32_t joined);
/* The only process that it has is a launch, which was seen as it happened. */
void programs_launch(Programs *programs, Program *program, uint64_t now_usec);
/* Something else than itself has execed it, be it a launch or not. Returns whether that happens
 * again and again (storms.h): then its launches are no news. */
bool programs_storm(Programs *programs, Program *program, uint64_t now_usec);
/* Whether a program's file was seen to be replaced while the old one runs; the answer is given
 * once. */
bool programs_take_replaced(Programs *programs);

/* Remembers also for later, when it does not run. Not done to one that is known to be large: it may
 * have small processes, too. */
void programs_set_small(Programs *programs, ExeKey *key);
/* Whatever was thought before. */
void programs_set_large(Programs *programs, const ExeKey *key);
/* Forgets what was found out about their mappings. */
void programs_forget_mappings(Programs *programs);

/* Puts what started and what stopped since the last report into the observation. */
void programs_report(Programs *programs, Observation *observation);
/* A report between the passes, to be freed: of what is neither small nor stormy; the rest waits for
 * programs_report(). NULL if there is nothing to tell. */
Observation *programs_report_news(Programs *programs, uint64_t now_usec);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Programs, programs_free)
