/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "config/dropins.h"
#include "base/log.h"
#include "config/config.h"
#include <stdlib.h>

static int compare_names(const void *a, const void *b)
{
    return g_strcmp0(*(const char *const *)a, *(const char *const *)b);
}

static bool is_dropin(const char *name)
{
    return name[0] != '.' && g_str_has_suffix(name, ".conf");
}

/* A later directory's file takes the place of the one of the same name. */
static bool collect(GHashTable *path_by_name, const char *directory, GError **error)
{
    g_autoptr(GError) local = NULL;
    g_autoptr(GDir) dir = g_dir_open(directory, 0, &local);
    if (g_error_matches(local, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        return true;
    if (dir == NULL) {
        g_autofree char *printable = log_printable(local->message);
        g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_READ, "%s", printable);
        return false;
    }
    for (const char *name = NULL; (name = g_dir_read_name(dir)) != NULL;) {
        if (is_dropin(name))
            g_hash_table_replace(path_by_name, g_strdup(name),
                                 g_build_filename(directory, name, NULL));
    }
    return true;
}

GPtrArray *dropins_list(const char *const *directories, GError **error)
{
    g_autoptr(GHashTable) path_by_name =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    for (size_t i = 0; directories[i] != NULL; i++) {
        if (!collect(path_by_name, directories[i], error))
            return NULL;
    }
    guint n = 0;
    g_autofree gpointer *names = g_hash_table_get_keys_as_array(path_by_name, &n);
    qsort(names, n, sizeof *names, compare_names);
    GPtrArray *paths = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < n; i++)
        g_ptr_array_add(paths, g_strdup(g_hash_table_lookup(path_by_name, names[i])));
    return paths;
}
