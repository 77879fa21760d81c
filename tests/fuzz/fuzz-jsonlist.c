/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "ctl/list-file.h"
#include <stdint.h>
#include <string.h>

/* Lists in JSON: an error, or absolute paths with ranges that do not overflow; and what is written
 * of them is a list of which nothing is refused. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const List *list)
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup((const char *)data, size);
    g_autoptr(GError) error = NULL;
    g_autoptr(List) list = list_of_json(text, (gssize)strlen(text), &error);
    g_assert_true((list == NULL) == (error != NULL));
    if (list == NULL)
        return 0;
    check(list);
    g_autofree char *json = list_to_json(list);
    g_autoptr(List) again = list_of_json(json, -1, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(again->n_refused, ==, 0);
    return 0;
}
