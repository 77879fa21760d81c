/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "base/inodes.h"
#include <string.h>

typedef struct {
    uint64_t dev;
    uint64_t ino;
} Identity;

static guint identity_hash(gconstpointer data)
{
    const Identity *identity = data;
    return (guint)(identity->ino ^ identity->ino >> 32 ^ identity->dev * 31);
}

static gboolean identity_equal(gconstpointer a, gconstpointer b)
{
    return memcmp(a, b, sizeof(Identity)) == 0;
}

GHashTable *inodes_new(void)
{
    return g_hash_table_new_full(identity_hash, identity_equal, g_free, NULL);
}

bool inodes_add(GHashTable *inodes, uint64_t dev, uint64_t ino)
{
    const Identity identity = {dev, ino};
    return g_hash_table_add(inodes, g_memdup2(&identity, sizeof identity));
}
