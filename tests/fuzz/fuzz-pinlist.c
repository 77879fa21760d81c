/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/pinlist.h"
#include <stdint.h>
#include <string.h>

/* Lists of what is to be pinned: items without control characters, but for one tab. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GPtrArray) items = g_ptr_array_new_with_free_func(g_free);
    guint n_left_out = pinlist_parse(cursor_of((const char *)data, size), items);
    g_assert_true(items->len <= PINLIST_ITEMS_MAX && items->len + (gsize)n_left_out <= size);
    for (guint i = 0; i < items->len; i++) {
        const char *item = items->pdata[i];
        g_assert_true(item[0] != '\0' && item[0] != '#' && strlen(item) <= size);
        for (const char *c = item; *c != '\0'; c++)
            g_assert_true(!g_ascii_iscntrl(*c) || *c == '\t');
    }
    return 0;
}
