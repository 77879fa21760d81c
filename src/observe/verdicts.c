/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/verdicts.h"
#include <string.h>

/* A build uses a hundred tools; together no more than 256 KiB. */
#define VERDICTS_MAX 1024
#define LINK_BYTES_MAX 256

typedef struct {
    uint64_t stormy_until_usec; /* 0: ignored */
    char link[];
} Entry;

struct Verdicts {
    GHashTable *entries; /* Entry.link -> Entry, owned */
};

Verdicts *verdicts_new(void)
{
    Verdicts *verdicts = g_new0(Verdicts, 1);
    verdicts->entries = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
    return verdicts;
}

void verdicts_free(Verdicts *verdicts)
{
    if (verdicts == NULL)
        return;
    g_hash_table_unref(verdicts->entries);
    g_free(verdicts);
}

Verdict verdicts_find(const Verdicts *verdicts, const char *link, uint64_t now_usec)
{
    const Entry *entry = g_hash_table_lookup(verdicts->entries, link);
    if (entry == NULL)
        return VERDICT_NONE;
    if (entry->stormy_until_usec == 0)
        return VERDICT_IGNORED;
    return now_usec < entry->stormy_until_usec ? VERDICT_STORMY : VERDICT_NONE;
}

static void add(Verdicts *verdicts, const char *link, uint64_t stormy_until_usec)
{
    gsize length = strlen(link);
    if (length >= LINK_BYTES_MAX)
        return;
    if (g_hash_table_size(verdicts->entries) >= VERDICTS_MAX)
        verdicts_clear(verdicts);
    Entry *entry = g_malloc(sizeof *entry + length + 1);
    entry->stormy_until_usec = stormy_until_usec;
    memcpy(entry->link, link, length + 1);
    (void)g_hash_table_replace(verdicts->entries, entry->link, entry); /* known already or not */
}

void verdicts_ignore(Verdicts *verdicts, const char *link)
{
    add(verdicts, link, 0);
}

void verdicts_pass_over(Verdicts *verdicts, const char *link, uint64_t until_usec)
{
    if (until_usec > 0)
        add(verdicts, link, until_usec);
}

void verdicts_clear(Verdicts *verdicts)
{
    g_hash_table_remove_all(verdicts->entries);
}
