/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/storms.h"

/* A person does not start the same program ten times in ten seconds. */
#define STORM_LAUNCHES 10
#define STORM_USEC (UINT64_C(10) * G_USEC_PER_SEC)
/* The parts of a build between which a tool is not used last less. */
#define CALM_USEC (UINT64_C(60) * G_USEC_PER_SEC)
/* 128 bytes each. */
#define STORMS_MAX 1024

typedef struct {
    uint64_t launches_usec[STORM_LAUNCHES]; /* the last ones, a ring */
    uint64_t n_launches;
    uint64_t last_usec;
    uint64_t until_usec;
} Storm;

struct Storms {
    GHashTable *by_key; /* ExeKey -> Storm, both owned */
};

Storms *storms_new(void)
{
    Storms *storms = g_new0(Storms, 1);
    storms->by_key = g_hash_table_new_full(exe_key_hash, exe_key_equal, exe_key_release, g_free);
    return storms;
}

void storms_free(Storms *storms)
{
    if (storms == NULL)
        return;
    g_hash_table_unref(storms->by_key);
    g_free(storms);
}

static gboolean is_calm(gpointer key, gpointer storm, gpointer now_usec)
{
    return *(const uint64_t *)now_usec - ((const Storm *)storm)->last_usec >= CALM_USEC;
}

static Storm *add_storm(Storms *storms, ExeKey *key, uint64_t now_usec)
{
    if (g_hash_table_size(storms->by_key) >= STORMS_MAX)
        (void)g_hash_table_foreach_remove(storms->by_key, is_calm, &now_usec); /* how many */
    if (g_hash_table_size(storms->by_key) >= STORMS_MAX)
        g_hash_table_remove_all(storms->by_key);
    Storm *storm = g_new0(Storm, 1);
    g_hash_table_insert(storms->by_key, exe_key_ref(key), storm);
    return storm;
}

uint64_t storms_note(Storms *storms, ExeKey *key, uint64_t now_usec)
{
    Storm *storm = g_hash_table_lookup(storms->by_key, key);
    if (storm == NULL)
        storm = add_storm(storms, key, now_usec);
    uint64_t *slot = &storm->launches_usec[storm->n_launches % STORM_LAUNCHES];
    bool many = storm->n_launches >= STORM_LAUNCHES && now_usec - *slot <= STORM_USEC;
    bool stormy = many || now_usec < storm->until_usec;
    *slot = storm->last_usec = now_usec;
    storm->n_launches++;
    storm->until_usec = stormy ? now_usec + CALM_USEC : 0;
    return storm->until_usec;
}

uint64_t storms_until_usec(const Storms *storms, const ExeKey *key)
{
    const Storm *storm = g_hash_table_lookup(storms->by_key, key);
    return storm != NULL ? storm->until_usec : 0;
}
