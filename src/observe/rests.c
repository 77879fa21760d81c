/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/rests.h"

/* Launches in a row that ended before the first look, and how many launches are left out then. */
#define HASTY_MAX 3
#define HASTY_REST 64
#define LEARNT_AT_ONCE 8
#define LEARNT_EVERY_USEC (UINT64_C(60) * G_USEC_PER_SEC)
/* More programs than a machine has. */
#define RESTS_MAX 16384

typedef struct {
    ExeKey *key;
    uint32_t left;       /* launches that need not be learnt */
    uint32_t hasty;      /* launches in a row that were too short */
    uint64_t spent_usec; /* up to when what was learnt at once is made up for */
} Rest;

struct Rests {
    GHashTable *by_key; /* ExeKey -> Rest */
};

static void rest_free(gpointer data)
{
    Rest *rest = data;
    exe_key_unref(rest->key);
    g_free(rest);
}

Rests *rests_new(void)
{
    Rests *rests = g_new0(Rests, 1);
    rests->by_key = g_hash_table_new_full(exe_key_hash, exe_key_equal, NULL, rest_free);
    return rests;
}

void rests_free(Rests *rests)
{
    if (rests == NULL)
        return;
    g_hash_table_unref(rests->by_key);
    g_free(rests);
}

static Rest *demand(Rests *rests, ExeKey *key)
{
    Rest *rest = g_hash_table_lookup(rests->by_key, key);
    if (rest != NULL)
        return rest;
    if (g_hash_table_size(rests->by_key) >= RESTS_MAX)
        g_hash_table_remove_all(rests->by_key);
    rest = g_new0(Rest, 1);
    rest->key = exe_key_ref(key);
    g_hash_table_insert(rests->by_key, rest->key, rest);
    return rest;
}

void rests_set(Rests *rests, ExeKey *key, uint32_t n)
{
    demand(rests, key)->left = n;
}

static bool is_learnt_too_often(const Rest *rest, uint64_t now_usec)
{
    return rest->spent_usec > now_usec + (LEARNT_AT_ONCE - 1) * LEARNT_EVERY_USEC;
}

bool rests_take_turn(Rests *rests, ExeKey *key, uint64_t now_usec)
{
    Rest *rest = demand(rests, key);
    if (rest->left > 0) {
        rest->left--;
        return false;
    }
    if (is_learnt_too_often(rest, now_usec))
        return false;
    rest->spent_usec = MAX(rest->spent_usec, now_usec) + LEARNT_EVERY_USEC;
    return true;
}

void rests_note_end(Rests *rests, ExeKey *key, bool looked)
{
    Rest *rest = demand(rests, key);
    rest->hasty = looked ? 0 : rest->hasty + 1;
    if (rest->hasty < HASTY_MAX)
        return;
    rest->left = HASTY_REST;
    rest->hasty = 0;
}
