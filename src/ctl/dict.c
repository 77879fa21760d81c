/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "ctl/dict.h"

uint64_t dict_u64(GVariant *dict, const char *key)
{
    g_autoptr(GVariant) value = g_variant_lookup_value(dict, key, NULL);
    if (value == NULL)
        return 0;
    if (g_variant_is_of_type(value, G_VARIANT_TYPE_UINT64))
        return g_variant_get_uint64(value);
    return g_variant_is_of_type(value, G_VARIANT_TYPE_UINT32) ? g_variant_get_uint32(value) : 0;
}

int64_t dict_i64(GVariant *dict, const char *key)
{
    gint64 value = 0;
    (void)g_variant_lookup(dict, key, "x", &value); /* else 0 */
    return value;
}

double dict_double(GVariant *dict, const char *key)
{
    double value = 0;
    (void)g_variant_lookup(dict, key, "d", &value);
    return value;
}

bool dict_bool(GVariant *dict, const char *key)
{
    gboolean value = FALSE;
    (void)g_variant_lookup(dict, key, "b", &value);
    return value;
}

const char *dict_text(GVariant *dict, const char *key)
{
    const char *value = "";
    (void)g_variant_lookup(dict, key, "&s", &value);
    return value;
}

GVariant *dict_sub(GVariant *dict, const char *key, const char *type)
{
    GVariant *value = g_variant_lookup_value(dict, key, G_VARIANT_TYPE(type));
    if (value != NULL)
        return value;
    return g_variant_ref_sink(
        g_variant_new_array(g_variant_type_element(G_VARIANT_TYPE(type)), NULL, 0));
}
