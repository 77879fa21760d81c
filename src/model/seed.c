/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "model/seed.h"
#include "model/words.h"
#include <math.h>

static void seed_file_clear(gpointer data)
{
    SeedFile *file = data;
    g_clear_pointer(&file->path, g_ref_string_release);
    block_set_clear(&file->blocks);
}

GArray *seed_files_new(void)
{
    GArray *files = g_array_new(FALSE, FALSE, sizeof(SeedFile));
    g_array_set_clear_func(files, seed_file_clear);
    return files;
}

void seed_free(Seed *seed)
{
    if (seed == NULL)
        return;
    g_clear_pointer(&seed->key, exe_key_unref);
    g_clear_pointer(&seed->files, g_array_unref);
    g_free(seed->source);
    g_free(seed);
}

/* Of a program of which nothing was seen yet. */
static void plant_files(Model *model, Exe *exe, const GArray *files)
{
    if (exe->n_learnt > 0 || exe->edges->len > 0)
        return;
    for (guint i = 0; i < files->len; i++) {
        const SeedFile *file = &g_array_index(files, SeedFile, i);
        if (prefix_list_accepts(model->rules.mapprefix, file->path))
            (void)model_add_edge(model, exe, file->path, &file->id, &file->blocks);
    }
}

static bool is_wanted(const Model *model, const Seed *seed)
{
    return model_rules_accept(&model->rules, seed->key) &&
           seed->mapped_bytes >= model->rules.minsize_bytes &&
           model_word(model, seed->key) != WORD_IGNORE;
}

static void plant(Model *model, const Seed *seed)
{
    Exe *exe = model_add_exe(model, seed->key, &seed->id);
    exe->seed_weight = (float)MIN(seed->weight, SEED_WEIGHT_MAX);
    g_clear_pointer(&exe->seed_source, g_ref_string_release);
    exe->seed_source = g_ref_string_new(seed->source);
    exe->pool = POOL_PRIORITY; /* people use it: that is what the seed says */
    plant_files(model, exe, seed->files);
}

uint32_t model_plant(Model *model, const GPtrArray *seeds)
{
    uint32_t n_planted = 0;
    for (guint i = 0; i < seeds->len; i++) {
        const Seed *seed = seeds->pdata[i];
        if (!is_wanted(model, seed))
            continue;
        plant(model, seed);
        n_planted++;
    }
    model->seeded = true;
    model->generation++;
    return n_planted;
}

double exe_seed_weight(const Model *model, const Exe *exe)
{
    return (double)exe->seed_weight *
           exp2(-(double)model->launches.n_launches / LAUNCHES_SLOW_HALF);
}
