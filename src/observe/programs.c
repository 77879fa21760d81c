/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/programs.h"

/* More than a machine has; the memory of a machine that runs ever new names begins anew. */
#define SMALL_MAX 4096

struct Programs {
    GHashTable *by_key; /* ExeKey -> Program */
    GPtrArray *changed; /* Program */
    GHashTable *small;  /* ExeKey, a set */
    bool replaced;
};

static void program_free(gpointer data)
{
    Program *program = data;
    exe_key_unref(program->key);
    g_free(program);
}

static void key_unref(gpointer key)
{
    exe_key_unref(key);
}

Programs *programs_new(void)
{
    Programs *programs = g_new0(Programs, 1);
    programs->by_key = g_hash_table_new_full(exe_key_hash, exe_key_equal, NULL, program_free);
    programs->changed = g_ptr_array_new();
    programs->small = g_hash_table_new_full(exe_key_hash, exe_key_equal, key_unref, NULL);
    return programs;
}

void programs_free(Programs *programs)
{
    if (programs == NULL)
        return;
    g_hash_table_unref(programs->by_key);
    g_hash_table_unref(programs->small);
    g_ptr_array_unref(programs->changed);
    g_free(programs);
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
    g_hash_table_insert(programs->by_key, program->key, program);
    return program;
}

static void forget_mappings(Program *program)
{
    program->small = program->large = false;
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
    note_change(programs, program);
    program->n_processes++;
    return program;
}

void programs_lose(Programs *programs, Program *program)
{
    note_change(programs, program);
    program->n_processes--;
    program->n_lost++;
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
    if (program != NULL)
        program->small = true;
    if (g_hash_table_size(programs->small) >= SMALL_MAX)
        g_hash_table_remove_all(programs->small);
    g_hash_table_add(programs->small, exe_key_ref(key));
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

/* If none of its processes of before lives, it stopped; if it runs all the same, it started again.
 */
static void report_program(const Program *program, Observation *observation)
{
    if (program->n_lost < program->n_before)
        return;
    if (program->n_before > 0)
        g_ptr_array_add(observation->stopped, exe_key_ref(program->key));
    if (program->n_processes > 0)
        g_ptr_array_add(observation->started, exe_key_ref(program->key));
}

void programs_report(Programs *programs, Observation *observation)
{
    for (guint i = 0; i < programs->changed->len; i++) {
        Program *program = g_ptr_array_index(programs->changed, i);
        report_program(program, observation);
        program->changed = false;
        if (program->n_processes == 0)
            g_hash_table_remove(programs->by_key, program->key);
    }
    g_ptr_array_set_size(programs->changed, 0);
}
