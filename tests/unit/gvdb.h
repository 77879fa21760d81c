/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/* A GVDB file with one value, as dconf writes it: see gvdb-format.h of GLib. */
#include <glib.h>
#include <string.h>

static inline void gvdb_put(GString *out, uint32_t value)
{
    g_string_append_len(out, (const char *)&value, sizeof value); /* little-endian machines */
}

/* parts: the key in pieces, the first first, NULL-terminated; takes the value. */
static inline GString *gvdb_of(const char *const *parts, GVariant *value)
{
    g_autoptr(GVariant) boxed = g_variant_ref_sink(g_variant_new_variant(value));
    guint n = g_strv_length((char **)parts);
    GString *out = g_string_new("GVariant");
    const uint32_t root = 24;
    const uint32_t items = root + 8 + 4;
    const uint32_t keys = items + n * 24;
    uint32_t keys_bytes = 0;
    for (guint i = 0; i < n; i++)
        keys_bytes += (uint32_t)strlen(parts[i]);
    const uint32_t data = (keys + keys_bytes + 7) / 8 * 8;
    gvdb_put(out, 0);
    gvdb_put(out, 0);
    gvdb_put(out, root);
    gvdb_put(out, keys);
    gvdb_put(out, 0); /* no bloom words */
    gvdb_put(out, 1);
    gvdb_put(out, 0);
    uint32_t key = keys;
    for (guint i = 0; i < n; i++) {
        bool last = i == n - 1;
        gvdb_put(out, 0);
        gvdb_put(out, i == 0 ? UINT32_MAX : i - 1);
        gvdb_put(out, key);
        gvdb_put(out, (uint32_t)strlen(parts[i]) | (uint32_t)(last ? 'v' : 'L') << 16);
        gvdb_put(out, last ? data : 0);
        gvdb_put(out, last ? data + (uint32_t)g_variant_get_size(boxed) : 0);
        key += (uint32_t)strlen(parts[i]);
    }
    for (guint i = 0; i < n; i++)
        g_string_append(out, parts[i]);
    while (out->len < data)
        g_string_append_c(out, '\0');
    g_string_append_len(out, g_variant_get_data(boxed), (gssize)g_variant_get_size(boxed));
    return out;
}
