/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Processes: what each process runs, as far as is known; from the passes over /proc and, where they
 * are told, from events. The scanner's own: the passes are in scanner.c. Belongs to one thread.
 *
 * An event is heard of some time after it happened, and its process is looked at as it is then. So
 * a pass may be ahead of the events: what it finds new is taken for what an event will tell before
 * the next pass begins, and only if none did by then, the event was missed.
 */
#include "observe/look.h"
#include "observe/observation.h"
#include "observe/programs.h"
#include "observe/scanner.h"

typedef enum {
    TOLD_KNOWN,  /* nothing is waited for */
    TOLD_AHEAD,  /* found by the last pass: an event may follow, */
    TOLD_UNTOLD, /* or has to */
} Told;

typedef struct {
    Program *program;     /* NULL: not tracked */
    uint64_t ino;         /* of /proc/PID; 0: known by events only, no pass has seen it yet */
    uint64_t start_ticks; /* 0: not known */
    uint64_t exec_usec;   /* when it, or the parent it was forked from, began to run the program; 0:
                             no   event told */
    uint32_t pid;
    uint32_t link_hash;
    uint32_t joined;    /* Program.n_reports when it began to run it */
    uint32_t seen_pass; /* the last pass that it was listed in */
    uint8_t result;     /* LookResult */
    uint8_t told;       /* Told */
    uint8_t age;        /* passes that it was young for: maintained by the pass, 0 after an exec */
    uint8_t gap;  /* passes between the last two readings of its mappings; 0: not read yet; and */
    uint8_t wait; /* passes till the next: by the pass, too */
    bool interpreted;
} Process;

typedef struct Processes Processes;

Processes *processes_new(void);
void processes_free(Processes *processes);
/* Nothing is known to run; not even which programs are small. */
void processes_forget(Processes *processes);
Programs *processes_programs(Processes *processes); /* the processes' own */

/* A Process is valid until it is removed. NULL if that pid is not known. */
Process *processes_find(const Processes *processes, uint32_t pid);
/* Nothing is known of it yet. There must be none of that pid. */
Process *processes_add(Processes *processes, uint32_t pid);
void processes_remove(Processes *processes, Process *process);
/* Looks what it runs. Counts in the observation. */
void processes_identify(Processes *processes, const Viewer *viewer, Process *process,
                        Observation *observation);

/*
 * A pass begins: `found` is what it makes of a process that is found to run another program.
 * Returns how many execs and exits no event told since the last pass.
 */
uint32_t processes_begin_pass(Processes *processes, Told found);
/* Removes those that this pass did not list. */
void processes_sweep(Processes *processes, uint32_t pass);
/* For people: n_processes, n_tracked, n_denied. */
void processes_count(const Processes *processes, Observation *observation);

/* The events, as the scanner's functions of that name. now_usec: of one clock that never goes back.
 */
ScannedExec processes_exec(Processes *processes, const Viewer *viewer, uint32_t pid,
                           uint64_t now_usec);
void processes_fork(Processes *processes, uint32_t parent_pid, uint32_t pid);
void processes_exit(Processes *processes, uint32_t pid);
/* No event is waited for any more. */
void processes_expect_nothing(Processes *processes);
void processes_judge(Processes *processes, const ExeKey *key, bool small);
/* What was found out about programs is to be found out again: the rules are others. */
void processes_forget_verdicts(Processes *processes);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Processes, processes_free)
