/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "model/image.h"

static void image_map_clear(gpointer data)
{
    ImageMap *map = data;
    g_clear_pointer(&map->path, g_ref_string_release);
}

static void image_exe_clear(gpointer data)
{
    ImageExe *exe = data;
    g_clear_pointer(&exe->key, exe_key_unref);
}

static void image_edge_clear(gpointer data)
{
    ImageEdge *edge = data;
    block_set_clear(&edge->blocks);
}

static void image_bad_clear(gpointer data)
{
    ImageBad *bad = data;
    g_clear_pointer(&bad->key, exe_key_unref);
}

static GArray *array_of(guint element_bytes, GDestroyNotify clear)
{
    GArray *array = g_array_new(FALSE, FALSE, element_bytes);
    g_array_set_clear_func(array, clear);
    return array;
}

Image *image_new(void)
{
    Image *image = g_new0(Image, 1);
    image->maps = array_of(sizeof(ImageMap), image_map_clear);
    image->exes = array_of(sizeof(ImageExe), image_exe_clear);
    image->edges = array_of(sizeof(ImageEdge), image_edge_clear);
    image->chains = array_of(sizeof(ImageChain), NULL);
    image->bad = array_of(sizeof(ImageBad), image_bad_clear);
    return image;
}

void image_free(Image *image)
{
    if (image == NULL)
        return;
    g_array_unref(image->maps);
    g_array_unref(image->exes);
    g_array_unref(image->edges);
    g_array_unref(image->chains);
    g_array_unref(image->bad);
    g_free(image);
}

static void take_maps(const Model *model, Image *image)
{
    for (guint i = 0; i < model->maps->len; i++) {
        const Map *map = model->maps->pdata[i];
        ImageMap taken = {g_ref_string_acquire(map->path), map->id};
        g_array_append_val(image->maps, taken);
    }
}

static void take_edges(const Exe *exe, Image *image)
{
    for (guint i = 0; i < exe->edges->len; i++) {
        const Edge *edge = &g_array_index(exe->edges, Edge, i);
        ImageEdge taken = {exe->index, edge->map->index, block_set_copy(&edge->blocks)};
        g_array_append_val(image->edges, taken);
    }
}

/* Each chain once: with its a. */
static void take_chains(const Model *model, const Exe *exe, Image *image)
{
    for (guint i = 0; i < exe->chains->len; i++) {
        const Chain *chain = exe->chains->pdata[i];
        if (chain->a != exe)
            continue;
        ImageChain taken = {chain->a->index, chain->b->index, chain->markov};
        taken.markov.both_usec = chain_both_usec(model, chain);
        taken.markov.changed_usec = 0;
        g_array_append_val(image->chains, taken);
    }
}

static void take_exes(const Model *model, Image *image)
{
    for (guint i = 0; i < model->exes->len; i++) {
        const Exe *exe = model->exes->pdata[i];
        ImageExe taken = {
            .key = exe_key_ref(exe->key),
            .id = exe->id,
            .launches = exe->launches,
            .run_usec = exe_run_usec(model, exe),
            .first_usec = exe->first_usec,
            .active_usec = exe_active_usec(model, exe),
        };
        g_array_append_val(image->exes, taken);
        take_edges(exe, image);
        take_chains(model, exe, image);
    }
}

Image *image_of_model(const Model *model, int64_t unix_sec)
{
    Image *image = image_new();
    image->model_usec = model->now_usec;
    image->saved_unix_sec = unix_sec;
    take_maps(model, image);
    take_exes(model, image);
    GHashTableIter iter;
    g_hash_table_iter_init(&iter, model->bad);
    for (gpointer value = NULL; g_hash_table_iter_next(&iter, NULL, &value);) {
        const BadExe *bad = value;
        ImageBad taken = {exe_key_ref(bad->key), bad->size_bytes, bad->seen_usec};
        g_array_append_val(image->bad, taken);
    }
    return image;
}

static GPtrArray *give_exes(const Image *image, Model *model)
{
    GPtrArray *exes = g_ptr_array_new();
    for (guint i = 0; i < image->exes->len; i++) {
        const ImageExe *from = &g_array_index(image->exes, ImageExe, i);
        if (model->exes->len >= MODEL_EXES_MAX) {
            g_ptr_array_add(exes, NULL); /* to make room would take one that is referred to */
            continue;
        }
        Exe *exe = model_add_exe(model, from->key, &from->id);
        exe->launches = from->launches;
        exe->run_usec = from->run_usec;
        exe->first_usec = from->first_usec;
        exe->active_usec = from->active_usec;
        exe->changed_usec = model->now_usec;
        g_ptr_array_add(exes, exe);
    }
    return exes;
}

static void give_edge(const ImageEdge *from, const Image *image, const GPtrArray *exes,
                      Model *model)
{
    const ImageMap *map = &g_array_index(image->maps, ImageMap, from->map);
    if (exes->pdata[from->exe] != NULL)
        (void)model_add_edge(model, exes->pdata[from->exe], map->path, &map->id, &from->blocks);
}

static void give_chain(const ImageChain *from, const GPtrArray *exes, Model *model)
{
    if (exes->pdata[from->a] == NULL || exes->pdata[from->b] == NULL)
        return;
    Chain *chain = model_add_chain(model, exes->pdata[from->a], exes->pdata[from->b]);
    if (chain == NULL)
        return;
    chain->markov = from->markov;
    chain->markov.changed_usec = model->now_usec;
}

uint32_t image_to_model(const Image *image, Model *model)
{
    model->now_usec = image->model_usec;
    g_autoptr(GPtrArray) exes = give_exes(image, model);
    for (guint i = 0; i < image->edges->len; i++)
        give_edge(&g_array_index(image->edges, ImageEdge, i), image, exes, model);
    for (guint i = 0; i < image->chains->len; i++)
        give_chain(&g_array_index(image->chains, ImageChain, i), exes, model);
    for (guint i = 0; i < image->bad->len; i++) {
        const ImageBad *bad = &g_array_index(image->bad, ImageBad, i);
        model_add_bad(model, bad->key, bad->size_bytes, bad->seen_usec);
    }
    ModelRules rules = model->rules;
    return model_set_rules(model, &rules);
}
