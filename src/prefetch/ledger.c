/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "prefetch/ledger.h"

typedef struct {
    GRefString *path;
    BlockSet missing;
    BlockSet asked;
    BlockSet lacking;
    bool read;
    bool skipped;
} Entry;

struct Ledger {
    GMutex lock;
    GArray *entries;     /* Entry */
    GHashTable *by_path; /* path, borrowed from its entry -> number + 1 */
};

static void entry_clear(gpointer data)
{
    Entry *entry = data;
    g_clear_pointer(&entry->path, g_ref_string_release);
    block_set_clear(&entry->missing);
    block_set_clear(&entry->asked);
    block_set_clear(&entry->lacking);
}

Ledger *ledger_new(void)
{
    Ledger *ledger = g_new0(Ledger, 1);
    g_mutex_init(&ledger->lock);
    ledger->entries = g_array_new(FALSE, FALSE, sizeof(Entry));
    g_array_set_clear_func(ledger->entries, entry_clear);
    ledger->by_path = g_hash_table_new(g_str_hash, g_str_equal);
    return ledger;
}

void ledger_free(Ledger *ledger)
{
    if (ledger == NULL)
        return;
    g_hash_table_unref(ledger->by_path);
    g_array_unref(ledger->entries);
    g_mutex_clear(&ledger->lock);
    g_free(ledger);
}

guint ledger_entry(Ledger *ledger, GRefString *path)
{
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&ledger->lock);
    guint number = GPOINTER_TO_UINT(g_hash_table_lookup(ledger->by_path, path));
    if (number > 0)
        return number - 1;
    const Entry entry = {.path = g_ref_string_acquire(path)};
    g_array_append_val(ledger->entries, entry);
    g_hash_table_insert(ledger->by_path, entry.path, GUINT_TO_POINTER(ledger->entries->len));
    return ledger->entries->len - 1;
}

static Entry *entry_at(const Ledger *ledger, guint entry)
{
    return &g_array_index(ledger->entries, Entry, entry);
}

void ledger_missing(Ledger *ledger, guint entry, Range range)
{
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&ledger->lock);
    (void)block_set_add_bytes(&entry_at(ledger, entry)->missing, range.offset_bytes,
                              range.length_bytes);
}

void ledger_asked(Ledger *ledger, guint entry, Range range)
{
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&ledger->lock);
    (void)block_set_add_bytes(&entry_at(ledger, entry)->asked, range.offset_bytes,
                              range.length_bytes);
}

void ledger_lacking(Ledger *ledger, guint entry, Range range)
{
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&ledger->lock);
    (void)block_set_add_bytes(&entry_at(ledger, entry)->lacking, range.offset_bytes,
                              range.length_bytes);
}

bool ledger_note_read(Ledger *ledger, guint entry)
{
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&ledger->lock);
    bool first = !entry_at(ledger, entry)->read;
    entry_at(ledger, entry)->read = true;
    return first;
}

bool ledger_note_skipped(Ledger *ledger, guint entry)
{
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&ledger->lock);
    bool first = !entry_at(ledger, entry)->skipped;
    entry_at(ledger, entry)->skipped = true;
    return first;
}

/* The blocks of a that are not in b. */
static BlockSet difference(const BlockSet *a, const BlockSet *b)
{
    BlockSet result = BLOCK_SET_NULL;
    uint32_t j = 0;
    for (uint32_t i = 0; i < a->n_runs; i++) {
        uint64_t at = a->runs[i].first;
        const uint64_t end = at + a->runs[i].count;
        while (j < b->n_runs && (uint64_t)b->runs[j].first + b->runs[j].count <= at)
            j++;
        for (uint32_t k = j; k < b->n_runs && b->runs[k].first < end; k++) {
            if (b->runs[k].first > at)
                (void)block_set_add_run(&result, (uint32_t)at, b->runs[k].first - (uint32_t)at);
            at = (uint64_t)b->runs[k].first + b->runs[k].count;
        }
        if (at < end)
            (void)block_set_add_run(&result, (uint32_t)at, (uint32_t)(end - at));
    }
    return result;
}

static void file_clear(gpointer data)
{
    ReadaheadFile *file = data;
    g_clear_pointer(&file->path, g_ref_string_release);
    block_set_clear(&file->missing);
    block_set_clear(&file->loaded);
}

GArray *ledger_close(Ledger *ledger)
{
    GArray *files = g_array_new(FALSE, FALSE, sizeof(ReadaheadFile));
    g_array_set_clear_func(files, file_clear);
    G_GNUC_UNUSED g_autoptr(GMutexLocker) locker = g_mutex_locker_new(&ledger->lock);
    for (guint i = 0; i < ledger->entries->len; i++) {
        Entry *entry = entry_at(ledger, i);
        if (entry->missing.n_runs == 0)
            continue;
        const ReadaheadFile file = {.path = g_ref_string_acquire(entry->path),
                                    .missing = entry->missing,
                                    .loaded = difference(&entry->asked, &entry->lacking)};
        entry->missing = BLOCK_SET_NULL; /* the file's now */
        g_array_append_val(files, file);
    }
    g_hash_table_remove_all(ledger->by_path);
    g_array_set_size(ledger->entries, 0);
    return files;
}
