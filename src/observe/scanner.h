/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Scanner: the differential pass over /proc, and the events between the passes.
 *
 * A steady machine costs one readdir and a few readlinks, and opens nothing. A process is looked
 * into when it is new (its pid or the inode of its /proc directory is), and again, for an exec does
 * not change these, as long as it is young, unless execs are told as events, and after that in
 * turn, a bounded number of processes each pass. Mappings are read at first sight and then at
 * growing intervals while it runs, because programs go on mapping (dlopen). Belongs to one thread.
 */
#include "base/clock.h"
#include "observe/cgroup-memory.h"
#include "observe/observation.h"
#include "observe/procfs.h"
#include "observe/programs.h"
#include "observe/scanrules.h"
#include "observe/touched.h"

typedef struct Scanner Scanner;

/* root is taken over. The rules' objects are referenced. */
Scanner *scanner_new(ProcRoot *root, const ScanRules *rules);
void scanner_free(Scanner *scanner);

/* clock: the system's but in tests. touched: from the next pass on sightings have the touched
 * pages; NULL, as at first: only what is mapped. Both are borrowed. */
void scanner_set_clock(Scanner *scanner, const Clock *clock);
void scanner_set_touched(Scanner *scanner, Touched *touched);

/* What of memory the control groups leave us; borrowed. NULL, as at first: all of it. */
void scanner_set_groups(Scanner *scanner, const CgroupMemory *groups);

/* New rules: everything is looked into again in the next pass, and what they reject is "stopped".
 */
void scanner_set_rules(Scanner *scanner, const ScanRules *rules);

/* Forgets what runs: the next pass reports everything as started. For a pause in scanning. */
void scanner_forget(Scanner *scanner);

/* A program known to map less than minsize (the bad-exe list of the state). */
void scanner_skip(Scanner *scanner, ExeKey *key);

Observation *scanner_pass(Scanner *scanner);

/*
 * Events between the passes, by whoever hears of them (execs.h), in the order in which they
 * happened; without them the passes find the same, later. A program of no interest costs a readlink
 * and a hash lookup. What waits to be told should be told right before a pass; what happens during
 * one is told after it, and the pass may be ahead of it: nothing is reported twice.
 */
typedef struct {
    const Program *program; /* that the process runs now; NULL: none that is tracked, or a small
                               one. Until the next call of the scanner */
    bool launched; /* no other process ran it before; false if it is launched again and again */
    bool stormy;   /* it is: then the program may not even be told */
} ScannedExec;

/* A program that execs itself once more is launched anew, but not in its first second: some do
 * that while they start. */
ScannedExec scanner_exec(Scanner *scanner, uint32_t pid);
/* A child begins as what its parent is: no launch. */
void scanner_fork(Scanner *scanner, uint32_t parent_pid, uint32_t pid);
void scanner_exit(Scanner *scanner, uint32_t pid);
/*
 * What started or stopped by events since the last report or pass, to be freed; NULL if nothing.
 * To be asked after each single event: an Observation does not say what came first. A program that
 * is launched again and again (storms.h: the compiler in a build), and a small one, is told of in
 * the passes only, as running or not by then, so that a build does not cost the model more than
 * anything else.
 */
Observation *scanner_report(Scanner *scanner);
/*
 * Whether events are being told: then a pass only checks, and counts in Observation.n_missed what
 * the events should have told before the next one began. To be called again when events were lost:
 * the next pass then looks at all processes, and what it finds is not counted.
 */
void scanner_set_events(Scanner *scanner, bool told);
/* The program that a process runs as far as is known, or NULL. As long as it runs it, or until the
 * next report or pass. */
const Program *scanner_program(const Scanner *scanner, uint32_t pid);
/* When an event told that the process, or the one it was forked from, began to run it, by the clock
 * of the scanner; 0: none did. */
uint64_t scanner_exec_usec(const Scanner *scanner, uint32_t pid);
/* A look at a program's mappings, when it had time to map its libraries, told how much it maps:
 * large or small from now on. Once large it stays so, as it may have small processes, too. */
void scanner_judge(Scanner *scanner, const ExeKey *key, uint64_t mapped_bytes);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Scanner, scanner_free)
