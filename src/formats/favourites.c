/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/favourites.h"
#include <stdbool.h>
#include <string.h>

#define SUFFIX ".desktop"
#define ID_MAX_BYTES 255

static GPtrArray *favourites_new(void)
{
    return g_ptr_array_new_with_free_func(g_free);
}

static void add(GPtrArray *ids, const char *id, size_t length)
{
    size_t suffix = strlen(SUFFIX);
    if (length <= suffix || length > ID_MAX_BYTES || ids->len >= FAVOURITES_MAX ||
        memcmp(id + length - suffix, SUFFIX, suffix) != 0)
        return;
    g_ptr_array_add(ids, g_strndup(id, length));
}

/* gvdb-format.h: all numbers are little-endian where the signature says so, as everywhere. */
#define SIGNATURE "GVariant"

typedef struct {
    char signature[8];
    uint32_t version;
    uint32_t options;
    uint32_t root_start;
    uint32_t root_end;
} GvdbHeader;

typedef struct {
    uint32_t n_bloom_words; /* and a shift in the upper five bits */
    uint32_t n_buckets;
} GvdbTable;

typedef struct {
    uint32_t hash;
    uint32_t parent; /* index of an item whose key comes before this one's */
    uint32_t key_start;
    uint16_t key_size;
    char type; /* 'v': a value */
    char unused;
    uint32_t value_start;
    uint32_t value_end;
} GvdbItem;

G_STATIC_ASSERT(sizeof(GvdbHeader) == 24);
G_STATIC_ASSERT(sizeof(GvdbItem) == 24);

/* What the pointers of the file, from its beginning, lead to. */
static bool part(Cursor file, uint32_t start, uint64_t end, Cursor *ret)
{
    if (start > end || end > cursor_left(&file))
        return false;
    *ret = (Cursor){file.at + start, file.at + end};
    return true;
}

typedef struct {
    Cursor file;
    const char *items; /* not aligned */
    size_t n_items;
} Gvdb;

static GvdbItem item_at(const Gvdb *gvdb, size_t index)
{
    GvdbItem item;
    memcpy(&item, gvdb->items + index * sizeof item, sizeof item);
    return item;
}

static bool open_gvdb(Cursor file, Gvdb *ret)
{
    GvdbHeader header;
    GvdbTable table;
    Cursor root;
    if (G_BYTE_ORDER != G_LITTLE_ENDIAN || cursor_left(&file) < sizeof header)
        return false;
    memcpy(&header, file.at, sizeof header);
    if (memcmp(header.signature, SIGNATURE, sizeof header.signature) != 0 ||
        !part(file, header.root_start, header.root_end, &root) || cursor_left(&root) < sizeof table)
        return false;
    memcpy(&table, root.at, sizeof table);
    uint64_t skipped = sizeof table +
                       (uint64_t)(table.n_bloom_words & ((1U << 27) - 1)) * sizeof(uint32_t) +
                       (uint64_t)table.n_buckets * sizeof(uint32_t);
    if (skipped > cursor_left(&root))
        return false;
    root.at += skipped;
    *ret = (Gvdb){file, root.at, cursor_left(&root) / sizeof(GvdbItem)};
    return true;
}

/* Whether the item's whole key is that of its parts, the last first. */
static bool is_key(const Gvdb *gvdb, GvdbItem item, const char *const *parts)
{
    for (; *parts != NULL; parts++) {
        Cursor key;
        if (!part(gvdb->file, item.key_start, (uint64_t)item.key_start + item.key_size, &key) ||
            !cursor_is(&key, *parts))
            return false;
        bool is_last = parts[1] == NULL;
        if (is_last || item.parent >= gvdb->n_items)
            return is_last;
        item = item_at(gvdb, item.parent);
    }
    return false;
}

/* What is damaged in it, or of another type, GVariant takes for empty. */
static void take_value(Cursor value, GPtrArray *ids)
{
    g_autoptr(GBytes) bytes = g_bytes_new(value.at, cursor_left(&value));
    g_autoptr(GVariant) boxed =
        g_variant_ref_sink(g_variant_new_from_bytes(G_VARIANT_TYPE_VARIANT, bytes, FALSE));
    g_autoptr(GVariant) list = g_variant_get_variant(boxed);
    if (!g_variant_is_of_type(list, G_VARIANT_TYPE_STRING_ARRAY))
        return;
    for (gsize i = 0; i < MIN(g_variant_n_children(list), FAVOURITES_MAX); i++) {
        g_autoptr(GVariant) child = g_variant_get_child_value(list, i);
        const char *id = g_variant_get_string(child, NULL);
        add(ids, id, strlen(id));
    }
}

GPtrArray *favourites_of_dconf(Cursor database)
{
    static const char *const key[] = {"favorite-apps", "shell/", "gnome/", "org/", "/", NULL};
    GPtrArray *ids = favourites_new();
    Gvdb gvdb;
    if (!open_gvdb(database, &gvdb))
        return ids;
    for (size_t i = 0; i < gvdb.n_items; i++) {
        const GvdbItem item = item_at(&gvdb, i);
        Cursor value;
        if (item.type == 'v' && is_key(&gvdb, item, key) &&
            part(database, item.value_start, item.value_end, &value)) {
            take_value(value, ids);
            break;
        }
    }
    return ids;
}

/* "applications:org.kde.dolphin.desktop,preferred://browser,file:///usr/share/.../x.desktop". */
static void take_list(Cursor list, GPtrArray *ids)
{
    for (Cursor item; parse_field(&list, ',', &item);) {
        (void)parse_literal(&item, "applications:"); /* or without */
        const char *slash =
            cursor_left(&item) > 0 ? memrchr(item.at, '/', cursor_left(&item)) : NULL;
        if (slash != NULL)
            item.at = slash + 1;
        if (memchr(item.at, '\0', cursor_left(&item)) == NULL)
            add(ids, item.at, cursor_left(&item));
    }
}

GPtrArray *favourites_of_plasma(Cursor text)
{
    GPtrArray *ids = favourites_new();
    for (Cursor line; parse_line(&text, &line);) {
        if (parse_literal(&line, "launchers=") || parse_literal(&line, "favorites="))
            take_list(line, ids);
    }
    return ids;
}
