/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "ctl/dict.h"
#include "ctl/view.h"

static void append_head(const Paint *paint, GVariant *program, GString *out)
{
    paint_append(paint, out, INK_BOLD, dict_text(program, "program"));
    const char *script = dict_text(program, "script");
    g_string_append_printf(out, "  %s%s%s\n", dict_text(program, "path"),
                           *script != '\0' ? " " : "", script);
}

static void append_facts(GVariant *program, GString *out)
{
    g_autofree char *ran = text_span(dict_u64(program, "ran_usec"));
    g_autofree char *unused = text_span(dict_u64(program, "unused_usec"));
    g_autofree char *times = text_count(dict_u64(program, "launches_known"), "time");
    g_string_append_printf(out, "  launched %s (%" G_GUINT64_FORMAT " by users), ran for %s", times,
                           dict_u64(program, "user_launches"), ran);
    if (dict_bool(program, "running"))
        g_string_append(out, ", runs now\n");
    else
        g_string_append_printf(out, ", last %s ago\n", unused);
    const char *word = dict_text(program, "word");
    g_string_append_printf(out, "  pool: %s%s%s\n", dict_text(program, "pool"),
                           *word != '\0' ? ", by the word: " : "", word);
}

/* What was known of it before it ran here. */
static void append_source(GVariant *program, GString *out)
{
    const char *source = dict_text(program, "source");
    if (*source != '\0')
        g_string_append_printf(out, "  known before it ran, from: %s\n", source);
}

static void append_footprint(GVariant *program, GString *out)
{
    g_autofree char *wanted = text_bytes(dict_u64(program, "wanted_bytes"));
    uint64_t learnt = dict_u64(program, "learnt_launches");
    g_autofree char *launches = text_count(learnt, "launch");
    g_string_append_printf(out, "  footprint: %s", wanted);
    if (learnt == 0)
        g_string_append(out, " as mapped: no launch was learnt from yet\n");
    else
        g_string_append_printf(out, ", learnt from %s, %sconverged\n", launches,
                               dict_bool(program, "converged") ? "" : "not ");
    if (dict_u64(program, "launches") == 0)
        return;
    g_autofree char *hit = text_share(dict_double(program, "hit_ratio"), true);
    g_autofree char *ours = text_share(dict_double(program, "ours_ratio"), true);
    g_autofree char *measured = text_count(dict_u64(program, "launches"), "measured launch");
    g_string_append_printf(out, "  at %s: %s in memory, %s because read ahead\n", measured, hit,
                           ours);
}

void view_explain(const Paint *paint, GVariant *program, GString *out)
{
    append_head(paint, program, out);
    append_facts(program, out);
    append_source(program, out);
    append_footprint(program, out);
    if (!dict_bool(program, "running")) {
        g_autofree char *soon = text_share(dict_double(program, "within_cycle"), true);
        g_autofree char *later = text_share(dict_double(program, "within_ten_minutes"), true);
        g_string_append_printf(out, "  expected: %s within the next cycle, %s within ten minutes\n",
                               soon, later);
    }
    g_autoptr(GVariant) reasons = dict_sub(program, "reasons", "as");
    for (gsize i = 0; i < g_variant_n_children(reasons); i++) {
        g_autoptr(GVariant) reason = g_variant_get_child_value(reasons, i);
        g_string_append_printf(out, "  %s\n", g_variant_get_string(reason, NULL));
    }
}

/* The last block of a file is seldom a whole one. */
static uint64_t wanted_of(GVariant *file)
{
    uint64_t whole_bytes = dict_u64(file, "file_bytes");
    uint64_t wanted_bytes = dict_u64(file, "wanted_bytes");
    return whole_bytes > 0 ? MIN(wanted_bytes, whole_bytes) : wanted_bytes;
}

static gint by_size(gconstpointer a, gconstpointer b)
{
    uint64_t x = wanted_of(*(GVariant *const *)a);
    uint64_t y = wanted_of(*(GVariant *const *)b);
    return x > y ? -1 : x < y;
}

static void append_file(GVariant *file, GString *out)
{
    bool wanted = dict_bool(file, "wanted");
    g_autofree char *whole = text_bytes(dict_u64(file, "file_bytes"));
    g_autofree char *bytes = text_bytes(wanted_of(file));
    bool directory = dict_bool(file, "directory");
    text_column(out, !wanted ? "-" : directory ? "list" : bytes, 10, false);
    g_string_append(out, " of ");
    text_column(out, directory ? "-" : whole, 8, false);
    g_string_append_printf(out, "  %s%s\n", dict_text(file, "path"), directory ? "/" : "");
}

void view_show(const Paint *paint, GVariant *program, GString *out)
{
    append_head(paint, program, out);
    append_source(program, out);
    append_footprint(program, out);
    g_autoptr(GVariant) files = dict_sub(program, "files", "aa{sv}");
    g_autoptr(GPtrArray) sorted = g_ptr_array_new_with_free_func((GDestroyNotify)g_variant_unref);
    for (gsize i = 0; i < g_variant_n_children(files); i++)
        g_ptr_array_add(sorted, g_variant_get_child_value(files, i));
    g_ptr_array_sort(sorted, by_size);
    for (guint i = 0; i < sorted->len; i++)
        append_file(sorted->pdata[i], out);
}
