/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/tallies.h"
#include <string.h>

static const char *const source_names[SOURCES] = {
    [SOURCE_RECENT] = "recently used",        [SOURCE_FAVOURITE] = "favourites",
    [SOURCE_AUTOSTART] = "autostart",         [SOURCE_HISTORY] = "shell history",
    [SOURCE_PROFILE] = "browser profile",     [SOURCE_BROWSER] = "default browser",
    [SOURCE_DEFAULT] = "default application",
};

typedef struct {
    ExeKey *key; /* owned */
    FileId id;
    double weight[SOURCES];
} Tally;

struct Tallies {
    GHashTable *by_key; /* ExeKey -> Tally */
};

static void tally_free(gpointer data)
{
    Tally *tally = data;
    exe_key_unref(tally->key);
    g_free(tally);
}

Tallies *tallies_new(void)
{
    Tallies *tallies = g_new(Tallies, 1);
    tallies->by_key = g_hash_table_new_full(exe_key_hash, exe_key_equal, NULL, tally_free);
    return tallies;
}

void tallies_free(Tallies *tallies)
{
    if (tallies == NULL)
        return;
    g_hash_table_unref(tallies->by_key);
    g_free(tallies);
}

void tallies_count(Tallies *tallies, ExeKey *key, const FileId *id, Source source, double weight)
{
    Tally *tally = g_hash_table_lookup(tallies->by_key, key);
    if (tally == NULL) {
        tally = g_new0(Tally, 1);
        tally->key = exe_key_ref(key);
        tally->id = *id;
        g_hash_table_insert(tallies->by_key, tally->key, tally);
    }
    tally->weight[source] += weight;
}

static double sum(const Tally *tally)
{
    double weight = 0;
    for (int source = 0; source < SOURCES; source++)
        weight += tally->weight[source];
    return MIN(weight, SEED_WEIGHT_MAX);
}

/* "recently used, default browser": what counts most first. */
static char *describe(Tally tally)
{
    GString *text = g_string_new(NULL);
    for (;;) {
        int best = 0;
        for (int source = 1; source < SOURCES; source++)
            best = tally.weight[source] > tally.weight[best] ? source : best;
        if (tally.weight[best] <= 0)
            return g_string_free(text, FALSE);
        g_string_append_printf(text, "%s%s", text->len > 0 ? ", " : "", source_names[best]);
        tally.weight[best] = 0;
    }
}

static gint by_weight(gconstpointer a, gconstpointer b)
{
    const Seed *x = *(const Seed *const *)a;
    const Seed *y = *(const Seed *const *)b;
    if (x->weight != y->weight)
        return x->weight > y->weight ? -1 : 1;
    int order = strcmp(x->key->path, y->key->path);
    return order != 0 ? order : g_strcmp0(x->key->script, y->key->script);
}

/* In an order that does not depend on the hash table's. */
GPtrArray *tallies_seeds(const Tallies *tallies, guint most)
{
    GPtrArray *seeds = g_ptr_array_new_with_free_func((GDestroyNotify)seed_free);
    GHashTableIter iter;
    g_hash_table_iter_init(&iter, tallies->by_key);
    for (gpointer value = NULL; g_hash_table_iter_next(&iter, NULL, &value);) {
        const Tally *tally = value;
        double weight = sum(tally);
        if (weight < TALLIES_WEIGHT_MIN)
            continue;
        Seed *seed = g_new0(Seed, 1);
        *seed = (Seed){.key = exe_key_ref(tally->key),
                       .id = tally->id,
                       .weight = weight,
                       .source = describe(*tally),
                       .files = seed_files_new()};
        g_ptr_array_add(seeds, seed);
    }
    g_ptr_array_sort(seeds, by_weight);
    g_ptr_array_set_size(seeds, (gint)MIN(seeds->len, most));
    return seeds;
}
