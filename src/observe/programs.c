/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/programs.h"
#include "observe/storms.h"

/* More than a machine has; the memory of a machine that runs ever new names begins anew. */
#define SMALL_MAX 4096

struct Programs {
    GHashTable *by_key;  /* ExeKey -> Program */
    GPtrArray *changed;  /* Program: not asked for news of yet */
    GPtrArray *deferred; /* Program: changed, and no news */
    GHashTable *small;   /* ExeKey, a set */
    Storms *storms;
    uint64_t n_launches; /* the last serial */
    bool replaced;
};

static void program_free(gpointer data)
{
    Program *program = data;
    exe_key_unref(program->key);
    g_free(program);
}

Programs *programs_new(void)
{
    Programs *programs = g_new0(Programs, 1);
    programs->by_key = g_hash_table_new_full(exe_key_hash, exe_key_equal, NULL, program_free);
    programs->changed = g_ptr_array_new();
    programs->deferred = g_ptr_array_new();
    programs->small = g_hash_table_new_full(exe_key_hash, exe_key_equal, exe_key_release, NULL);
    programs->storms = storms_new();
    return programs;
}

void programs_free(Programs *programs)
{
    if (programs == NULL)
        return;
    g_hash_table_unref(programs->by_key);
    g_hash_table_unref(programs->small);
    g_ptr_array_unref(programs->changed);
    g_ptr_array_unref(programs->deferred);
    storms_free(programs->storms);
    g_free(programs);
}

void programs_forget(Programs *programs)
{
    g_ptr_array_set_size(programs->changed, 0);
    g_ptr_array_set_size(programs->deferred, 0);
    g_hash_table_remove_all(programs->by_key);
    g_hash_table_remove_all(programs->small);
    programs->replaced = false;
}

static void note_change(Programs *programs, Program *program)
{
    if (program->changed)
        return;
    program->changed = true;
    program->n_before = program->n_processes;
    program->n_lost = 0;
    g_ptr_array_add(programs->changed, program);
}

static Program *add_program(Programs *programs, ExeKey *key, const FileId *id)
{
    Program *program = g_new0(Program, 1);
    program->key = exe_key_ref(key);
    program->id = *id;
    program->small = g_hash_table_contains(programs->small, key);
    program->stormy_until_usec = storms_until_usec(programs->storms, key);
    g_hash_table_insert(programs->by_key, program->key, program);
    return program;
}

static void forget_mappings(Program *program)
{
    program->small = program->large = program->untouched = false;
    program->sighted_pass = 0;
}

static void update_file(Programs *programs, Program *program, const FileId *id)
{
    if (file_id_same(&program->id, id))
        return;
    programs->replaced = programs->replaced || program->n_processes > 0;
    program->id = *id;
    forget_mappings(program);
    g_hash_table_remove(programs->small, program->key);
}

Program *programs_gain(Programs *programs, ExeKey *key, const FileId *id)
{
    Program *program = g_hash_table_lookup(programs->by_key, key);
    if (program == NULL)
        program = add_program(programs, key, id);
    update_file(programs, program, id);
    if (program->n_processes == 0) {
        program->launch = 0; /* another one, which nobody saw yet */
        program->origin = ORIGIN_UNKNOWN;
    }
    programs_join(programs, program, program->n_reports);
    return program;
}

void programs_join(Programs *programs, Program *program, uint32_t joined)
{
    note_change(programs, program);
    program->n_processes++;
    program->n_before += joined < program->n_reports ? 1 : 0;
}

void programs_lose(Programs *programs, Program *program, uint32_t joined)
{
    note_change(programs, program);
    program->n_processes--;
    program->n_lost += joined < program->n_reports ? 1 : 0;
}

void programs_launch(Programs *programs, Program *program, uint64_t now_usec)
{
    program->launch = ++programs->n_launches;
    program->launch_usec = now_usec;
}

bool programs_storm(Programs *programs, Program *program, uint64_t now_usec)
{
    program->stormy_until_usec = storms_note(programs->storms, program->key, now_usec);
    return program->stormy_until_usec > 0;
}

bool programs_take_replaced(Programs *programs)
{
    bool replaced = programs->replaced;
    programs->replaced = false;
    return replaced;
}

void programs_set_small(Programs *programs, ExeKey *key)
{
    Program *program = g_hash_table_lookup(programs->by_key, key);
    if (program != NULL && program->large)
        return;
    if (program != NULL)
        program->small = true;
    if (g_hash_table_size(programs->small) >= SMALL_MAX)
        g_hash_table_remove_all(programs->small);
    g_hash_table_add(programs->small, exe_key_ref(key));
}

void programs_set_large(Programs *programs, const ExeKey *key)
{
    Program *program = g_hash_table_lookup(programs->by_key, key);
    if (program != NULL) {
        program->small = false;
        program->large = true;
        if (g_ptr_array_remove(programs->deferred, program)) /* it may be news by now */
            g_ptr_array_add(programs->changed, program);
    }
    (void)g_hash_table_remove(programs->small, key); /* most were not thought small */
}

void programs_forget_mappings(Programs *programs)
{
    GHashTableIter iter;
    gpointer program = NULL;
    g_hash_table_remove_all(programs->small);
    g_hash_table_iter_init(&iter, programs->by_key);
    while (g_hash_table_iter_next(&iter, NULL, &program))
        forget_mappings(program);
}

/* None of its processes of before lives: it stopped; if it runs all the same, it started again. */
static bool is_news(const Program *program)
{
    return program->n_lost >= program->n_before &&
           (program->n_before > 0 || program->n_processes > 0);
}

static void report_program(const Program *program, Observation *observation)
{
    if (!is_news(program))
        return;
    if (program->n_before > 0)
        g_ptr_array_add(observation->stopped, exe_key_ref(program->key));
    if (program->n_processes > 0)
        observation_add_started(observation, program->key, program->origin);
}

/* What was to be told of the program is told. */
static void settle(Programs *programs, Program *program)
{
    program->changed = false;
    program->n_reports++;
    if (program->n_processes == 0)
        g_hash_table_remove(programs->by_key, program->key);
}

static void report_all(Programs *programs, GPtrArray *changed, Observation *observation)
{
    for (guint i = 0; i < changed->len; i++) {
        report_program(changed->pdata[i], observation);
        settle(programs, changed->pdata[i]);
    }
    g_ptr_array_set_size(changed, 0);
}

void programs_report(Programs *programs, Observation *observation)
{
    report_all(programs, programs->deferred, observation);
    report_all(programs, programs->changed, observation);
}

Observation *programs_report_news(Programs *programs, uint64_t now_usec)
{
    Observation *observation = NULL;
    for (guint i = 0; i < programs->changed->len; i++) {
        Program *program = programs->changed->pdata[i];
        if (program->small || now_usec < program->stormy_until_usec) {
            g_ptr_array_add(programs->deferred, program);
            continue;
        }
        if (is_news(program)) {
            if (observation == NULL)
                observation = observation_new();
            report_program(program, observation);
        }
        settle(programs, program);
    }
    g_ptr_array_set_size(programs->changed, 0);
    return observation;
}
