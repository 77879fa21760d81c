/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/verdicts.h"
#include <string.h>

/* A build uses a hundred tools; together no more than 256 KiB. */
#define VERDICTS_MAX 1024
#define LINK_BYTES_MAX 256

struct Verdicts {
    GHashTable *links; /* texts, a set */
};

Verdicts *verdicts_new(void)
{
    Verdicts *verdicts = g_new0(Verdicts, 1);
    verdicts->links = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return verdicts;
}

void verdicts_free(Verdicts *verdicts)
{
    if (verdicts == NULL)
        return;
    g_hash_table_unref(verdicts->links);
    g_free(verdicts);
}

bool verdicts_has(const Verdicts *verdicts, const char *link)
{
    return g_hash_table_contains(verdicts->links, link);
}

void verdicts_add(Verdicts *verdicts, const char *link)
{
    if (strlen(link) >= LINK_BYTES_MAX)
        return;
    if (g_hash_table_size(verdicts->links) >= VERDICTS_MAX)
        verdicts_clear(verdicts);
    (void)g_hash_table_add(verdicts->links, g_strdup(link)); /* known already or not */
}

void verdicts_clear(Verdicts *verdicts)
{
    g_hash_table_remove_all(verdicts->links);
}
