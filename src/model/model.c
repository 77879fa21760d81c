/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "model/model.h"
#include <string.h>

/* The arena: what is in the model, how it gets in, and that all that belongs to it goes with it. */

static void edge_clear(gpointer data)
{
    Edge *edge = data;
    block_set_clear(&edge->blocks);
}

static void bad_free(gpointer data)
{
    BadExe *bad = data;
    exe_key_unref(bad->key);
    g_free(bad);
}

static void exe_free(Exe *exe)
{
    exe_key_unref(exe->key);
    g_array_unref(exe->edges);
    g_ptr_array_unref(exe->chains);
    g_free(exe);
}

static void map_free(Map *map)
{
    g_ref_string_release(map->path);
    g_free(map);
}

static void rules_copy(ModelRules *to, const ModelRules *from)
{
    prefix_list_ref(from->exeprefix);
    prefix_list_ref(from->mapprefix);
    g_clear_pointer(&to->exeprefix, prefix_list_unref);
    g_clear_pointer(&to->mapprefix, prefix_list_unref);
    *to = *from;
}

Model *model_new(const ModelRules *rules)
{
    Model *model = g_new0(Model, 1);
    rules_copy(&model->rules, rules);
    model->exes = g_ptr_array_new();
    model->maps = g_ptr_array_new();
    model->exe_by_key = g_hash_table_new(exe_key_hash, exe_key_equal);
    model->map_by_path = g_hash_table_new(g_str_hash, g_str_equal);
    model->bad = g_hash_table_new_full(exe_key_hash, exe_key_equal, NULL, bad_free);
    return model;
}

void model_free(Model *model)
{
    if (model == NULL)
        return;
    model->track = NULL; /* nobody needs to be told of every single file */
    while (model->exes->len > 0)
        model_remove_exe(model, model->exes->pdata[model->exes->len - 1]);
    g_hash_table_unref(model->exe_by_key);
    g_hash_table_unref(model->map_by_path);
    g_hash_table_unref(model->bad);
    g_ptr_array_unref(model->exes);
    g_ptr_array_unref(model->maps);
    prefix_list_unref(model->rules.exeprefix);
    prefix_list_unref(model->rules.mapprefix);
    g_free(model);
}

static void track(const Model *model, const char *path, bool tracked)
{
    if (model->track != NULL && path != NULL && path[0] == '/')
        model->track(path, tracked, model->track_data);
}

Exe *model_find_exe(const Model *model, const ExeKey *key)
{
    return g_hash_table_lookup(model->exe_by_key, key);
}

Map *model_find_map(const Model *model, const char *path)
{
    return g_hash_table_lookup(model->map_by_path, path);
}

/* The Exe that was used least lately and does not run; NULL if all run. */
static Exe *find_least_used(const Model *model)
{
    Exe *least = NULL;
    for (guint i = 0; i < model->exes->len; i++) {
        Exe *exe = model->exes->pdata[i];
        if (!exe->running && (least == NULL || exe->active_usec < least->active_usec))
            least = exe;
    }
    return least;
}

Exe *model_add_exe(Model *model, ExeKey *key, const FileId *id)
{
    Exe *known = model_find_exe(model, key);
    if (known != NULL)
        return known;
    Exe *least = model->exes->len >= MODEL_EXES_MAX ? find_least_used(model) : NULL;
    if (least != NULL)
        model_remove_exe(model, least);
    Exe *exe = g_new0(Exe, 1);
    exe->key = exe_key_ref(key);
    exe->id = *id;
    exe->first_usec = exe->active_usec = exe->changed_usec = model->now_usec;
    exe->edges = g_array_new(FALSE, FALSE, sizeof(Edge));
    g_array_set_clear_func(exe->edges, edge_clear);
    exe->chains = g_ptr_array_new();
    exe->index = model->exes->len;
    g_ptr_array_add(model->exes, exe);
    g_hash_table_insert(model->exe_by_key, exe->key, exe);
    track(model, key->path, true);
    track(model, key->script, true);
    model->generation++;
    return exe;
}

static void remove_map(Model *model, Map *map)
{
    track(model, map->path, false);
    g_hash_table_remove(model->map_by_path, map->path);
    g_ptr_array_remove_index_fast(model->maps, map->index);
    if (map->index < model->maps->len)
        ((Map *)model->maps->pdata[map->index])->index = map->index;
    map_free(map);
}

static void release_map(Model *model, Map *map)
{
    if (--map->n_exes == 0)
        remove_map(model, map);
}

static Map *add_map(Model *model, const char *path, const FileId *id)
{
    Map *map = model_find_map(model, path);
    if (map == NULL) {
        map = g_new0(Map, 1);
        map->path = g_ref_string_new(path);
        map->index = model->maps->len;
        g_ptr_array_add(model->maps, map);
        g_hash_table_insert(model->map_by_path, map->path, map);
        track(model, path, true);
    }
    if (file_id_known(id))
        map->id = *id;
    return map;
}

/* Place of the edge to that path, or where it is to be inserted. */
static guint edge_place(const Exe *exe, const char *path, bool *ret_found)
{
    guint low = 0;
    guint high = exe->edges->len;
    *ret_found = false;
    while (low < high) {
        guint middle = low + (high - low) / 2;
        int order = strcmp(g_array_index(exe->edges, Edge, middle).map->path, path);
        if (order == 0)
            *ret_found = true;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

Edge *model_add_edge(Model *model, Exe *exe, const char *path, const FileId *id,
                     const BlockSet *blocks)
{
    bool found = false;
    guint place = edge_place(exe, path, &found);
    if (!found && exe->edges->len >= MODEL_EDGES_PER_EXE_MAX)
        return NULL;
    Map *map = add_map(model, path, id);
    if (!found) {
        Edge edge = {.map = map};
        map->n_exes++;
        g_array_insert_val(exe->edges, place, edge);
    }
    Edge *edge = &g_array_index(exe->edges, Edge, place);
    if (block_set_unite(&edge->blocks, blocks) || !found)
        model->generation++;
    return edge;
}

void model_drop_edges(Model *model, Exe *exe)
{
    for (guint i = 0; i < exe->edges->len; i++)
        release_map(model, g_array_index(exe->edges, Edge, i).map);
    g_array_set_size(exe->edges, 0);
    model->generation++;
}

void model_add_bad(Model *model, ExeKey *key, uint64_t size_bytes, uint64_t seen_usec)
{
    if (g_hash_table_size(model->bad) >= MODEL_BAD_MAX)
        g_hash_table_remove_all(model->bad); /* cheap to learn anew, as 0.6.4 did at each save */
    BadExe *bad = g_new(BadExe, 1);
    *bad = (BadExe){exe_key_ref(key), size_bytes, seen_usec};
    g_hash_table_replace(model->bad, bad->key, bad);
    model->generation++;
}

static gboolean bad_is_old(gpointer key, gpointer value, gpointer model)
{
    return ((const BadExe *)value)->seen_usec + MODEL_BAD_USEC < ((const Model *)model)->now_usec;
}

uint32_t model_expire_bad(Model *model)
{
    return g_hash_table_foreach_remove(model->bad, bad_is_old, model);
}

void model_remove_exe(Model *model, Exe *exe)
{
    while (exe->chains->len > 0)
        model_remove_chain(model, exe->chains->pdata[exe->chains->len - 1]);
    model_drop_edges(model, exe);
    g_hash_table_remove(model->exe_by_key, exe->key);
    g_ptr_array_remove_index_fast(model->exes, exe->index);
    if (exe->index < model->exes->len)
        ((Exe *)model->exes->pdata[exe->index])->index = exe->index;
    track(model, exe->key->path, false);
    track(model, exe->key->script, false);
    exe_free(exe);
}

static void remove_edge(Model *model, Exe *exe, guint place)
{
    release_map(model, g_array_index(exe->edges, Edge, place).map);
    g_array_remove_index(exe->edges, place);
    model->generation++;
}

static uint32_t forget_map(Model *model, const char *path)
{
    if (model_find_map(model, path) == NULL)
        return 0;
    for (guint i = 0; i < model->exes->len; i++) {
        Exe *exe = model->exes->pdata[i];
        bool found = false;
        guint place = edge_place(exe, path, &found);
        if (found)
            remove_edge(model, exe, place);
    }
    return 1;
}

uint32_t model_forget_path(Model *model, const char *path)
{
    /* The caller's string may be one of ours. */
    g_autofree char *gone = g_strdup(path);
    uint32_t n_before = model->exes->len;
    for (guint i = model->exes->len; i > 0; i--) {
        Exe *exe = model->exes->pdata[i - 1];
        if (strcmp(exe->key->path, gone) == 0 || g_strcmp0(exe->key->script, gone) == 0)
            model_remove_exe(model, exe);
    }
    return n_before - model->exes->len + forget_map(model, gone);
}

static bool accepts_exe(const ModelRules *rules, const ExeKey *key)
{
    return prefix_list_accepts(rules->exeprefix, key->path) &&
           (key->script == NULL || key->script[0] != '/' ||
            prefix_list_accepts(rules->exeprefix, key->script));
}

static void drop_rejected_edges(Model *model, Exe *exe)
{
    for (guint i = exe->edges->len; i > 0; i--) {
        const Map *map = g_array_index(exe->edges, Edge, i - 1).map;
        if (!prefix_list_accepts(model->rules.mapprefix, map->path))
            remove_edge(model, exe, i - 1);
    }
}

static gboolean bad_is_over(gpointer key, gpointer value, gpointer model)
{
    const BadExe *bad = value;
    const ModelRules *rules = &((const Model *)model)->rules;
    return bad->size_bytes >= rules->minsize_bytes || !accepts_exe(rules, bad->key);
}

uint32_t model_set_rules(Model *model, const ModelRules *rules)
{
    rules_copy(&model->rules, rules);
    uint32_t n_before = model->exes->len + model->maps->len;
    for (guint i = model->exes->len; i > 0; i--) {
        Exe *exe = model->exes->pdata[i - 1];
        if (accepts_exe(rules, exe->key))
            drop_rejected_edges(model, exe);
        else
            model_remove_exe(model, exe);
    }
    (void)g_hash_table_foreach_remove(model->bad, bad_is_over, model);
    return n_before - model->exes->len - model->maps->len;
}

void model_advance(Model *model, uint64_t delta_usec)
{
    model->now_usec += delta_usec;
}

GPtrArray *model_paths(const Model *model)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    GPtrArray *paths = g_ptr_array_new_with_free_func((GDestroyNotify)g_ref_string_release);
    for (guint i = 0; i < model->maps->len; i++)
        g_ptr_array_add(paths, g_ref_string_acquire(((Map *)model->maps->pdata[i])->path));
    for (guint i = 0; i < model->exes->len; i++) {
        const ExeKey *key = ((Exe *)model->exes->pdata[i])->key;
        GRefString *files[] = {key->path, key->script};
        for (guint j = 0; j < G_N_ELEMENTS(files); j++) {
            if (files[j] != NULL && files[j][0] == '/' && model_find_map(model, files[j]) == NULL &&
                g_hash_table_add(seen, files[j]))
                g_ptr_array_add(paths, g_ref_string_acquire(files[j]));
        }
    }
    return paths;
}

uint64_t exe_active_usec(const Model *model, const Exe *exe)
{
    return exe->running ? model->now_usec : exe->active_usec;
}

uint64_t exe_run_usec(const Model *model, const Exe *exe)
{
    return exe->run_usec + (exe->running ? model->now_usec - exe->changed_usec : 0);
}
