/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Learner: the launches that are under way and being learnt.
 *
 * A launch is all processes that descend from the one that was exec'd, but those that are launches
 * of their own, for LEARNER_USEC. Its page tables are looked at at the end of each step
 * (base/touch.h), its opens are taken as they come; what was gathered is told after 2, 10 and 30
 * seconds, and when its last process ends. Not all launches are learnt (rests.h). Belongs to one
 * thread.
 */
#include "observe/look.h"
#include "observe/observation.h"
#include "observe/opens.h"
#include "observe/residency.h"
#include "observe/scanner.h"
#include "observe/touched.h"
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define LEARNER_USEC UINT64_C(30000000)
/* Launches learnt at once; more than these are not. */
#define LEARNER_LAUNCHES_MAX 64
/* Processes of one launch; children of more are not looked at. */
#define LEARNER_PROCESSES_MAX 256

typedef struct {
    const Viewer *viewer; /* all borrowed; their contents may change between two calls */
    Scanner *scanner;
    Touched *touched;
    const Residency *residency;
    /* Takes the sighting over. */
    void (*tell)(Sighting *sighting, gpointer data);
    gpointer data;
} LearnerSetup;

typedef struct Learner Learner;

Learner *learner_new(const LearnerSetup *setup);
void learner_free(Learner *learner);

/* What the scanner made of an exec that happened at `usec`. */
void learner_exec(Learner *learner, uint32_t pid, const ScannedExec *exec, uint64_t usec);
void learner_fork(Learner *learner, uint32_t parent_pid, uint32_t pid);
/* After all opens of it were told. */
void learner_exit(Learner *learner, uint32_t pid);
bool learner_wants(const Learner *learner, uint32_t pid);
void learner_open(Learner *learner, const OpenEvent *event, uint64_t now_usec);
/* Events were lost. */
void learner_lost_events(Learner *learner);
/* All that is under way is given up: what runs is not known any more. */
void learner_forget(Learner *learner);

/* How many launches are being learnt: opens are to be armed while there are any. */
uint32_t learner_active(const Learner *learner);
/* When the next look at page tables is due; UINT64_MAX: none. */
uint64_t learner_due_usec(const Learner *learner);
/* Looks at what is due. */
void learner_look(Learner *learner, uint64_t now_usec);

/* The next n launches of the program need not be learnt. */
void learner_rest(Learner *learner, ExeKey *key, uint32_t n);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Learner, learner_free)
