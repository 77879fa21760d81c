/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/list.h"
#include <glib.h>
#include <stdint.h>
#include <string.h>

/* Lists: absolute paths, each once, with ranges that do not overflow; what is printed of them is
 * the same list again. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(List) list = list_new();
    list_parse(list, cursor_of((const char *)data, size));
    for (guint i = 0; i < list->entries->len; i++) {
        const ListEntry *entry = &g_array_index(list->entries, ListEntry, i);
        g_assert_true(entry->path[0] == '/');
        for (guint j = 0; entry->ranges != NULL && j < entry->ranges->len; j++) {
            const Range *range = &g_array_index(entry->ranges, Range, j);
            g_assert_true(range->length_bytes > 0);
            g_assert_true(range->offset_bytes <= UINT64_MAX - range->length_bytes);
        }
    }
    g_autoptr(GString) once = g_string_new(NULL);
    list_print(list, once);
    g_autoptr(List) again = list_new();
    list_parse(again, cursor_of(once->str, once->len));
    g_assert_true(again->n_refused == 0);
    return 0;
}
