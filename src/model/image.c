/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "model/image.h"
#include "model/pinned.h"
#include "model/words.h"

#include <string.h>

static void image_map_clear(gpointer data)
{
    ImageMap *map = data;
    g_clear_pointer(&map->path, g_ref_string_release);
}

void image_exe_clear(gpointer data)
{
    ImageExe *exe = data;
    g_clear_pointer(&exe->key, exe_key_unref);
    g_clear_pointer(&exe->seed_source, g_ref_string_release);
}

static void image_word_clear(gpointer data)
{
    ImageWord *word = data;
    g_clear_pointer(&word->key, exe_key_unref);
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
    image_habits_init(&image->habits);
    image->maps = array_of(sizeof(ImageMap), image_map_clear);
    image->exes = array_of(sizeof(ImageExe), image_exe_clear);
    image->edges = array_of(sizeof(ImageEdge), NULL);
    image->runs = array_of(sizeof(TouchRun), NULL);
    image->chains = array_of(sizeof(ImageChain), NULL);
    image->bad = array_of(sizeof(ImageBad), image_bad_clear);
    image->words = array_of(sizeof(ImageWord), image_word_clear);
    image->pinned = g_ptr_array_new_with_free_func(exe_key_release);
    return image;
}

void image_free(Image *image)
{
    if (image == NULL)
        return;
    g_array_unref(image->maps);
    g_array_unref(image->exes);
    g_array_unref(image->edges);
    g_array_unref(image->runs);
    g_array_unref(image->chains);
    g_array_unref(image->bad);
    g_array_unref(image->words);
    g_ptr_array_unref(image->pinned);
    image_habits_clear(&image->habits);
    g_free(image);
}

void image_add_edge(Image *image, ImageEdge edge, const TouchSet *touched)
{
    edge.first_run = image->runs->len;
    edge.n_runs = touched->n_runs;
    if (touched->n_runs > 0)
        g_array_append_vals(image->runs, touched->runs, touched->n_runs);
    g_array_append_val(image->edges, edge);
}

TouchSet image_touched(const Image *image, const ImageEdge *edge)
{
    return (TouchSet){&((TouchRun *)(void *)image->runs->data)[edge->first_run], edge->n_runs};
}

/* The model being taken: its Maps are numbered as edges lead to them, which is the order in which
 * they come back. */
typedef struct {
    const Model *model;
    Image *image;
    uint32_t *numbers; /* of Maps, by their index: number in the image + 1, 0: none yet */
    GPtrArray *chains;
} Taking;

static uint32_t take_map(Taking *taking, const Map *map)
{
    uint32_t *number = &taking->numbers[map->index];
    if (*number == 0) {
        ImageMap taken = {g_ref_string_acquire(map->path), map->id, map->directory};
        g_array_append_val(taking->image->maps, taken);
        *number = taking->image->maps->len;
    }
    return *number - 1;
}

static void take_edges(Taking *taking, const Exe *exe)
{
    for (guint i = 0; i < exe->edges->len; i++) {
        const Edge *edge = &g_array_index(exe->edges, Edge, i);
        ImageEdge taken = {
            .exe = exe->index,
            .map = take_map(taking, edge->map),
            .rank = edge->rank,
            .launches = edge->launches,
        };
        TouchRun room;
        TouchSet touched = edge_touched(edge, &room);
        image_add_edge(taking->image, taken, &touched);
    }
}

static void take_exes(Taking *taking)
{
    const Model *model = taking->model;
    for (guint i = 0; i < model->exes->len; i++) {
        const Exe *exe = model->exes->pdata[i];
        ImageExe taken = {
            .key = exe_key_ref(exe->key),
            .id = exe->id,
            .launches = exe->launches,
            .run_usec = exe_run_usec(model, exe),
            .first_usec = exe->first_usec,
            .active_usec = exe_active_usec(model, exe),
            .n_learnt = exe->n_learnt,
            .n_stable = exe->n_stable,
            .metrics = exe->metrics,
            .user_launches = exe->user_launches,
            .automated_launches = exe->automated_launches,
            .weighted_launches = exe_weighted_launches(model, exe),
            .user_usec = exe->user_usec,
            .pool = exe->pool,
            .seed_weight = exe->seed_weight,
            .seed_source = exe->seed_source != NULL ? g_ref_string_acquire(exe->seed_source) : NULL,
        };
        g_array_append_val(taking->image->exes, taken);
        take_edges(taking, exe);
        for (guint j = 0; j < exe->chains->len; j++) {
            Chain *chain = exe->chains->pdata[j];
            if (chain->a == exe) /* each once: with its a */
                g_ptr_array_add(taking->chains, chain);
        }
    }
}

static gint by_serial(gconstpointer a, gconstpointer b)
{
    const Chain *x = *(const Chain *const *)a;
    const Chain *y = *(const Chain *const *)b;
    return x->serial < y->serial ? -1 : x->serial > y->serial;
}

static void take_chains(Taking *taking)
{
    g_ptr_array_sort(taking->chains, by_serial);
    for (guint i = 0; i < taking->chains->len; i++) {
        const Chain *chain = taking->chains->pdata[i];
        ImageChain taken = {chain->a->index, chain->b->index, chain->markov};
        taken.markov.both_usec = chain_both_usec(taking->model, chain);
        if (chain_state(chain) != MARKOV_NONE)
            taken.markov.changed_usec = taking->model->now_usec;
        g_array_append_val(taking->image->chains, taken);
    }
}

static gint by_key(gconstpointer a, gconstpointer b)
{
    const ExeKey *x = ((const ImageBad *)a)->key;
    const ExeKey *y = ((const ImageBad *)b)->key;
    int order = strcmp(x->path, y->path);
    return order != 0 ? order : g_strcmp0(x->script, y->script);
}

static void take_bad(Taking *taking)
{
    GHashTableIter iter;
    g_hash_table_iter_init(&iter, taking->model->bad);
    for (gpointer value = NULL; g_hash_table_iter_next(&iter, NULL, &value);) {
        const BadExe *bad = value;
        ImageBad taken = {exe_key_ref(bad->key), bad->size_bytes, bad->seen_usec};
        g_array_append_val(taking->image->bad, taken);
    }
    g_array_sort(taking->image->bad, by_key);
}

static void take_words(Taking *taking)
{
    g_autoptr(GPtrArray) all = model_said(taking->model);
    for (guint i = 0; i < all->len; i++) {
        const Said *said = all->pdata[i];
        ImageWord taken = {exe_key_ref(said->key), said->word};
        g_array_append_val(taking->image->words, taken);
    }
}

static void take_pinned(Taking *taking)
{
    g_autoptr(GPtrArray) all = model_pinned(taking->model);
    for (guint i = 0; i < all->len; i++)
        g_ptr_array_add(taking->image->pinned, exe_key_ref(all->pdata[i]));
}

Image *image_of_model(const Model *model, int64_t unix_sec)
{
    Image *image = image_new();
    image->model_usec = model->now_usec;
    image->saved_unix_sec = unix_sec;
    image->seeded = model->seeded;
    image->metrics = model->metrics;
    image->days = model->days;
    g_autofree uint32_t *numbers = g_new0(uint32_t, model->maps->len);
    g_autoptr(GPtrArray) chains = g_ptr_array_new();
    Taking taking = {model, image, numbers, chains};
    take_exes(&taking);
    take_chains(&taking);
    take_bad(&taking);
    image_habits_take(&image->habits, model);
    take_words(&taking);
    take_pinned(&taking);
    return image;
}

static void give_use(Exe *exe, const ImageExe *from)
{
    exe->user_launches = from->user_launches;
    exe->automated_launches = from->automated_launches;
    exe->weighted_launches = from->weighted_launches;
    exe->user_usec = from->user_usec;
    exe->pool = from->pool;
    exe->seed_weight = from->seed_weight;
    g_clear_pointer(&exe->seed_source, g_ref_string_release);
    if (from->seed_source != NULL)
        exe->seed_source = g_ref_string_acquire(from->seed_source);
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
        exe->changed_usec = from->active_usec;
        exe->n_learnt = from->n_learnt;
        exe->n_stable = from->n_stable;
        exe->metrics = from->metrics;
        give_use(exe, from);
        g_ptr_array_add(exes, exe);
    }
    model_settle_rested(model);
    return exes;
}

static void give_edge(const ImageEdge *from, const Image *image, const GPtrArray *exes,
                      Model *model)
{
    const ImageMap *map = &g_array_index(image->maps, ImageMap, from->map);
    /* Over the bound: to make room would take what was given just now. */
    if (exes->pdata[from->exe] == NULL || model->n_edges >= MODEL_EDGES_MAX)
        return;
    Edge *edge = model_add_file(model, exes->pdata[from->exe], map->path, &map->id, map->directory);
    if (edge == NULL)
        return;
    Edge given = {.rank = from->rank, .launches = from->launches};
    TouchSet touched = image_touched(image, from);
    edge_give_touched(&given, touch_set_copy(&touched));
    edge_unite(edge, &given);
    edge_clear(&given);
}

static void give_chain(const ImageChain *from, const GPtrArray *exes, Model *model)
{
    if (exes->pdata[from->a] == NULL || exes->pdata[from->b] == NULL)
        return;
    Chain *chain = model_add_chain(model, exes->pdata[from->a], exes->pdata[from->b]);
    if (chain == NULL)
        return;
    chain->markov = from->markov;
}

uint32_t image_to_model(const Image *image, Model *model)
{
    model->now_usec = image->model_usec;
    model->seeded = image->seeded;
    model->metrics = image->metrics;
    model->days = image->days;
    g_autoptr(GPtrArray) exes = give_exes(image, model);
    image_habits_give(&image->habits, exes, model);
    for (guint i = 0; i < image->edges->len; i++)
        give_edge(&g_array_index(image->edges, ImageEdge, i), image, exes, model);
    for (guint i = 0; i < image->chains->len; i++)
        give_chain(&g_array_index(image->chains, ImageChain, i), exes, model);
    for (guint i = 0; i < image->bad->len; i++) {
        const ImageBad *bad = &g_array_index(image->bad, ImageBad, i);
        model_add_bad(model, bad->key, bad->size_bytes, bad->seen_usec);
    }
    /* Last: who is ignored leaves, and is referred to until here. */
    for (guint i = 0; i < image->words->len; i++) {
        const ImageWord *word = &g_array_index(image->words, ImageWord, i);
        (void)model_say(model, word->key, word->word); /* too many: the last are lost */
    }
    for (guint i = 0; i < image->pinned->len; i++)
        (void)model_pin(model, image->pinned->pdata[i]); /* the same */
    ModelRules rules = model->rules;
    return model_set_rules(model, &rules);
}
