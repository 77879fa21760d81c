/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "base/prefix.h"
#include <string.h>

struct PrefixList {
    gatomicrefcount refs;
    char **items;
};

PrefixList *prefix_list_new(const char *const *items)
{
    PrefixList *list = g_new0(PrefixList, 1);
    g_atomic_ref_count_init(&list->refs);
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    for (size_t i = 0; items != NULL && items[i] != NULL; i++) {
        if (items[i][0] != '\0')
            g_strv_builder_add(builder, items[i]);
    }
    list->items = g_strv_builder_end(builder);
    return list;
}

PrefixList *prefix_list_ref(PrefixList *list)
{
    g_atomic_ref_count_inc(&list->refs);
    return list;
}

void prefix_list_unref(PrefixList *list)
{
    if (list == NULL || !g_atomic_ref_count_dec(&list->refs))
        return;
    g_strfreev(list->items);
    g_free(list);
}

bool prefix_list_accepts(const PrefixList *list, const char *path)
{
    for (char **item = list->items; *item != NULL; item++) {
        bool rejects = (*item)[0] == '!';
        if (g_str_has_prefix(path, *item + (rejects ? 1 : 0)))
            return !rejects;
    }
    return true;
}
