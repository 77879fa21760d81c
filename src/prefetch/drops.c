/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "prefetch/drops.h"

struct Drops {
    GMutex lock;
    GHashTable *paths; /* GRefString, a set */
    int any;           /* g_atomic_int: most plans are read without a drop */
};

static void release(gpointer path)
{
    g_ref_string_release(path);
}

Drops *drops_new(void)
{
    Drops *drops = g_new0(Drops, 1);
    g_mutex_init(&drops->lock);
    drops->paths = g_hash_table_new_full(g_str_hash, g_str_equal, release, NULL);
    return drops;
}

void drops_free(Drops *drops)
{
    if (drops == NULL)
        return;
    g_hash_table_unref(drops->paths);
    g_mutex_clear(&drops->lock);
    g_free(drops);
}

void drops_add(Drops *drops, GRefString *path)
{
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&drops->lock);
    g_hash_table_add(drops->paths, g_ref_string_acquire(path));
    g_atomic_int_set(&drops->any, 1);
}

bool drops_has(Drops *drops, const char *path)
{
    if (g_atomic_int_get(&drops->any) == 0)
        return false;
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&drops->lock);
    return g_hash_table_contains(drops->paths, path);
}
