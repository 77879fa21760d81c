/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "predict/followers.h"
#include <stdbool.h>

#define REMEMBERED 8 /* launches: the bits of Follow.launches */

typedef struct {
    ExeKey *key;
    uint8_t launches; /* bit i: it followed the starter's launch i launches ago */
} Follow;

typedef struct {
    ExeKey *key;
    GArray *follows; /* Follow */
    uint32_t n_launches;
} Starter;

struct Followers {
    GHashTable *starters; /* ExeKey -> Starter */
};

static void follow_clear(gpointer data)
{
    exe_key_unref(((Follow *)data)->key);
}

static void starter_free(gpointer data)
{
    Starter *starter = data;
    exe_key_unref(starter->key);
    g_array_unref(starter->follows);
    g_free(starter);
}

Followers *followers_new(void)
{
    Followers *followers = g_new0(Followers, 1);
    followers->starters = g_hash_table_new_full(exe_key_hash, exe_key_equal, NULL, starter_free);
    return followers;
}

void followers_free(Followers *followers)
{
    if (followers == NULL)
        return;
    g_hash_table_unref(followers->starters);
    g_free(followers);
}

static Starter *demand_starter(Followers *followers, ExeKey *key)
{
    Starter *starter = g_hash_table_lookup(followers->starters, key);
    if (starter != NULL)
        return starter;
    if (g_hash_table_size(followers->starters) >= FOLLOWERS_STARTERS_MAX)
        g_hash_table_remove_all(followers->starters);
    starter = g_new0(Starter, 1);
    starter->key = exe_key_ref(key);
    starter->follows = g_array_new(FALSE, FALSE, sizeof(Follow));
    g_array_set_clear_func(starter->follows, follow_clear);
    g_hash_table_insert(followers->starters, starter->key, starter);
    return starter;
}

static void begin_launch(Starter *starter)
{
    starter->n_launches = MIN(starter->n_launches + 1, REMEMBERED);
    for (guint i = starter->follows->len; i > 0; i--) {
        Follow *follow = &g_array_index(starter->follows, Follow, i - 1);
        follow->launches = (uint8_t)(follow->launches << 1);
        if (follow->launches == 0)
            g_array_remove_index_fast(starter->follows, i - 1);
    }
}

static void add_follow(Starter *starter, ExeKey *key)
{
    for (guint i = 0; i < starter->follows->len; i++) {
        Follow *follow = &g_array_index(starter->follows, Follow, i);
        if (exe_key_equal(follow->key, key)) {
            follow->launches |= 1;
            return;
        }
    }
    const Follow follow = {exe_key_ref(key), 1};
    g_array_append_val(starter->follows, follow);
}

void followers_note(Followers *followers, ExeKey *key, const ExeKey *starter_key,
                    uint64_t starter_usec, uint64_t now_usec)
{
    begin_launch(demand_starter(followers, key));
    Starter *starter =
        starter_key != NULL ? g_hash_table_lookup(followers->starters, starter_key) : NULL;
    if (starter != NULL && !exe_key_equal(starter_key, key) && starter_usec > 0 &&
        now_usec - starter_usec <= FOLLOWERS_USEC && starter->follows->len < FOLLOWERS_MAX)
        add_follow(starter, key);
}

/* In at least half of the launches before the present one, whose followers are still to come. */
static bool is_usual(const Starter *starter, const Follow *follow)
{
    uint32_t n_before = starter->n_launches - 1;
    uint32_t before = (uint32_t)follow->launches >> 1 & ((1U << n_before) - 1);
    return before != 0 && (uint32_t)__builtin_popcount(before) * 2 >= n_before;
}

static bool contains(const GPtrArray *keys, const ExeKey *key)
{
    return g_ptr_array_find_with_equal_func((GPtrArray *)keys, key, exe_key_equal, NULL);
}

/* out begins with the program that all follow. */
static void collect(const Followers *followers, const ExeKey *key, guint depth, GPtrArray *out)
{
    const Starter *starter = g_hash_table_lookup(followers->starters, key);
    for (guint i = 0; starter != NULL && i < starter->follows->len; i++) {
        const Follow *follow = &g_array_index(starter->follows, Follow, i);
        /* A follower has not begun its present launch yet: its last one is one of those before. */
        bool usual = depth == 0 ? is_usual(starter, follow) : (follow->launches & 3) != 0;
        if (!usual || contains(out, follow->key))
            continue;
        g_ptr_array_add(out, follow->key);
        if (depth + 1 < FOLLOWERS_DEPTH)
            collect(followers, follow->key, depth + 1, out);
    }
}

GPtrArray *followers_of(const Followers *followers, const ExeKey *key)
{
    GPtrArray *keys = g_ptr_array_new();
    g_ptr_array_add(keys, (gpointer)key);
    collect(followers, key, 0, keys);
    g_ptr_array_remove_index(keys, 0);
    return keys;
}
