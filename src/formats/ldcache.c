/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/ldcache.h"
#include <limits.h>
#include <string.h>

#define OLD_MAGIC "ld.so-1.7.0"
#define NEW_MAGIC "glibc-ld.so.cache1.1"
/* Of the one library may have for several architectures. */
#define PATHS_MAX 16

typedef struct {
    char magic[sizeof OLD_MAGIC]; /* with the padding before the number */
    uint32_t n_libraries;
} OldHeader;

typedef struct {
    int32_t flags;
    uint32_t key;
    uint32_t value;
} OldEntry;

typedef struct {
    char magic[sizeof NEW_MAGIC - 1];
    uint32_t n_libraries;
    uint32_t strings_bytes;
    uint8_t flags;
    uint8_t padding[3];
    uint32_t extension_offset;
    uint32_t unused[3];
} NewHeader;

typedef struct {
    int32_t flags;
    uint32_t key;
    uint32_t value;
    uint32_t osversion;
    uint64_t hwcap;
} NewEntry;

G_STATIC_ASSERT(sizeof(NewHeader) == 48);
G_STATIC_ASSERT(sizeof(NewEntry) == 24);
G_STATIC_ASSERT(sizeof(OldHeader) == 16);

struct LdCache {
    GHashTable *by_name; /* char * -> GPtrArray of char * */
};

/* Behind the old table, if there is one, aligned as the new header. */
static bool find_new(Cursor *text)
{
    OldHeader old;
    if (cursor_left(text) >= sizeof old && memcmp(text->at, OLD_MAGIC, strlen(OLD_MAGIC)) == 0) {
        memcpy(&old, text->at, sizeof old);
        uint64_t skipped = sizeof old + (uint64_t)old.n_libraries * sizeof(OldEntry);
        skipped = (skipped + 7) / 8 * 8; /* ALIGN_CACHE */
        if (skipped > cursor_left(text))
            return false;
        text->at += skipped;
    }
    return cursor_left(text) >= sizeof(NewHeader) &&
           memcmp(text->at, NEW_MAGIC, strlen(NEW_MAGIC)) == 0;
}

/* NULL if it is not in the text, not ended there, or too long. */
static const char *string_at(Cursor text, uint32_t offset)
{
    size_t length = cursor_left(&text);
    if (offset >= length || memchr(text.at + offset, '\0', MIN(length - offset, PATH_MAX)) == NULL)
        return NULL;
    return text.at + offset;
}

static void add(LdCache *cache, const char *name, const char *path)
{
    GPtrArray *paths = g_hash_table_lookup(cache->by_name, name);
    if (paths == NULL) {
        paths = g_ptr_array_new_with_free_func(g_free);
        g_hash_table_insert(cache->by_name, g_strdup(name), paths);
    }
    if (paths->len < PATHS_MAX)
        g_ptr_array_add(paths, g_strdup(path));
}

LdCache *ldcache_parse(Cursor text)
{
    NewHeader header;
    if (!find_new(&text))
        return NULL;
    memcpy(&header, text.at, sizeof header);
    size_t room = (cursor_left(&text) - sizeof header) / sizeof(NewEntry);
    size_t n = MIN(MIN(header.n_libraries, room), LDCACHE_LIBRARIES_MAX);
    LdCache *cache = g_new(LdCache, 1);
    cache->by_name =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
    for (size_t i = 0; i < n; i++) {
        NewEntry entry;
        memcpy(&entry, text.at + sizeof header + i * sizeof entry, sizeof entry);
        const char *name = string_at(text, entry.key);
        const char *path = string_at(text, entry.value);
        if (entry.hwcap == 0 && name != NULL && path != NULL && path[0] == '/')
            add(cache, name, path);
    }
    return cache;
}

void ldcache_free(LdCache *cache)
{
    if (cache == NULL)
        return;
    g_hash_table_unref(cache->by_name);
    g_free(cache);
}

const GPtrArray *ldcache_find(const LdCache *cache, const char *name)
{
    return g_hash_table_lookup(cache->by_name, name);
}
