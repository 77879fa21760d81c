/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/* What holds of each list, whatever it was read from. */
#include "formats/list.h"
#include <glib.h>

static inline void check_list(const List *list)
{
    for (guint i = 0; i < list->entries->len; i++) {
        const ListEntry *entry = &g_array_index(list->entries, ListEntry, i);
        g_assert_true(entry->path[0] == '/');
        for (guint j = 0; entry->ranges != NULL && j < entry->ranges->len; j++) {
            const Range *range = &g_array_index(entry->ranges, Range, j);
            g_assert_true(range->length_bytes > 0);
            g_assert_true(range->offset_bytes <= UINT64_MAX - range->length_bytes);
        }
    }
}
