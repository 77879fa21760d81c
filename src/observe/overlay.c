/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/overlay.h"
#include "observe/mounts.h"
#include <limits.h>

/* fs/overlayfs/params.h, OVL_MAX_STACK, and the upper directory. */
#define LAYERS_MAX 501

static void add_layer(Overlay *overlay, const GString *path)
{
    if (path->len > 0 && path->str[0] == '/' && path->len < PATH_MAX &&
        overlay->layers->len < LAYERS_MAX)
        g_ptr_array_add(overlay->layers, g_strndup(path->str, path->len));
}

static void decode(Cursor value, GString *out)
{
    while (cursor_left(&value) > 0)
        g_string_append_c(out, mounts_decode(&value));
}

/* The next name of a list, up to a colon that is none of its own. */
static void take_name(Cursor *list, GString *out)
{
    bool escaped = false;
    g_string_truncate(out, 0);
    while (cursor_left(list) > 0) {
        bool colon = *list->at == ':'; /* as \072 it is part of the name */
        char c = mounts_decode(list);
        if (colon && !escaped)
            return;
        escaped = c == '\\' && !escaped;
        if (!escaped)
            g_string_append_c(out, c);
    }
}

static void add_list(Overlay *overlay, Cursor list)
{
    g_autoptr(GString) name = g_string_new(NULL);
    while (cursor_left(&list) > 0) {
        take_name(&list, name);
        if (name->len == 0) { /* "::" */
            overlay->metacopy = true;
            return;
        }
        add_layer(overlay, name);
    }
}

static void add_option(Overlay *overlay, Cursor option, GString *upper)
{
    g_autoptr(GString) path = g_string_new(NULL);
    if (parse_literal(&option, "lowerdir=")) {
        add_list(overlay, option);
    } else if (parse_literal(&option, "lowerdir+=")) {
        decode(option, path);
        add_layer(overlay, path);
    } else if (parse_literal(&option, "upperdir=")) {
        decode(option, upper);
    } else if (parse_literal(&option, "datadir+=") || cursor_is(&option, "metacopy=on")) {
        overlay->metacopy = true;
    }
}

static void put_first(GPtrArray *layers, const GString *path)
{
    if (path->len > 0 && path->str[0] == '/' && path->len < PATH_MAX)
        g_ptr_array_insert(layers, 0, g_strndup(path->str, path->len));
}

Overlay overlay_parse(Cursor options)
{
    Overlay overlay = {.layers = g_ptr_array_new_with_free_func(g_free)};
    g_autoptr(GString) upper = g_string_new(NULL);
    Cursor option;
    while (parse_field(&options, ',', &option))
        add_option(&overlay, option, upper);
    put_first(overlay.layers, upper);
    return overlay;
}

void overlay_clear(Overlay *overlay)
{
    g_clear_pointer(&overlay->layers, g_ptr_array_unref);
}
