/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "ctl/dict.h"
#include "ctl/view.h"

/* A column of the width, right-aligned; takes the text. */
static void put(GString *out, char *text, int columns)
{
    text_column(out, text, columns, false);
    g_free(text);
}

/* What is left of a line beside columns of that width in all. */
static int left_of(const Paint *paint, int columns)
{
    return MAX(paint->columns - columns, 12);
}

static void append_numbers(GVariant *row, GString *out)
{
    bool known = dict_u64(row, "footprint_bytes") > 0;
    put(out, g_strdup_printf("%" G_GUINT64_FORMAT, dict_u64(row, "launches")), 9);
    put(out, text_share(dict_double(row, "hit_ratio"), known), 10);
    put(out, text_share(dict_double(row, "ours_ratio"), known), 11);
    put(out, text_bytes(dict_u64(row, "ours_bytes")), 10);
    put(out, text_bytes(dict_u64(row, "wasted_bytes")), 10);
    uint64_t saved_usec = dict_u64(row, "saved_usec_estimate");
    put(out, saved_usec > 0 ? text_span(saved_usec) : g_strdup("-"), 12);
    g_string_append_c(out, '\n');
}

static int name_columns(const Paint *paint, StatsBy by)
{
    return by == STATS_BY_DAY ? 11 : MIN(left_of(paint, 63), 40);
}

static void append_row(const Paint *paint, GVariant *row, StatsBy by, GString *out)
{
    int columns = name_columns(paint, by);
    g_autofree char *day = by == STATS_BY_DAY ? text_day(dict_i64(row, "day")) : NULL;
    const char *name = by == STATS_BY_DAY   ? day
                       : by == STATS_BY_EXE ? dict_text(row, "program")
                                            : "in all";
    text_column(out, name, columns, true);
    append_numbers(row, out);
}

void view_stats(const Paint *paint, GVariant *rows, StatsBy by, uint32_t count, GString *out)
{
    int columns = name_columns(paint, by);
    g_autoptr(GString) head = g_string_new(NULL);
    text_column(head,
                by == STATS_BY_DAY   ? "day"
                : by == STATS_BY_EXE ? "program"
                                     : "",
                columns, true);
    g_string_append(head, " launches in memory by preload      used   in vain saved(est.)");
    paint_append(paint, out, INK_DIM, head->str);
    g_string_append_c(out, '\n');
    gsize n = g_variant_n_children(rows);
    gsize shown = by == STATS_BY_EXE ? MIN(n, count) : n;
    for (gsize i = 0; i < shown; i++) {
        g_autoptr(GVariant) row = g_variant_get_child_value(rows, i);
        append_row(paint, row, by, out);
    }
    if (n == 0)
        g_string_append(out, "nothing was measured yet\n");
    if (shown < n)
        g_string_append_printf(out, "and %u more\n", (unsigned)(n - shown));
}

void view_predict(const Paint *paint, GVariant *rows, GString *out)
{
    gsize n = g_variant_n_children(rows);
    if (n == 0)
        g_string_append(out,
                        "no guess yet: no launch was seen that could be followed by another\n");
    else
        paint_append(paint, out, INK_DIM, "   next  in 10 min     needs  program\n");
    for (gsize i = 0; i < n; i++) {
        g_autoptr(GVariant) row = g_variant_get_child_value(rows, i);
        put(out, text_share(dict_double(row, "chance"), true), 7);
        put(out, text_share(dict_double(row, "within_ten_minutes"), true), 11);
        put(out, text_bytes(dict_u64(row, "wanted_bytes")), 10);
        g_string_append(out, "  ");
        paint_append(paint, out, INK_BOLD, dict_text(row, "program"));
        g_string_append_printf(out, ": %s\n", dict_text(row, "habit"));
    }
}
