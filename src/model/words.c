/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "model/words.h"
#include <string.h>

static void said_free(gpointer data)
{
    Said *said = data;
    exe_key_unref(said->key);
    g_free(said);
}

GHashTable *words_new(void)
{
    return g_hash_table_new_full(exe_key_hash, exe_key_equal, NULL, said_free);
}

static bool fits(const Patterns *patterns, const ExeKey *key)
{
    return patterns_fit(patterns, key->path) || patterns_fit(patterns, key->script);
}

Word model_word(const Model *model, const ExeKey *key)
{
    const Said *said = g_hash_table_lookup(model->words, key);
    if (said != NULL)
        return said->word;
    if (fits(model->rules.ignore, key))
        return WORD_IGNORE;
    return fits(model->rules.promote, key) ? WORD_PROMOTE : WORD_NONE;
}

static void settle(Model *model, Exe *exe)
{
    exe->word = model_word(model, exe->key);
    if (exe->word == WORD_IGNORE)
        model_remove_exe(model, exe);
}

bool model_say(Model *model, ExeKey *key, Word word)
{
    bool known = g_hash_table_contains(model->words, key);
    if (word == WORD_NONE) {
        (void)g_hash_table_remove(model->words, key); /* if there was one */
    } else {
        if (!known && g_hash_table_size(model->words) >= MODEL_WORDS_MAX)
            return false;
        Said *said = g_new(Said, 1);
        *said = (Said){exe_key_ref(key), word};
        g_hash_table_replace(model->words, said->key, said);
    }
    model->generation++;
    Exe *exe = model_find_exe(model, key);
    if (exe != NULL)
        settle(model, exe);
    return true;
}

static gint by_key(gconstpointer a, gconstpointer b)
{
    const ExeKey *x = (*(const Said *const *)a)->key;
    const ExeKey *y = (*(const Said *const *)b)->key;
    int order = strcmp(x->path, y->path);
    return order != 0 ? order : g_strcmp0(x->script, y->script);
}

GPtrArray *model_said(const Model *model)
{
    GPtrArray *said = g_ptr_array_new();
    GHashTableIter iter;
    g_hash_table_iter_init(&iter, model->words);
    for (gpointer value = NULL; g_hash_table_iter_next(&iter, NULL, &value);)
        g_ptr_array_add(said, value);
    g_ptr_array_sort(said, by_key);
    return said;
}

void words_apply(Model *model)
{
    for (guint i = model->exes->len; i > 0; i--)
        settle(model, model->exes->pdata[i - 1]);
}

Pool exe_pool(const Exe *exe)
{
    return pool_effective(exe->pool, exe->word);
}

/* By where it is: an interpreter is what its script is. */
static bool is_application(const Model *model, const Exe *exe)
{
    const char *path =
        exe->key->script != NULL && exe->key->script[0] == '/' ? exe->key->script : exe->key->path;
    return exe->application ||
           (model->rules.appprefix != NULL && prefix_list_accepts(model->rules.appprefix, path));
}

void model_judge_pool(const Model *model, Exe *exe)
{
    const PoolFacts facts = {
        .application = is_application(model, exe),
        .launches = exe->launches,
        .user_launches = exe->user_launches,
        .automated_launches = exe->automated_launches,
        .weight = exe_weighted_launches(model, exe),
        .unused_usec = model->now_usec - exe_active_usec(model, exe),
        .user_usec = model->now_usec - exe->user_usec,
    };
    exe->pool = pool_judge(exe->pool, &facts);
}

void model_judge_pools(Model *model)
{
    for (guint i = 0; i < model->exes->len; i++)
        model_judge_pool(model, model->exes->pdata[i]);
}
