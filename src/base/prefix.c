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

/* How far a path is matched, and where the component that this is in ends. */
typedef struct {
    const char *at;
    const char *component_end;
} Place;

/*
 * Behind a '*', moves to the end of `text` (length bytes, no '*' in it); false if it is not there.
 * The '*' takes nothing across a '/': so a text with a '/' in it can only lie with that on the next
 * one, and of the places of any other the first leaves most for what follows. That is why no place
 * is ever tried again, and all is one pass over the path.
 */
static bool skip_star(Place *place, const char *text, size_t length)
{
    const char *slash = memchr(text, '/', length);
    if (slash == NULL) {
        const char *found =
            memmem(place->at, (size_t)(place->component_end - place->at), text, length);
        if (found != NULL)
            place->at = found + length;
        return found != NULL;
    }
    size_t before_slash = (size_t)(slash - text);
    if ((size_t)(place->component_end - place->at) < before_slash)
        return false;
    const char *start = place->component_end - before_slash;
    if (strncmp(start, text, length) != 0)
        return false;
    place->at = start + length;
    place->component_end = strchrnul(place->at, '/');
    return true;
}

static bool item_fits(const char *item, const char *path)
{
    const char *star = strchrnul(item, '*');
    size_t length = (size_t)(star - item);
    if (strncmp(path, item, length) != 0)
        return false;
    if (*star == '\0')
        return true;
    Place place = {path + length, strchrnul(path + length, '/')};
    while (*star == '*') {
        const char *text = star + 1;
        star = strchrnul(text, '*');
        if (!skip_star(&place, text, (size_t)(star - text)))
            return false;
    }
    return true;
}

bool prefix_list_accepts(const PrefixList *list, const char *path)
{
    for (char **item = list->items; *item != NULL; item++) {
        bool rejects = (*item)[0] == '!';
        if (item_fits(*item + (rejects ? 1 : 0), path))
            return !rejects;
    }
    return true;
}
