/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/history.h"
#include <glib.h>
#include <stdint.h>

/* A history of a shell: nothing is kept but counts of what was asked for. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const HistoryKind kinds[] = {HISTORY_PLAIN, HISTORY_FISH};
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
        g_autoptr(GHashTable) counts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        g_hash_table_insert(counts, g_strdup("vim"), GUINT_TO_POINTER(0));
        history_count(kinds[i], cursor_of((const char *)data, size), counts);
        g_assert_true(g_hash_table_size(counts) == 1);
        g_assert_true(GPOINTER_TO_UINT(g_hash_table_lookup(counts, "vim")) <= size);
    }
    return 0;
}
