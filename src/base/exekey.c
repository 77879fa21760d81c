/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "base/exekey.h"
#include <string.h>

/* The reference count stands before the public part, which its readers see as const. */
typedef struct {
    ExeKey key;
    gatomicrefcount refs;
} Counted;

ExeKey *exe_key_new(const char *path, const char *script)
{
    Counted *counted = g_new0(Counted, 1);
    g_atomic_ref_count_init(&counted->refs);
    counted->key.path = g_ref_string_new(path);
    counted->key.script = script != NULL ? g_ref_string_new(script) : NULL;
    return &counted->key;
}

ExeKey *exe_key_ref(ExeKey *key)
{
    g_atomic_ref_count_inc(&((Counted *)key)->refs);
    return key;
}

void exe_key_unref(ExeKey *key)
{
    if (key == NULL || !g_atomic_ref_count_dec(&((Counted *)key)->refs))
        return;
    g_ref_string_release(key->path);
    g_clear_pointer(&key->script, g_ref_string_release);
    g_free((Counted *)key);
}

void exe_key_release(gpointer key)
{
    exe_key_unref(key);
}

guint exe_key_hash(gconstpointer key)
{
    const ExeKey *k = key;
    guint hash = g_str_hash(k->path);
    return k->script != NULL ? hash * 33 ^ g_str_hash(k->script) : hash;
}

gboolean exe_key_equal(gconstpointer a, gconstpointer b)
{
    const ExeKey *x = a;
    const ExeKey *y = b;
    return strcmp(x->path, y->path) == 0 && g_strcmp0(x->script, y->script) == 0;
}

char *exe_key_label(const ExeKey *key)
{
    g_autofree char *exe = g_path_get_basename(key->path);
    g_autofree char *script = key->script != NULL ? g_path_get_basename(key->script) : NULL;
    g_autofree char *label = script != NULL ? g_strconcat(exe, " ", script, NULL) : g_strdup(exe);
    char *valid = g_utf8_make_valid(label, -1);
    for (char *c = valid; *c != '\0'; c++) {
        if (g_ascii_iscntrl(*c))
            *c = '?';
    }
    return valid;
}
