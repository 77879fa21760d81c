/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/processes.h"
#include "observe/ancestry.h"
#include "observe/verdicts.h"
#include <limits.h>

/* Some programs exec themselves once more while they start (java, to set its library path): that is
 * the same launch. */
#define RELAUNCH_USEC G_USEC_PER_SEC
/* So long execs of a stormy program are not looked into; then one is, so that a storm that goes on
 * does not end for want of launches (storms.h). */
#define PASS_OVER_USEC (UINT64_C(10) * G_USEC_PER_SEC)

struct Processes {
    GHashTable *by_pid;   /* pid -> Process */
    GHashTable *vanished; /* pids, a set: a pass missed them, no exit was told */
    Programs *programs;
    Verdicts *verdicts;
    Ancestry *ancestry;
    Told found;        /* what a pass makes of what it finds */
    uint32_t n_missed; /* since the last pass */
};

Processes *processes_new(void)
{
    Processes *processes = g_new0(Processes, 1);
    processes->by_pid = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    processes->vanished = g_hash_table_new(NULL, NULL);
    processes->programs = programs_new();
    processes->verdicts = verdicts_new();
    processes->ancestry = ancestry_new();
    return processes;
}

void processes_free(Processes *processes)
{
    if (processes == NULL)
        return;
    g_hash_table_unref(processes->by_pid);
    g_hash_table_unref(processes->vanished);
    programs_free(processes->programs);
    verdicts_free(processes->verdicts);
    ancestry_free(processes->ancestry);
    g_free(processes);
}

void processes_forget(Processes *processes)
{
    g_hash_table_remove_all(processes->by_pid);
    g_hash_table_remove_all(processes->vanished);
    programs_forget(processes->programs);
    verdicts_clear(processes->verdicts);
    processes->n_missed = 0;
}

void processes_forget_verdicts(Processes *processes)
{
    programs_forget_mappings(processes->programs);
    verdicts_clear(processes->verdicts);
}

Programs *processes_programs(Processes *processes)
{
    return processes->programs;
}

Process *processes_find(const Processes *processes, uint32_t pid)
{
    return g_hash_table_lookup(processes->by_pid, GUINT_TO_POINTER(pid));
}

Process *processes_add(Processes *processes, uint32_t pid)
{
    Process *process = g_new0(Process, 1);
    process->pid = pid;
    process->result = LOOK_FAILED;
    g_hash_table_insert(processes->by_pid, GUINT_TO_POINTER(pid), process);
    return process;
}

static void lose_program(Processes *processes, Process *process)
{
    if (process->program != NULL)
        programs_lose(processes->programs, process->program, process->joined);
    process->program = NULL;
}

void processes_remove(Processes *processes, Process *process)
{
    lose_program(processes, process);
    g_hash_table_remove(processes->by_pid, GUINT_TO_POINTER(process->pid));
}

/* Of a program that events are told of at each start and end. */
static bool is_followed(const Process *process)
{
    return process->program != NULL && !process->program->small;
}

/* And that nobody passes over, as in a storm. */
static bool is_announced(const Process *process)
{
    return is_followed(process) && process->program->stormy_until_usec == 0;
}

static bool runs_same(const Process *process, const Look *look)
{
    return process->program != NULL && look->result == LOOK_TRACKED &&
           exe_key_equal(process->program->key, look->key);
}

/* The process was found to run something else than before. */
static void switch_program(Processes *processes, Process *process, const Look *look)
{
    lose_program(processes, process);
    if (look->result == LOOK_TRACKED) {
        process->program = programs_gain(processes->programs, look->key, &look->id);
        process->joined = process->program->n_reports;
    }
    process->age = 0;
    process->gap = 0;
}

static void note_look(Process *process, const Look *look)
{
    process->link_hash = look->link_hash;
    process->result = (uint8_t)look->result;
    process->interpreted = look->interpreted;
}

/* A program that overwrote its command line (setproctitle) still runs the script that it ran. */
static bool hides_script(const Viewer *viewer, const Process *process, const Look *look)
{
    if (process->program == NULL || look->result != LOOK_TRACKED || !look->interpreted ||
        look->key->script != NULL || look->link_hash != process->link_hash)
        return false;
    const char *script = process->program->key->script;
    return script != NULL &&
           (script[0] != '/' || prefix_list_accepts(viewer->rules->exeprefix, script));
}

/* Whose is a run that has just begun, or been met. A small program is nobody's concern. */
static void ask_origin(Processes *processes, const Viewer *viewer, const Process *process)
{
    Program *program = process->program;
    if (program != NULL && !program->small && program->n_processes == 1)
        program->origin = ancestry_ask(processes->ancestry, viewer->root, process->pid);
}

void processes_identify(Processes *processes, const Viewer *viewer, Process *process,
                        Observation *observation)
{
    g_auto(Look) look = look_at(viewer, process->pid);
    observation->n_looked_into++;
    observation->n_foreign += look.foreign ? 1 : 0;
    if (look.result == LOOK_FAILED || hides_script(viewer, process, &look))
        return;
    bool nothing_before = process->program == NULL && look.result != LOOK_TRACKED &&
                          look.link_hash == process->link_hash;
    if (!nothing_before && !runs_same(process, &look)) {
        switch_program(processes, process, &look);
        ask_origin(processes, viewer, process);
        process->told = is_announced(process) ? (uint8_t)processes->found : TOLD_KNOWN;
    }
    note_look(process, &look);
}

void processes_expect_nothing(Processes *processes)
{
    GHashTableIter iter;
    g_hash_table_iter_init(&iter, processes->by_pid);
    for (gpointer process = NULL; g_hash_table_iter_next(&iter, NULL, &process);)
        ((Process *)process)->told = TOLD_KNOWN;
    g_hash_table_remove_all(processes->vanished);
    processes->n_missed = 0;
}

uint32_t processes_begin_pass(Processes *processes, Told found)
{
    GHashTableIter iter;
    uint32_t n_missed = processes->n_missed + g_hash_table_size(processes->vanished);
    g_hash_table_iter_init(&iter, processes->by_pid);
    for (gpointer process = NULL; g_hash_table_iter_next(&iter, NULL, &process);)
        n_missed += ((Process *)process)->told == TOLD_UNTOLD && is_followed(process) ? 1 : 0;
    processes_expect_nothing(processes);
    processes->found = found;
    /* What a verdict stands on may have changed; it is soon given again. */
    verdicts_clear(processes->verdicts);
    return n_missed;
}

void processes_sweep(Processes *processes, uint32_t pass)
{
    GHashTableIter iter;
    g_hash_table_iter_init(&iter, processes->by_pid);
    for (gpointer item = NULL; g_hash_table_iter_next(&iter, NULL, &item);) {
        Process *process = item;
        if (process->seen_pass == pass)
            continue;
        if (processes->found == TOLD_UNTOLD && is_followed(process))
            (void)g_hash_table_add(processes->vanished, GUINT_TO_POINTER(process->pid)); /* new */
        lose_program(processes, process);
        g_hash_table_iter_remove(&iter);
    }
}

void processes_count(const Processes *processes, Observation *observation)
{
    GHashTableIter iter;
    g_hash_table_iter_init(&iter, processes->by_pid);
    for (gpointer item = NULL; g_hash_table_iter_next(&iter, NULL, &item);) {
        const Process *process = item;
        observation->n_processes +=
            process->result == LOOK_TRACKED || process->result == LOOK_UNTRACKED ? 1 : 0;
        observation->n_tracked += process->program != NULL ? 1 : 0;
        observation->n_denied += process->result == LOOK_DENIED ? 1 : 0;
    }
}

/* It does not run any more what it ran. What it runs now is left to the passes. */
static void drop(Processes *processes, Process *process)
{
    if (process != NULL)
        processes_remove(processes, process);
}

/* The same program once more in the process that began with it a moment ago. */
static bool is_starting(const Program *program, uint64_t now_usec)
{
    return program->n_processes == 1 && program->launch != 0 &&
           now_usec - program->launch_usec < RELAUNCH_USEC;
}

/* The process has begun to run a program that is accepted. Returns whether that is a launch. */
static bool take_tracked(Processes *processes, Process *process, const Look *look, bool ahead,
                         uint64_t now_usec)
{
    bool starting = !ahead && runs_same(process, look) && is_starting(process->program, now_usec);
    if (!ahead && !starting)
        switch_program(processes, process, look);
    note_look(process, look);
    process->told = TOLD_KNOWN;
    process->age = 0;
    process->gap = 0;
    return process->program->n_processes == 1 && !starting;
}

/* A program that starts more of itself (a browser) is not launched again and again. */
static bool is_in_storm(Processes *processes, Program *program, bool spawned, uint64_t now_usec)
{
    return spawned ? now_usec < program->stormy_until_usec
                   : programs_storm(processes->programs, program, now_usec);
}

static ScannedExec exec_tracked(Processes *processes, const Viewer *viewer, Process *process,
                                const Look *look, uint64_t now_usec)
{
    bool same = runs_same(process, look);
    /* A pass has found it already, and tells that it started, or told. */
    bool ahead = process->told != TOLD_KNOWN && (same || hides_script(viewer, process, look));
    bool launched = take_tracked(processes, process, look, ahead, now_usec);
    Program *program = process->program;
    if (program->small) {
        processes_remove(processes, process);
        return (ScannedExec){0};
    }
    if (launched)
        programs_launch(processes->programs, program, now_usec);
    bool stormy = is_in_storm(processes, program, same && !launched, now_usec);
    if (launched && !stormy) /* in a storm nobody is asked */
        ask_origin(processes, viewer, process);
    return (ScannedExec){program, launched && !stormy, stormy};
}

/* What was found out about all that has that link. */
static void note_verdict(Processes *processes, const char *link, const Look *look,
                         const ScannedExec *exec, uint64_t now_usec)
{
    if (look->rejected ||
        (look->result == LOOK_TRACKED && exec->program == NULL && !look->interpreted))
        verdicts_ignore(processes->verdicts, link);
    else if (exec->stormy && !look->interpreted)
        verdicts_pass_over(processes->verdicts, link, now_usec + PASS_OVER_USEC);
}

static ScannedExec exec_looked_at(Processes *processes, const Viewer *viewer, uint32_t pid,
                                  const Look *look, uint64_t now_usec)
{
    Process *process = processes_find(processes, pid);
    if (look->result != LOOK_TRACKED) {
        drop(processes, process);
        return (ScannedExec){0};
    }
    if (process == NULL)
        process = processes_add(processes, pid);
    process->exec_usec = now_usec;
    return exec_tracked(processes, viewer, process, look, now_usec);
}

/* The verdict on that link, or a look. */
static ScannedExec exec_link(Processes *processes, const Viewer *viewer, uint32_t pid,
                             const char *link, uint64_t now_usec)
{
    Verdict verdict = verdicts_find(processes->verdicts, link, now_usec);
    if (verdict != VERDICT_NONE) {
        drop(processes, processes_find(processes, pid));
        return (ScannedExec){.stormy = verdict == VERDICT_STORMY};
    }
    g_auto(Look) look = look_through(viewer, pid, link);
    ScannedExec exec = exec_looked_at(processes, viewer, pid, &look, now_usec);
    note_verdict(processes, link, &look, &exec, now_usec);
    return exec;
}

ScannedExec processes_exec(Processes *processes, const Viewer *viewer, uint32_t pid,
                           uint64_t now_usec)
{
    char link[PATH_MAX];
    if (proc_link_into(viewer->root, pid, "exe", link, sizeof link) == 0)
        return exec_link(processes, viewer, pid, link, now_usec);
    drop(processes, processes_find(processes, pid)); /* it has ended, or will be met in a pass */
    return (ScannedExec){0};
}

/* A child in the place of one whose end was not told, or new. */
static Process *make_child(Processes *processes, uint32_t pid)
{
    Process *stale = processes_find(processes, pid);
    if (stale != NULL)
        processes_remove(processes, stale);
    return processes_add(processes, pid);
}

void processes_fork(Processes *processes, uint32_t parent_pid, uint32_t pid)
{
    const Process *parent = processes_find(processes, parent_pid);
    if (parent == NULL || !is_followed(parent) || parent_pid == pid)
        return;
    Process *found = processes_find(processes, pid);
    if (found != NULL && found->told != TOLD_KNOWN) {
        found->told = TOLD_AHEAD; /* an exec may still follow */
        return;
    }
    Process *child = make_child(processes, pid);
    child->program = parent->program;
    child->exec_usec = parent->exec_usec;
    child->joined = parent->joined;
    child->link_hash = parent->link_hash;
    child->result = parent->result;
    child->interpreted = parent->interpreted;
    programs_join(processes->programs, child->program, child->joined);
}

void processes_exit(Processes *processes, uint32_t pid)
{
    Process *process = processes_find(processes, pid);
    if (process == NULL) {
        (void)g_hash_table_remove(processes->vanished, GUINT_TO_POINTER(pid)); /* if it is there */
        return;
    }
    processes->n_missed += process->told == TOLD_UNTOLD && is_followed(process) ? 1 : 0;
    processes_remove(processes, process);
}

void processes_judge(Processes *processes, const ExeKey *key, bool small)
{
    g_autoptr(ExeKey) own = exe_key_new(key->path, key->script);
    if (small) {
        programs_set_small(processes->programs, own);
        return;
    }
    programs_set_large(processes->programs, own);
    verdicts_clear(processes->verdicts);
}
