/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "model/files.h"
#include <stddef.h>
#include <string.h>

/* The Maps of the model and the edges that lead to them. */

/* Key and value of the index by identity are the same, which halves it. */
G_STATIC_ASSERT(offsetof(Map, id) == 0);

static guint id_hash(gconstpointer key)
{
    const FileId *id = key;
    uint64_t mixed = (id->ino * 31 + id->dev) * 31 + (uint64_t)id->mtime_nsec;
    return (guint)(mixed ^ mixed >> 32);
}

static gboolean id_equal(gconstpointer a, gconstpointer b)
{
    return file_id_equal(a, b);
}

GHashTable *files_index_new(void)
{
    return g_hash_table_new(id_hash, id_equal);
}

Map *model_find_map(const Model *model, const char *path)
{
    return g_hash_table_lookup(model->map_by_path, path);
}

static Map *find_by_id(const Model *model, const FileId *id)
{
    return file_id_known(id) ? g_hash_table_lookup(model->map_by_id, id) : NULL;
}

static void set_id(Model *model, Map *map, const FileId *id)
{
    if (file_id_equal(&map->id, id))
        return;
    if (find_by_id(model, &map->id) == map)
        g_hash_table_remove(model->map_by_id, map);
    map->id = *id;
    if (file_id_known(id))
        g_hash_table_add(model->map_by_id, map);
}

static void remove_map(Model *model, Map *map)
{
    const FileId unknown = {0};
    set_id(model, map, &unknown);
    model_track(model, map->path, false);
    g_hash_table_remove(model->map_by_path, map->path);
    g_ptr_array_remove_index_fast(model->maps, map->index);
    if (map->index < model->maps->len)
        ((Map *)model->maps->pdata[map->index])->index = map->index;
    g_ref_string_release(map->path);
    block_set_clear(&map->ours);
    g_free(map);
}

static void release_map(Model *model, Map *map)
{
    if (--map->n_exes == 0)
        remove_map(model, map);
}

static Map *add_map(Model *model, const char *path, bool directory)
{
    Map *map = g_new0(Map, 1);
    map->path = g_ref_string_new(path);
    map->directory = directory;
    map->index = model->maps->len;
    g_ptr_array_add(model->maps, map);
    g_hash_table_insert(model->map_by_path, map->path, map);
    model_track(model, path, true);
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

Edge *model_find_edge(const Exe *exe, const char *path)
{
    bool found = false;
    guint place = edge_place(exe, path, &found);
    return found ? &g_array_index(exe->edges, Edge, place) : NULL;
}

/* The edge that is there, or an empty one. */
static Edge *make_edge(Model *model, Exe *exe, Map *map)
{
    bool found = false;
    guint place = edge_place(exe, map->path, &found);
    if (!found) {
        Edge edge = {.map = map};
        map->n_exes++;
        model->n_edges++;
        model->generation++;
        g_array_insert_val(exe->edges, place, edge);
    }
    return &g_array_index(exe->edges, Edge, place);
}

void model_remove_edge(Model *model, Exe *exe, guint place)
{
    Map *map = g_array_index(exe->edges, Edge, place).map;
    g_array_remove_index(exe->edges, place);
    model->n_edges--;
    model->generation++;
    release_map(model, map);
}

void model_drop_edges(Model *model, Exe *exe)
{
    for (guint i = 0; i < exe->edges->len; i++)
        release_map(model, g_array_index(exe->edges, Edge, i).map);
    model->n_edges -= exe->edges->len;
    model->generation++;
    g_array_set_size(exe->edges, 0);
    exe->learnt_launch = 0;
    exe->n_learnt = exe->n_stable = 0;
}

uint32_t model_forget_map(Model *model, const char *path)
{
    const Map *map = model_find_map(model, path);
    uint32_t n_edges = map != NULL ? map->n_exes : 0; /* with the last of them the Map goes */
    for (guint i = 0; i < model->exes->len && n_edges > 0; i++) {
        Exe *exe = model->exes->pdata[i];
        bool found = false;
        guint place = edge_place(exe, path, &found);
        if (!found)
            continue;
        /* What is there in its place is to be learnt soon; what is gone each time is missed by
         * none. */
        if (touch_wanted(g_array_index(exe->edges, Edge, place).launches, exe->n_learnt))
            exe->n_stable = 0;
        model_remove_edge(model, exe, place);
        n_edges--;
    }
    return map != NULL ? 1 : 0;
}

/* What was learnt of the blocks goes, in all Exes. */
static void renew(Model *model, Map *map)
{
    block_set_clear(&map->ours); /* these pages were the old file's */
    if (map->n_changes >= MAP_CHANGES_MAX)
        return;
    map->n_changes++;
    for (guint i = 0; i < model->exes->len; i++) {
        Exe *exe = model->exes->pdata[i];
        Edge *edge = model_find_edge(exe, map->path);
        if (edge == NULL)
            continue;
        edge_forget_touched(edge);
        edge->renewed = true;
        exe->n_stable = 0;
    }
    model->generation++;
}

/* The path leads to something else than it did, or to something unknown before. What lies in a
 * directory changes its time and size, and no more: it has no blocks. */
static void take_change(Model *model, Map *map, const FileId *id, bool directory)
{
    bool changed = file_id_known(&map->id) && !file_id_same(&map->id, id);
    bool another_kind = map->directory != directory;
    if (another_kind)
        map->n_changes = 0; /* nothing of it holds */
    if (another_kind || (changed && !directory))
        renew(model, map);
    map->directory = directory;
}

/* All edges to a Map lead to another from now on: they are one file. */
static void merge_map(Model *model, Map *from, Map *to)
{
    uint32_t n_edges = from->n_exes; /* with the last of them it goes */
    for (guint i = 0; i < model->exes->len && n_edges > 0; i++) {
        Exe *exe = model->exes->pdata[i];
        bool found = false;
        guint place = edge_place(exe, from->path, &found);
        if (!found)
            continue;
        Edge old = g_array_index(exe->edges, Edge, place);
        g_array_index(exe->edges, Edge, place) = (Edge){.map = from}; /* its blocks are in `old` */
        model_remove_edge(model, exe, place);
        edge_unite(make_edge(model, exe, to), &old);
        edge_clear(&old);
        n_edges--;
    }
}

/* The known Map of that file, brought up to date; NULL if there is none. */
static Map *find_file(Model *model, const char *path, const FileId *id, bool directory)
{
    Map *map = model_find_map(model, path);
    if (!file_id_known(id))
        return map;
    Map *same = find_by_id(model, id);
    if (map == NULL || map == same)
        return same;
    take_change(model, map, id, directory);
    if (same == NULL)
        set_id(model, map, id);
    else
        merge_map(model, map, same);
    return same != NULL ? same : map;
}

void model_notice_file(Model *model, const char *path, const FileId *id)
{
    Map *map = model_find_map(model, path);
    if (map != NULL && file_id_known(id) && !file_id_same(&map->id, id))
        (void)find_file(model, path, id, map->directory);
}

bool model_renew_path(Model *model, const char *path)
{
    const FileId unknown = {0};
    Map *map = model_find_map(model, path);
    if (map == NULL)
        return false;
    renew(model, map);
    set_id(model, map, &unknown);
    return true;
}

/* The Exe that was used least lately of those that have edges and do not run. */
static Exe *find_least_used(const Model *model, const Exe *but)
{
    Exe *least = NULL;
    for (guint i = 0; i < model->exes->len; i++) {
        Exe *exe = model->exes->pdata[i];
        if (exe != but && !exe->running && exe->edges->len > 0 &&
            (least == NULL || exe->active_usec < least->active_usec))
            least = exe;
    }
    return least;
}

/* Before a Map is looked up: another Exe's edges take theirs along. */
static bool make_room(Model *model, const Exe *exe)
{
    if (exe->edges->len >= MODEL_EDGES_PER_EXE_MAX)
        return false;
    if (model->n_edges < MODEL_EDGES_MAX)
        return true;
    Exe *least = find_least_used(model, exe);
    if (least != NULL)
        model_drop_edges(model, least);
    return least != NULL;
}

Edge *model_add_file(Model *model, Exe *exe, const char *path, const FileId *id, bool directory)
{
    bool room = make_room(model, exe);
    Map *map = find_file(model, path, id, directory);
    Edge *known = map != NULL ? model_find_edge(exe, map->path) : NULL;
    if (known != NULL || !room)
        return known;
    if (map == NULL) {
        map = add_map(model, path, directory);
        set_id(model, map, id);
    }
    return make_edge(model, exe, map);
}

Edge *model_add_edge(Model *model, Exe *exe, const char *path, const FileId *id,
                     const BlockSet *blocks)
{
    Edge *edge = model_add_file(model, exe, path, id, false);
    if (edge == NULL)
        return NULL;
    TouchSet touched = edge_take_touched(edge);
    if (touch_set_add(&touched, blocks, 1, TOUCH_STEPS - 1) || (edge->launches & 1) == 0)
        model->generation++;
    edge_give_touched(edge, touched);
    edge->launches |= 1;
    return edge;
}
