/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/btree.h"

bool btree_read_page(Database *database, uint32_t number)
{
    if (number == 0 || number > database->n_pages ||
        g_hash_table_size(database->visited) >= BTREE_INTERIOR_MAX ||
        !g_hash_table_add(database->visited, GUINT_TO_POINTER(number)) ||
        window_read(database->window, (uint64_t)(number - 1) * database->page_bytes, database->page,
                    database->page_bytes) < 0) {
        database->clipped = true;
        return false;
    }
    return true;
}

static bool is_interior(const Database *database, uint32_t number)
{
    uint8_t type = database->page[btree_header_at(number)];
    return type == BTREE_INTERIOR_INDEX || type == BTREE_INTERIOR_TABLE;
}

/* The children of the interior page that was read, in their order. */
static void add_children(Database *database, uint32_t number, GArray *children)
{
    const uint8_t *page = database->page;
    const uint32_t header = btree_header_at(number);
    const uint32_t cells = window_be16(page + header + 3);
    const uint32_t most = (database->page_bytes - header - 12) / 2;
    database->clipped |= cells > most;
    for (uint32_t i = 0; i < MIN(cells, most); i++) {
        uint32_t cell = window_be16(page + header + 12 + (gsize)i * 2);
        if (cell + 4 > database->page_bytes) {
            database->clipped = true;
            continue;
        }
        uint32_t child = window_be32(page + cell);
        g_array_append_val(children, child);
    }
    uint32_t last = window_be32(page + header + 8);
    g_array_append_val(children, last);
}

static void take_leaves(Database *database, const GArray *pages, GArray *leaves)
{
    for (guint i = 0; i < pages->len; i++) {
        uint32_t number = g_array_index(pages, uint32_t, i);
        if (number == 0 || number > database->n_pages || database->left_leaves == 0) {
            database->clipped = true;
            continue;
        }
        database->left_leaves--;
        g_array_append_val(leaves, number);
    }
}

/* Reads the pages of one level; what is below them. Those that are no interior pages are leaves:
 * only a damaged file has them. */
static GArray *descend(Database *database, const GArray *level, GArray *interior, GArray *leaves)
{
    GArray *children = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    for (guint i = 0; i < level->len && children->len < BTREE_LEAVES_MAX; i++) {
        uint32_t number = g_array_index(level, uint32_t, i);
        if (!btree_read_page(database, number))
            continue;
        if (is_interior(database, number)) {
            g_array_append_val(interior, number);
            add_children(database, number, children);
        } else if (database->left_leaves > 0) {
            database->left_leaves--;
            g_array_append_val(leaves, number);
        }
    }
    return children;
}

/* Whether the pages of this level have no others below them: by the first that can be read. */
static bool are_leaves(Database *database, const GArray *level)
{
    for (guint i = 0; i < level->len && i < BTREE_DEPTH_MAX; i++) {
        uint32_t number = g_array_index(level, uint32_t, i);
        if (!btree_read_page(database, number))
            continue;
        /* It is looked at again if it is not a leaf. */
        if (is_interior(database, number))
            g_hash_table_remove(database->visited, GUINT_TO_POINTER(number));
        return !is_interior(database, number);
    }
    return true;
}

void btree_walk(Database *database, uint32_t root, GArray *interior, GArray *leaves)
{
    g_autoptr(GArray) level = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    g_array_append_val(level, root);
    for (int depth = 0; depth < BTREE_DEPTH_MAX && level->len > 0; depth++) {
        if (depth > 0 && are_leaves(database, level)) {
            take_leaves(database, level, leaves);
            return;
        }
        GArray *below = descend(database, level, interior, leaves);
        g_array_unref(level);
        level = below;
    }
    database->clipped |= level->len > 0;
}
