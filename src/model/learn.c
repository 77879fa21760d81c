/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "model/footprint.h"
#include "model/words.h"

/* What a pass over /proc teaches the model. */

/* Which of it a launch touches is not known: these are taken until a launch was learnt from. Then
 * they still tell of an upgrade. */
static void take_regions(Model *model, Exe *exe, const GArray *regions)
{
    for (guint i = 0; i < regions->len; i++) {
        const Region *region = &g_array_index(regions, Region, i);
        if (exe->n_learnt > 0) {
            model_notice_file(model, region->path, &region->id);
            continue;
        }
        BlockSet blocks = BLOCK_SET_NULL;
        (void)block_set_add_bytes(&blocks, region->offset_bytes, region->length_bytes);
        (void)model_add_edge(model, exe, region->path, &region->id, &blocks);
        block_set_clear(&blocks);
    }
}

/* An upgraded executable is the same program to its user, with the same habits. Its files are each
 * what they are found to be (files.c), and those that it needs no longer fade with its next
 * launches; whole mappings that were only assumed do not, and go. */
static void adopt_identity(Model *model, Exe *exe, const FileId *id)
{
    if (file_id_known(&exe->id) && !file_id_same(&exe->id, id)) {
        exe->n_stable = 0;
        if (exe->n_learnt == 0)
            model_drop_edges(model, exe);
    }
    exe->id = *id;
}

/* The program is registered if it is large enough to be worth it. */
static void take_sighting(Model *model, const Sighting *sighting)
{
    if (model_word(model, sighting->key) == WORD_IGNORE)
        return;
    Exe *exe = model_find_exe(model, sighting->key);
    if (exe == NULL && sighting->mapped_bytes < model->rules.minsize_bytes) {
        if (sighting->mapped_bytes > 0)
            model_add_bad(model, sighting->key, sighting->mapped_bytes, model->now_usec);
        return;
    }
    (void)g_hash_table_remove(model->bad, sighting->key);
    if (exe == NULL)
        exe = model_add_exe(model, sighting->key, &sighting->id);
    adopt_identity(model, exe, &sighting->id);
    if (sighting->files != NULL)
        footprint_learn(model, exe, sighting);
    else if (sighting->regions != NULL)
        take_regions(model, exe, sighting->regions);
}

static bool contains(const GPtrArray *keys, const ExeKey *key)
{
    return g_ptr_array_find_with_equal_func((GPtrArray *)keys, key, exe_key_equal, NULL);
}

static void take_stopped(Model *model, const Observation *observation, GHashTable *changes)
{
    for (guint i = 0; i < observation->stopped->len; i++) {
        Exe *exe = model_find_exe(model, observation->stopped->pdata[i]);
        if (exe != NULL && exe->running && !contains(observation->started, exe->key))
            g_hash_table_add(changes, exe);
    }
}

static void begin_launch(Model *model, Exe *exe, Origin origin)
{
    exe_begin_launch(model, exe, origin);
    model_judge_pool(model, exe);
}

static void take_started(Model *model, const Observation *observation, GHashTable *changes)
{
    for (guint i = 0; i < observation->started->len; i++) {
        Exe *exe = model_find_exe(model, observation->started->pdata[i]);
        if (exe == NULL)
            continue;
        if (model->synchronized || exe->launches == 0)
            begin_launch(model, exe, observation_origin(observation, i));
        if (!exe->running)
            g_hash_table_add(changes, exe);
    }
}

/* Registered now, but started before: what it maps was not known then. One that has ended already
 * was launched, too. */
static void take_late(Model *model, const Observation *observation, GHashTable *changes)
{
    for (guint i = 0; i < observation->sightings->len; i++) {
        const Sighting *sighting = observation->sightings->pdata[i];
        const ExeKey *key = sighting->key;
        Exe *exe = model_find_exe(model, key);
        if (exe == NULL || exe->running || contains(observation->started, key) ||
            contains(observation->stopped, key))
            continue;
        if (sighting->ended && exe->launches == 0)
            begin_launch(model, exe, sighting->origin);
        if (sighting->ended) {
            exe_end_launch(model, exe);
            continue;
        }
        if (g_hash_table_add(changes, exe)) /* several of its processes may be sighted */
            begin_launch(model, exe, sighting->origin);
    }
}

static gint by_index(gconstpointer a, gconstpointer b)
{
    const Exe *x = *(const Exe *const *)a;
    const Exe *y = *(const Exe *const *)b;
    return x->index < y->index ? -1 : x->index > y->index;
}

/* What runs when we begin to look has run before: that is no transition, and its dwell is not
 * known. */
static void start_silently(Model *model, GPtrArray *exes)
{
    for (guint i = 0; i < exes->len; i++) {
        Exe *exe = exes->pdata[i];
        exe->running = exe->was_running = true;
        model_settle_running(model, exe);
        exe->changed_usec = model->now_usec;
        for (guint j = 0; j < exe->chains->len; j++)
            ((Chain *)exe->chains->pdata[j])->markov.changed_usec = model->now_usec;
    }
}

void model_observe(Model *model, const Observation *observation)
{
    /* All are registered before any is referred to: a full model makes room for each. */
    for (guint i = 0; i < observation->sightings->len; i++)
        take_sighting(model, observation->sightings->pdata[i]);
    g_autoptr(GHashTable) changes = g_hash_table_new(NULL, NULL);
    take_late(model, observation, changes);
    take_stopped(model, observation, changes);
    take_started(model, observation, changes);
    g_autoptr(GPtrArray) exes = g_ptr_array_new();
    GHashTableIter iter;
    g_hash_table_iter_init(&iter, changes);
    for (gpointer exe = NULL; g_hash_table_iter_next(&iter, &exe, NULL);)
        g_ptr_array_add(exes, exe);
    /* In the order of the arena, not of addresses: chains are made in the same order each time. */
    g_ptr_array_sort(exes, by_index);
    if (model->synchronized)
        model_learn_changes(model, exes);
    else
        start_silently(model, exes);
    model->synchronized = true;
}

void model_resynchronize(Model *model)
{
    for (guint i = 0; i < model->exes->len; i++) {
        Exe *exe = model->exes->pdata[i];
        for (guint j = 0; j < exe->chains->len; j++) {
            Chain *chain = exe->chains->pdata[j];
            chain->markov.both_usec = chain_both_usec(model, chain);
            chain->markov.changed_usec = model->now_usec;
        }
    }
    for (guint i = 0; i < model->exes->len; i++) {
        Exe *exe = model->exes->pdata[i];
        exe->active_usec = exe_active_usec(model, exe);
        exe->run_usec = exe_run_usec(model, exe);
        exe->changed_usec = model->now_usec;
        exe->running = exe->was_running = false;
        model_settle_running(model, exe);
        exe_end_launch(model, exe);
    }
    model->synchronized = false;
}
