/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/btree.h"
#include "formats/formats.h"
#include <string.h>

/*
 * SQLite 3 (sqlite.org/fileformat2.html): the schema, the roots of tables and indexes, the pages
 * above the leaves, the leaves of indexes, those of tables, the small ones first. Free pages are
 * never wanted. The write-ahead log is a file beside it.
 */
#define HEADER_BYTES 100u
/* A database of 64 GB has interior pages of 64 MiB. */
#define WALK_MAX_BYTES WINDOW_ALLOWANCE_MAX_BYTES
#define TREES_MAX 10000u
#define NAME_BYTES 64
/* The page around this byte is for locks only, and holds nothing. */
#define LOCK_BYTE ((uint64_t)1 << 30)

enum {
    PRIORITY_SCHEMA = 0,
    PRIORITY_ROOTS = 1,
    PRIORITY_INTERIOR = 2,
    PRIORITY_INDEXES = 10,
    PRIORITY_TABLES = 20000,
    PRIORITY_UNUSED = 100000,
};

typedef struct {
    char name[NAME_BYTES];
    uint32_t root;
    bool index;
    GArray *leaves; /* uint32_t */
} Tree;

typedef struct {
    Database base;
    Anatomy *anatomy;
    GArray *trees; /* Tree */
} Sqlite;

static bool sqlite_recognizes(const uint8_t *head, size_t n_head, uint64_t size_bytes,
                              const char *name)
{
    (void)size_bytes;
    (void)name;
    return n_head >= HEADER_BYTES && memcmp(head, "SQLite format 3", 16) == 0;
}

static void clear_tree(gpointer data)
{
    Tree *tree = data;
    if (tree->leaves != NULL)
        g_array_unref(tree->leaves);
}

/* A number of seven bits a byte, the last one marked; of nine bytes at most. How many it has, or 0
 * if it goes past the end. */
static size_t take_varint(const uint8_t *at, const uint8_t *end, uint64_t *ret)
{
    uint64_t value = 0;
    for (size_t i = 0; i < 9 && at + i < end; i++) {
        value = i < 8 ? value << 7 | (at[i] & 0x7f) : value << 8 | at[i];
        if (i == 8 || (at[i] & 0x80) == 0) {
            *ret = value;
            return i + 1;
        }
    }
    return 0;
}

static uint64_t column_bytes(uint64_t type)
{
    static const uint8_t bytes[] = {0, 1, 2, 3, 4, 6, 8, 8, 0, 0};
    if (type < G_N_ELEMENTS(bytes))
        return bytes[type];
    return type < 12 ? 0 : (type - 12) / 2;
}

static uint64_t integer_of(uint64_t type, const uint8_t *at)
{
    uint64_t value = type == 9 ? 1 : 0;
    for (uint64_t i = 0; type <= 6 && i < column_bytes(type); i++)
        value = value << 8 | at[i];
    return value;
}

/* A record of sqlite_schema: type, name, tbl_name, rootpage, sql; whether it has a tree. */
static bool take_record(const uint8_t *at, const uint8_t *end, Tree *ret)
{
    uint64_t header = 0;
    uint64_t type[4];
    size_t n = take_varint(at, end, &header);
    if (n == 0 || header > (uint64_t)(end - at))
        return false;
    const uint8_t *value = at + header;
    for (gsize i = 0; i < 4; i++) {
        size_t taken = take_varint(at + n, at + header, &type[i]);
        if (taken == 0)
            return false;
        n += taken;
    }
    for (gsize i = 0; i < 4; i++) {
        uint64_t length = column_bytes(type[i]);
        if (length > (uint64_t)(end - value))
            return false;
        if (i == 0)
            ret->index = length == 5 && memcmp(value, "index", 5) == 0;
        if (i == 1)
            memcpy(ret->name, value, MIN(length, sizeof ret->name - 1));
        if (i == 3) {
            uint64_t root = integer_of(type[i], value);
            ret->root = root <= UINT32_MAX ? (uint32_t)root : 0;
        }
        value += length;
    }
    return ret->root > 0;
}

/* The cells of the leaf of sqlite_schema that was read. */
static void take_schema_leaf(Sqlite *sqlite, uint32_t number)
{
    const Database *base = &sqlite->base;
    const uint8_t *page = base->page;
    const uint8_t *end = page + base->usable_bytes;
    const uint32_t header = btree_header_at(number);
    const uint32_t cells = window_be16(page + header + 3);
    if (page[header] != BTREE_LEAF_TABLE)
        return;
    for (uint32_t i = 0; i < cells && header + 10 + i * 2 <= base->page_bytes; i++) {
        const uint8_t *at = page + window_be16(page + header + 8 + (gsize)i * 2);
        uint64_t payload = 0;
        uint64_t rowid = 0;
        size_t n = at < end ? take_varint(at, end, &payload) : 0;
        size_t m = n > 0 ? take_varint(at + n, end, &rowid) : 0;
        if (m == 0) {
            sqlite->base.clipped = true;
            continue;
        }
        at += n + m;
        Tree tree = {.root = 0};
        if (take_record(at, at + MIN(payload, (uint64_t)(end - at)), &tree) &&
            sqlite->trees->len < TREES_MAX)
            g_array_append_val(sqlite->trees, tree);
    }
}

static void add_page(Sqlite *sqlite, SegmentKind kind, uint32_t priority, uint32_t number,
                     const char *name)
{
    const uint64_t page_bytes = sqlite->base.page_bytes;
    anatomy_extend(sqlite->anatomy, kind, priority, -1, (number - 1) * page_bytes, page_bytes,
                   name);
}

static void add_pages(Sqlite *sqlite, SegmentKind kind, uint32_t priority, const GArray *pages,
                      const char *name)
{
    for (guint i = 0; i < pages->len; i++)
        add_page(sqlite, kind, priority, g_array_index(pages, uint32_t, i), name);
}

static void walk_schema(Sqlite *sqlite)
{
    g_autoptr(GArray) pages = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    g_autoptr(GArray) leaves = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    btree_walk(&sqlite->base, 1, pages, leaves);
    /* What was looked at to find the tree is read once more for its contents. */
    for (guint i = 0; i < leaves->len; i++) {
        uint32_t number = g_array_index(leaves, uint32_t, i);
        g_hash_table_remove(sqlite->base.visited, GUINT_TO_POINTER(number));
        if (btree_read_page(&sqlite->base, number))
            take_schema_leaf(sqlite, number);
    }
    add_page(sqlite, SEGMENT_METADATA, PRIORITY_SCHEMA, 1, "schema");
    add_pages(sqlite, SEGMENT_METADATA, PRIORITY_SCHEMA, pages, "schema");
    add_pages(sqlite, SEGMENT_METADATA, PRIORITY_SCHEMA, leaves, "schema");
}

static int by_number(gconstpointer a, gconstpointer b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static void walk_trees(Sqlite *sqlite)
{
    g_autoptr(GArray) interior = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    g_autoptr(GArray) roots = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    for (guint i = 0; i < sqlite->trees->len; i++) {
        Tree *tree = &g_array_index(sqlite->trees, Tree, i);
        tree->leaves = g_array_new(FALSE, FALSE, sizeof(uint32_t));
        btree_walk(&sqlite->base, tree->root, interior, tree->leaves);
        g_array_sort(tree->leaves, by_number);
        if (tree->root <= sqlite->base.n_pages)
            g_array_append_val(roots, tree->root);
    }
    g_array_sort(roots, by_number);
    g_array_sort(interior, by_number);
    add_pages(sqlite, SEGMENT_METADATA, PRIORITY_ROOTS, roots, "roots");
    add_pages(sqlite, SEGMENT_METADATA, PRIORITY_INTERIOR, interior, "interior pages");
    anatomy_add_fact_u64(sqlite->anatomy, "interior_pages", interior->len);
}

/* Indexes before tables, the small before the large. */
static int by_use(gconstpointer a, gconstpointer b)
{
    const Tree *x = a;
    const Tree *y = b;
    if (x->index != y->index)
        return x->index ? -1 : 1;
    if (x->leaves->len != y->leaves->len)
        return x->leaves->len < y->leaves->len ? -1 : 1;
    return x->root < y->root ? -1 : x->root > y->root;
}

static void add_leaves(Sqlite *sqlite)
{
    uint64_t tables = 0;
    g_array_sort(sqlite->trees, by_use);
    for (guint i = 0; i < sqlite->trees->len; i++) {
        const Tree *tree = &g_array_index(sqlite->trees, Tree, i);
        g_autofree char *name =
            g_strdup_printf("%s %s", tree->index ? "index" : "table", tree->name);
        add_pages(sqlite, SEGMENT_DATA, (tree->index ? PRIORITY_INDEXES : PRIORITY_TABLES) + i,
                  tree->leaves, name);
        tables += tree->index ? 0 : 1;
    }
    anatomy_add_fact_u64(sqlite->anatomy, "tables", tables);
    anatomy_add_fact_u64(sqlite->anatomy, "indexes", sqlite->trees->len - tables);
}

static void add_free_pages(Sqlite *sqlite, uint32_t trunk)
{
    Database *base = &sqlite->base;
    g_autoptr(GArray) pages = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    while (trunk != 0 && btree_read_page(base, trunk)) {
        g_array_append_val(pages, trunk);
        uint32_t n = window_be32(base->page + 4);
        for (uint32_t i = 0; i < n && 8 + (uint64_t)i * 4 + 4 <= base->usable_bytes; i++) {
            uint32_t number = window_be32(base->page + 8 + (gsize)i * 4);
            if (number > 0 && number <= base->n_pages && pages->len < BTREE_LEAVES_MAX)
                g_array_append_val(pages, number);
        }
        trunk = window_be32(base->page);
    }
    g_array_sort(pages, by_number);
    add_pages(sqlite, SEGMENT_UNUSED, PRIORITY_UNUSED, pages, "free pages");
    if (base->n_pages > LOCK_BYTE / base->page_bytes)
        add_page(sqlite, SEGMENT_UNUSED, PRIORITY_UNUSED,
                 (uint32_t)(LOCK_BYTE / base->page_bytes) + 1, "lock page");
    anatomy_add_fact_u64(sqlite->anatomy, "free_pages", pages->len);
}

static bool take_sizes(const uint8_t *head, Window *window, Database *base, GError **error)
{
    uint32_t page = window_be16(head + 16);
    base->page_bytes = page == 1 ? 65536 : page;
    base->usable_bytes = base->page_bytes - head[20];
    if (base->page_bytes < 512 || (base->page_bytes & (base->page_bytes - 1)) != 0 ||
        base->usable_bytes < 480)
        return provider_damaged(error, "its page size is %u", page);
    uint64_t held = window->size_bytes / base->page_bytes;
    uint32_t told = window_be32(head + 28);
    bool valid = told != 0 && window_be32(head + 24) == window_be32(head + 92);
    base->clipped = valid && told > held;
    base->n_pages = (uint32_t)MIN(valid ? MIN(held, told) : held, (uint64_t)UINT32_MAX - 1);
    return true;
}

static void add_facts(const Sqlite *sqlite, const uint8_t *head, const char *name)
{
    static const char *const encodings[] = {"unknown", "UTF-8", "UTF-16le", "UTF-16be"};
    Anatomy *anatomy = sqlite->anatomy;
    uint32_t encoding = window_be32(head + 56);
    anatomy_add_fact_u64(anatomy, "page_size", sqlite->base.page_bytes);
    anatomy_add_fact_u64(anatomy, "pages", sqlite->base.n_pages);
    anatomy_add_fact(anatomy, "encoding",
                     encodings[encoding < G_N_ELEMENTS(encodings) ? encoding : 0]);
    anatomy_add_fact(anatomy, "journal", head[18] == 2 ? "wal" : "rollback");
    if (head[18] == 2) {
        g_autofree char *log = g_strdup_printf("%s-wal", name);
        anatomy_add_companion(anatomy, log);
    }
}

static bool sqlite_analyze(Window *window, const char *name, Anatomy *anatomy, GError **error)
{
    uint8_t head[HEADER_BYTES];
    int r = window_read(window, 0, head, sizeof head);
    if (r < 0)
        return provider_fail(error, r, "header");
    Sqlite sqlite = {.base = {.window = window, .left_leaves = BTREE_LEAVES_MAX},
                     .anatomy = anatomy};
    if (!take_sizes(head, window, &sqlite.base, error))
        return false;
    window_allow(window, WALK_MAX_BYTES);
    g_autofree uint8_t *page = g_malloc(sqlite.base.page_bytes);
    g_autoptr(GHashTable) visited = g_hash_table_new(NULL, NULL);
    g_autoptr(GArray) trees = g_array_new(FALSE, TRUE, sizeof(Tree));
    g_array_set_clear_func(trees, clear_tree);
    sqlite.base.page = page;
    sqlite.base.visited = visited;
    sqlite.trees = trees;
    add_facts(&sqlite, head, name);
    walk_schema(&sqlite);
    walk_trees(&sqlite);
    add_leaves(&sqlite);
    add_free_pages(&sqlite, window_be32(head + 32));
    anatomy->clipped |= sqlite.base.clipped;
    return true;
}

const Provider provider_sqlite = {"sqlite", "SQLite database", sqlite_recognizes, sqlite_analyze};
