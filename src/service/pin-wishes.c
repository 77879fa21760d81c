/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "service/pin-wishes.h"
#include "model/footprint.h"
#include "model/pinned.h"
#include "service/roll.h"
#include <string.h>

typedef struct {
    const Model *model;
    GArray *wishes;
    GHashTable *places; /* path -> place + 1; keys are the wishes' */
    PinOrigin origin;
} Making;

/* blocks: NULL for the whole file. */
static void wish(Making *making, const char *path, const BlockSet *blocks)
{
    guint place = GPOINTER_TO_UINT(g_hash_table_lookup(making->places, path));
    if (place == 0) {
        if (making->wishes->len >= PINS_WISHES_MAX)
            return;
        PinWish made = {g_strdup(path), blocks != NULL ? block_set_copy(blocks) : BLOCK_SET_NULL,
                        making->origin};
        g_array_append_val(making->wishes, made);
        g_hash_table_insert(making->places, made.path, GUINT_TO_POINTER(making->wishes->len));
        return;
    }
    PinWish *made = &g_array_index(making->wishes, PinWish, place - 1);
    if (blocks == NULL)
        block_set_clear(&made->blocks);
    else if (made->blocks.n_runs > 0)
        (void)block_set_unite(&made->blocks, blocks);
}

static guint wish_footprint(Making *making, const Exe *exe)
{
    guint n = 0;
    for (guint i = 0; i < exe->edges->len; i++) {
        const Edge *edge = &g_array_index(exe->edges, Edge, i);
        BlockSet blocks = BLOCK_SET_NULL;
        if (!edge->map->directory && footprint_wanted(exe, edge, &blocks) && blocks.n_runs > 0) {
            wish(making, edge->map->path, &blocks);
            n++;
        }
        block_set_clear(&blocks);
    }
    return n;
}

static void wish_key(Making *making, const ExeKey *key)
{
    const Exe *exe = model_find_exe(making->model, key);
    if (exe != NULL && wish_footprint(making, exe) > 0)
        return;
    wish(making, key->path, NULL);
    if (key->script != NULL && key->script[0] == '/')
        wish(making, key->script, NULL);
}

static void wish_item(Making *making, const char *item)
{
    const char *tab = strchr(item, '\t');
    if (item[0] != '/') {
        const Exe *exe = roll_find(making->model, item, NULL);
        if (exe != NULL)
            wish_key(making, exe->key);
        return;
    }
    g_autofree char *path = tab != NULL ? g_strndup(item, (gsize)(tab - item)) : g_strdup(item);
    g_autoptr(ExeKey) key = exe_key_new(path, tab != NULL ? tab + 1 : NULL);
    wish_key(making, key);
}

static gint by_sharing(gconstpointer a, gconstpointer b)
{
    const Map *x = *(const Map *const *)a;
    const Map *y = *(const Map *const *)b;
    if (x->n_exes != y->n_exes)
        return x->n_exes > y->n_exes ? -1 : 1;
    return strcmp(x->path, y->path);
}

/* What only one program needs is not shared. */
static GPtrArray *find_shared(const Model *model, guint n)
{
    GPtrArray *maps = g_ptr_array_new();
    for (guint i = 0; i < model->maps->len; i++) {
        Map *map = model->maps->pdata[i];
        if (!map->directory && map->n_exes > 1)
            g_ptr_array_add(maps, map);
    }
    g_ptr_array_sort(maps, by_sharing);
    g_ptr_array_set_size(maps, (gint)MIN(maps->len, n));
    return maps;
}

/* places: for each Map by index its place among the shared + 1; 0: it is not. */
static void unite_wanted(const Model *model, const guint *places, BlockSet *wanted)
{
    for (guint i = 0; i < model->exes->len; i++) {
        const Exe *exe = model->exes->pdata[i];
        for (guint j = 0; j < exe->edges->len; j++) {
            const Edge *edge = &g_array_index(exe->edges, Edge, j);
            guint place = places[edge->map->index];
            if (place > 0)
                (void)footprint_wanted(exe, edge, &wanted[place - 1]);
        }
    }
}

static void wish_shared(Making *making, guint n)
{
    g_autoptr(GPtrArray) maps = find_shared(making->model, n);
    g_autofree guint *places = g_new0(guint, making->model->maps->len);
    g_autofree BlockSet *wanted = g_new0(BlockSet, maps->len);
    for (guint i = 0; i < maps->len; i++)
        places[((const Map *)maps->pdata[i])->index] = i + 1;
    unite_wanted(making->model, places, wanted);
    for (guint i = 0; i < maps->len; i++) {
        if (wanted[i].n_runs > 0)
            wish(making, ((const Map *)maps->pdata[i])->path, &wanted[i]);
        block_set_clear(&wanted[i]);
    }
}

GArray *pin_wishes(const Model *model, const GPtrArray *items, guint n_shared)
{
    g_autoptr(GHashTable) places = g_hash_table_new(g_str_hash, g_str_equal);
    Making making = {model, pins_wishes_new(), places, PIN_FROM_USER};
    g_autoptr(GPtrArray) pinned = model_pinned(model);
    for (guint i = 0; i < pinned->len; i++)
        wish_key(&making, pinned->pdata[i]);
    making.origin = PIN_FROM_LIST;
    for (guint i = 0; items != NULL && i < items->len; i++)
        wish_item(&making, items->pdata[i]);
    making.origin = PIN_FROM_SHARING;
    if (n_shared > 0)
        wish_shared(&making, n_shared);
    return making.wishes;
}
