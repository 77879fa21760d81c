/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "model/files.h"
#include "model/pinned.h"
#include "model/words.h"
#include <string.h>

/* The arena: what is in the model, how it gets in, and that all that belongs to it goes with it. */

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
    g_ptr_array_unref(exe->partners);
    g_clear_pointer(&exe->seed_source, g_ref_string_release);
    g_free(exe);
}

static void rules_clear(ModelRules *rules)
{
    g_clear_pointer(&rules->exeprefix, prefix_list_unref);
    g_clear_pointer(&rules->mapprefix, prefix_list_unref);
    g_clear_pointer(&rules->fileprefix, prefix_list_unref);
    g_clear_pointer(&rules->appprefix, prefix_list_unref);
    g_clear_pointer(&rules->ignore, patterns_unref);
    g_clear_pointer(&rules->promote, patterns_unref);
}

static PrefixList *prefixes_of(PrefixList *list)
{
    return list != NULL ? prefix_list_ref(list) : NULL;
}

static Patterns *patterns_of(Patterns *patterns)
{
    return patterns != NULL ? patterns_ref(patterns) : NULL;
}

static void rules_copy(ModelRules *to, const ModelRules *from)
{
    ModelRules copy = *from;
    copy.exeprefix = prefix_list_ref(from->exeprefix);
    copy.mapprefix = prefix_list_ref(from->mapprefix);
    copy.fileprefix = prefixes_of(from->fileprefix);
    copy.appprefix = prefixes_of(from->appprefix);
    copy.ignore = patterns_of(from->ignore);
    copy.promote = patterns_of(from->promote);
    rules_clear(to);
    *to = copy;
}

Model *model_new(const ModelRules *rules)
{
    Model *model = g_new0(Model, 1);
    rules_copy(&model->rules, rules);
    model->exes = g_ptr_array_new();
    model->maps = g_ptr_array_new();
    model->running = g_ptr_array_new();
    g_queue_init(&model->rested);
    launches_init(&model->launches);
    mixture_init(&model->mixture);
    rates_init(&model->rates);
    model->exe_by_key = g_hash_table_new(exe_key_hash, exe_key_equal);
    model->map_by_path = g_hash_table_new(g_str_hash, g_str_equal);
    model->map_by_id = files_index_new();
    model->bad = g_hash_table_new_full(exe_key_hash, exe_key_equal, NULL, bad_free);
    model->words = words_new();
    model->pinned = pinned_new();
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
    g_hash_table_unref(model->map_by_id);
    g_hash_table_unref(model->bad);
    g_hash_table_unref(model->words);
    g_hash_table_unref(model->pinned);
    g_ptr_array_unref(model->exes);
    g_ptr_array_unref(model->maps);
    g_ptr_array_unref(model->running);
    launches_clear(&model->launches);
    rules_clear(&model->rules);
    g_free(model);
}

void model_track(const Model *model, const char *path, bool tracked)
{
    if (model->track != NULL && path != NULL && path[0] == '/')
        model->track(path, tracked, model->track_data);
}

Exe *model_find_exe(const Model *model, const ExeKey *key)
{
    return g_hash_table_lookup(model->exe_by_key, key);
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
    exe->user_usec = model->now_usec;
    exe->pool = POOL_OBSERVATION;
    exe->word = model_word(model, key);
    exe->edges = g_array_new(FALSE, FALSE, sizeof(Edge));
    g_array_set_clear_func(exe->edges, (GDestroyNotify)edge_clear);
    exe->chains = g_ptr_array_new();
    exe->partners = g_ptr_array_new();
    exe->rested.data = exe;
    g_queue_push_head_link(&model->rested, &exe->rested);
    exe->index = model->exes->len;
    g_ptr_array_add(model->exes, exe);
    g_hash_table_insert(model->exe_by_key, exe->key, exe);
    model_track(model, key->path, true);
    model_track(model, key->script, true);
    model->generation++;
    return exe;
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

static bool exe_is_stale(const Model *model, const Exe *exe)
{
    uint64_t worth = CLAMP(exe->launches, 1, MODEL_STALE_LAUNCHES_MAX);
    return exe->word == WORD_NONE && model->now_usec - exe->active_usec > worth * MODEL_STALE_USEC;
}

uint32_t model_expire_exes(Model *model)
{
    uint32_t n = 0;
    for (GList *link = model->rested.tail, *before; link != NULL; link = before) {
        before = link->prev;
        Exe *exe = link->data;
        if (model->now_usec - exe->active_usec <= MODEL_STALE_USEC)
            break; /* the others ran later */
        if (!exe_is_stale(model, exe))
            continue;
        model_remove_exe(model, exe);
        n++;
    }
    if (n > 0)
        model->generation++;
    return n;
}

void model_remove_exe(Model *model, Exe *exe)
{
    while (exe->chains->len > 0)
        model_remove_chain(model, exe->chains->pdata[exe->chains->len - 1]);
    model_drop_edges(model, exe);
    launches_forget(&model->launches, exe);
    exe->running = false;
    model_settle_running(model, exe);
    g_queue_unlink(&model->rested, &exe->rested);
    g_hash_table_remove(model->exe_by_key, exe->key);
    g_ptr_array_remove_index_fast(model->exes, exe->index);
    if (exe->index < model->exes->len)
        ((Exe *)model->exes->pdata[exe->index])->index = exe->index;
    model_track(model, exe->key->path, false);
    model_track(model, exe->key->script, false);
    exe_free(exe);
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
    return n_before - model->exes->len + model_forget_map(model, gone);
}

bool model_rules_accept(const ModelRules *rules, const ExeKey *key)
{
    return prefix_list_accepts(rules->exeprefix, key->path) &&
           (key->script == NULL || key->script[0] != '/' ||
            prefix_list_accepts(rules->exeprefix, key->script));
}

/* Whether a file was mapped or read is not kept: it may have been either. A directory is judged as
 * what lies in it would be. */
static bool accepts_file(const ModelRules *rules, const Map *map)
{
    g_autofree char *inside = map->directory ? g_strconcat(map->path, "/", NULL) : NULL;
    const char *path = inside != NULL ? inside : map->path;
    return prefix_list_accepts(rules->mapprefix, path) ||
           (rules->fileprefix != NULL && prefix_list_accepts(rules->fileprefix, path));
}

static void drop_rejected_edges(Model *model, Exe *exe)
{
    for (guint i = exe->edges->len; i > 0; i--) {
        const Map *map = g_array_index(exe->edges, Edge, i - 1).map;
        if (!accepts_file(&model->rules, map))
            model_remove_edge(model, exe, i - 1);
    }
}

static gboolean bad_is_over(gpointer key, gpointer value, gpointer model)
{
    const BadExe *bad = value;
    const ModelRules *rules = &((const Model *)model)->rules;
    return bad->size_bytes >= rules->minsize_bytes || !model_rules_accept(rules, bad->key);
}

uint32_t model_set_rules(Model *model, const ModelRules *rules)
{
    rules_copy(&model->rules, rules);
    uint32_t n_before = model->exes->len + model->maps->len;
    for (guint i = model->exes->len; i > 0; i--) {
        Exe *exe = model->exes->pdata[i - 1];
        if (model_rules_accept(rules, exe->key))
            drop_rejected_edges(model, exe);
        else
            model_remove_exe(model, exe);
    }
    words_apply(model);
    (void)g_hash_table_foreach_remove(model->bad, bad_is_over, model);
    return n_before - model->exes->len - model->maps->len;
}

void model_settle_running(Model *model, Exe *exe)
{
    GPtrArray *running = model->running;
    bool is_in = exe->running_index < running->len && running->pdata[exe->running_index] == exe;
    if (exe->running == is_in)
        return;
    if (exe->running) {
        exe->running_index = running->len;
        g_ptr_array_add(running, exe);
        g_queue_unlink(&model->rested, &exe->rested);
        return;
    }
    g_queue_push_head_link(&model->rested, &exe->rested);
    g_ptr_array_remove_index_fast(running, exe->running_index);
    if (exe->running_index < running->len)
        ((Exe *)running->pdata[exe->running_index])->running_index = exe->running_index;
}

static gint latest_first(gconstpointer a, gconstpointer b, gpointer data)
{
    (void)data;
    const Exe *x = a;
    const Exe *y = b;
    return x->active_usec > y->active_usec ? -1 : x->active_usec < y->active_usec;
}

void model_settle_rested(Model *model)
{
    g_queue_sort(&model->rested, latest_first, NULL);
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

double exe_weighted_launches(const Model *model, const Exe *exe)
{
    if (!exe->weighing)
        return exe->weighted_launches;
    double weight =
        weight_of_launch(&model->rules.weight, model->now_usec - exe->launched_usec, exe->origin);
    return MIN(exe->weighted_launches + weight, WEIGHT_MAX);
}

void exe_end_launch(const Model *model, Exe *exe)
{
    exe->weighted_launches = exe_weighted_launches(model, exe);
    exe->weighing = false;
}

void exe_begin_launch(const Model *model, Exe *exe, Origin origin)
{
    exe_end_launch(model, exe);
    exe->launches++;
    exe->origin = origin;
    exe->launched_usec = model->now_usec;
    exe->weighing = true;
    exe->user_launches += origin == ORIGIN_USER ? 1 : 0;
    exe->automated_launches += origin == ORIGIN_AUTOMATED ? 1 : 0;
    if (origin == ORIGIN_USER)
        exe->user_usec = model->now_usec;
}
