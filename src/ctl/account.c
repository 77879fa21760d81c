/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "ctl/account.h"
#include "formats/provider.h"

/* File names are bytes; D-Bus and JSON want UTF-8. */
GVariant *account_text(const char *text)
{
    return g_variant_new_take_string(g_utf8_make_valid(text, -1));
}

static void put(GVariantBuilder *dict, const char *key, GVariant *value)
{
    g_variant_builder_add(dict, "{sv}", key, value);
}

static const char *const kinds[] = {
    [SEGMENT_METADATA] = "metadata", [SEGMENT_DATA] = "data", [SEGMENT_UNUSED] = "unused"};

static void put_place(GVariantBuilder *row, const Segment *segment)
{
    put(row, "name", account_text(segment->name));
    put(row, "kind", g_variant_new_string(kinds[segment->kind]));
    put(row, "priority", g_variant_new_uint32(segment->priority));
    put(row, "offset_bytes", g_variant_new_uint64(segment->offset_bytes));
    put(row, "length_bytes", g_variant_new_uint64(segment->length_bytes));
    if (segment->layer >= 0)
        put(row, "layer", g_variant_new_int32(segment->layer));
}

/* census: NULL if it is not asked what is in memory. */
static GVariant *segments_of(const Anatomy *anatomy, const Census *census)
{
    GVariantBuilder rows;
    g_variant_builder_init(&rows, G_VARIANT_TYPE("aa{sv}"));
    for (guint i = 0; i < anatomy->segments->len; i++) {
        const Segment *segment = &g_array_index(anatomy->segments, Segment, i);
        GVariantBuilder row;
        g_variant_builder_init(&row, G_VARIANT_TYPE_VARDICT);
        put_place(&row, segment);
        if (census != NULL && census->told) {
            const Range part = {segment->offset_bytes, segment->length_bytes};
            put(&row, "resident_bytes", g_variant_new_uint64(census_resident(census, part)));
        }
        g_variant_builder_add_value(&rows, g_variant_builder_end(&row));
    }
    return g_variant_builder_end(&rows);
}

static GVariant *facts_of(const Anatomy *anatomy)
{
    GVariantBuilder facts;
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    g_variant_builder_init(&facts, G_VARIANT_TYPE("a{ss}"));
    for (guint i = 0; i < anatomy->facts->len; i++) {
        const Fact *fact = &g_array_index(anatomy->facts, Fact, i);
        if (g_hash_table_add(seen, fact->name))
            g_variant_builder_add(&facts, "{ss}", fact->name, fact->value);
    }
    return g_variant_builder_end(&facts);
}

static GVariant *companions_of_file(const Anatomy *anatomy)
{
    GVariantBuilder names;
    g_variant_builder_init(&names, G_VARIANT_TYPE("as"));
    for (guint i = 0; i < anatomy->companions->len; i++)
        g_variant_builder_add_value(&names, account_text(anatomy->companions->pdata[i]));
    return g_variant_builder_end(&names);
}

GVariant *account_analysis(const char *path, const Anatomy *anatomy)
{
    GVariantBuilder dict;
    const Provider *provider = provider_by_name(anatomy->format);
    g_variant_builder_init(&dict, G_VARIANT_TYPE_VARDICT);
    put(&dict, "file", account_text(path));
    put(&dict, "size_bytes", g_variant_new_uint64(anatomy->size_bytes));
    put(&dict, "format", g_variant_new_string(anatomy->format));
    put(&dict, "summary",
        g_variant_new_string(provider != NULL ? provider->summary : "described by a manifest"));
    put(&dict, "clipped", g_variant_new_boolean(anatomy->clipped));
    put(&dict, "facts", facts_of(anatomy));
    put(&dict, "segments", segments_of(anatomy, NULL));
    put(&dict, "companions", companions_of_file(anatomy));
    return g_variant_builder_end(&dict);
}

static GVariant *runs_of(const Census *census)
{
    GVariantBuilder runs;
    g_autoptr(GArray) present = g_array_new(FALSE, FALSE, sizeof(Range));
    census_present(census, present);
    g_variant_builder_init(&runs, G_VARIANT_TYPE("a(tt)"));
    for (guint i = 0; i < present->len; i++) {
        const Range *range = &g_array_index(present, Range, i);
        g_variant_builder_add(&runs, "(tt)", range->offset_bytes, range->length_bytes);
    }
    return g_variant_builder_end(&runs);
}

GVariant *account_residency(const char *path, const Census *census, const Anatomy *anatomy)
{
    GVariantBuilder dict;
    g_variant_builder_init(&dict, G_VARIANT_TYPE_VARDICT);
    put(&dict, "file", account_text(path));
    put(&dict, "size_bytes", g_variant_new_uint64(census->size_bytes));
    put(&dict, "told", g_variant_new_boolean(census->told));
    if (census->told) {
        put(&dict, "resident_bytes", g_variant_new_uint64(census->resident_bytes));
        put(&dict, "runs", runs_of(census));
    }
    if (anatomy != NULL) {
        put(&dict, "format", g_variant_new_string(anatomy->format));
        put(&dict, "segments", segments_of(anatomy, census));
    }
    return g_variant_builder_end(&dict);
}
