/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "model/pinned.h"
#include <string.h>

GHashTable *pinned_new(void)
{
    return g_hash_table_new_full(exe_key_hash, exe_key_equal, exe_key_release, NULL);
}

bool model_pin(Model *model, ExeKey *key)
{
    if (g_hash_table_contains(model->pinned, key))
        return true;
    if (g_hash_table_size(model->pinned) >= MODEL_PINNED_MAX)
        return false;
    (void)g_hash_table_add(model->pinned, exe_key_ref(key));
    model->generation++;
    return true;
}

bool model_unpin(Model *model, const ExeKey *key)
{
    bool removed = g_hash_table_remove(model->pinned, key);
    model->generation += removed ? 1 : 0;
    return removed;
}

int pinned_compare(const ExeKey *a, const ExeKey *b)
{
    int order = strcmp(a->path, b->path);
    return order != 0 ? order : g_strcmp0(a->script, b->script);
}

static gint by_key(gconstpointer a, gconstpointer b)
{
    return pinned_compare(*(const ExeKey *const *)a, *(const ExeKey *const *)b);
}

GPtrArray *model_pinned(const Model *model)
{
    GPtrArray *pinned = g_ptr_array_new();
    GHashTableIter iter;
    g_hash_table_iter_init(&iter, model->pinned);
    for (gpointer key = NULL; g_hash_table_iter_next(&iter, &key, NULL);)
        g_ptr_array_add(pinned, key);
    g_ptr_array_sort(pinned, by_key);
    return pinned;
}
