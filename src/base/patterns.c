/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "base/patterns.h"
#include <string.h>

struct Patterns {
    gatomicrefcount refs;
    char **items;
};

Patterns *patterns_new(const char *const *items)
{
    Patterns *patterns = g_new0(Patterns, 1);
    g_atomic_ref_count_init(&patterns->refs);
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    for (size_t i = 0; items != NULL && items[i] != NULL; i++) {
        if (items[i][0] != '\0')
            g_strv_builder_add(builder, items[i]);
    }
    patterns->items = g_strv_builder_end(builder);
    return patterns;
}

Patterns *patterns_ref(Patterns *patterns)
{
    g_atomic_ref_count_inc(&patterns->refs);
    return patterns;
}

void patterns_unref(Patterns *patterns)
{
    if (patterns == NULL || !g_atomic_ref_count_dec(&patterns->refs))
        return;
    g_strfreev(patterns->items);
    g_free(patterns);
}

/* Bytes, not characters: a path need not be UTF-8. Only the last star is ever tried again, as what
 * an earlier one took could not be taken better: time is the product of the lengths at most. */
static bool glob_fits(const char *glob, const char *text)
{
    const char *star = NULL;
    const char *again = NULL;
    while (*text != '\0') {
        if (*glob == '*') {
            star = glob++;
            again = text;
        } else if (*glob == '?' || *glob == *text) {
            glob++;
            text++;
        } else if (star != NULL) {
            glob = star + 1;
            text = ++again;
        } else {
            return false;
        }
    }
    while (*glob == '*')
        glob++;
    return *glob == '\0';
}

bool patterns_fit(const Patterns *patterns, const char *path)
{
    if (patterns == NULL || path == NULL)
        return false;
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    for (char **item = patterns->items; *item != NULL; item++)
        if (glob_fits(*item, **item == '/' ? path : name))
            return true;
    return false;
}
