/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "ctl/view-file.h"
#include "ctl/dict.h"
#include <string.h>

#define NAME_COLUMNS 34
#define BAR_COLUMNS 20
/* Of a terminal that shows bars; a line of text has room for this many besides. */
#define MAP_MARGIN 4
/* A file's bar for segments beyond these says nothing to people; --json has them all. */
#define ROWS_MAX 64

static void append_line(GString *out, const char *name, const char *value)
{
    g_string_append(out, "  ");
    text_column(out, name, 16, true);
    g_string_append_printf(out, "%s\n", value);
}

static void append_title(const Paint *paint, GVariant *file, GString *out)
{
    g_autofree char *size = text_bytes(dict_u64(file, "size_bytes"));
    paint_append(paint, out, INK_BOLD, dict_text(file, "file"));
    g_string_append_printf(out, "  %s\n", size);
}

static void append_facts(GVariant *file, GString *out)
{
    GVariantIter iter;
    const char *name = NULL;
    const char *value = NULL;
    g_autoptr(GVariant) facts = dict_sub(file, "facts", "a{ss}");
    g_variant_iter_init(&iter, facts);
    while (g_variant_iter_next(&iter, "{&s&s}", &name, &value))
        append_line(out, name, value);
}

static void append_names(GVariant *file, GString *out)
{
    g_autoptr(GVariant) names = dict_sub(file, "companions", "as");
    for (gsize i = 0; i < g_variant_n_children(names); i++) {
        g_autoptr(GVariant) name = g_variant_get_child_value(names, i);
        append_line(out, i == 0 ? "with" : "", g_variant_get_string(name, NULL));
    }
}

static void append_more(gsize n, GString *out)
{
    if (n > ROWS_MAX)
        g_string_append_printf(out, "  and %u more: see --json\n", (unsigned)(n - ROWS_MAX));
}

static void append_segment(GVariant *segment, GString *out)
{
    g_autofree char *size = text_bytes(dict_u64(segment, "length_bytes"));
    g_autofree char *priority = g_strdup_printf("%u", (unsigned)dict_u64(segment, "priority"));
    g_string_append(out, "  ");
    text_column(out, dict_text(segment, "name"), NAME_COLUMNS, true);
    text_column(out, size, 10, false);
    text_column(out, priority, 10, false);
    g_string_append_printf(out, "  0x%-12" G_GINT64_MODIFIER "x%s\n",
                           dict_u64(segment, "offset_bytes"), dict_text(segment, "kind"));
}

void view_analysis(const Paint *paint, GVariant *file, GString *out)
{
    g_autoptr(GVariant) segments = dict_sub(file, "segments", "aa{sv}");
    gsize n = g_variant_n_children(segments);
    append_title(paint, file, out);
    append_line(out, "format", dict_text(file, "summary"));
    append_facts(file, out);
    append_names(file, out);
    if (dict_bool(file, "clipped"))
        append_line(out, "damaged", "some of it lies outside the file, or is too much to believe");
    if (n > 0)
        paint_append(
            paint, out, INK_DIM,
            "  SEGMENT                                 SIZE  PRIORITY  OFFSET        KIND\n");
    for (gsize i = 0; i < MIN(n, ROWS_MAX); i++) {
        g_autoptr(GVariant) segment = g_variant_get_child_value(segments, i);
        append_segment(segment, out);
    }
    append_more(n, out);
}

static double ratio_of(uint64_t part, uint64_t whole)
{
    return whole > 0 ? (double)part / (double)whole : 1;
}

/* Full is said of what is wholly so. */
static char *share_of(uint64_t part, uint64_t whole)
{
    double ratio = ratio_of(part, whole);
    if (part < whole && ratio >= 0.995)
        return g_strdup("> 99 %");
    return text_share(ratio, true);
}

/* Of each of so many equal parts of the file how much is in memory, in eight steps. */
static void append_map(GVariant *file, int columns, GString *out)
{
    static const char *const steps[] = {"░", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    const double size_bytes = (double)dict_u64(file, "size_bytes");
    g_autofree double *shares = g_new0(double, (gsize)columns);
    g_autoptr(GVariant) runs = dict_sub(file, "runs", "a(tt)");
    for (gsize i = 0; i < g_variant_n_children(runs); i++) {
        guint64 offset_bytes = 0;
        guint64 length_bytes = 0;
        g_variant_get_child(runs, i, "(tt)", &offset_bytes, &length_bytes);
        double first = (double)offset_bytes / size_bytes * columns;
        double end = MIN((double)(offset_bytes + length_bytes) / size_bytes * columns, columns);
        for (int cell = (int)first; cell < end; cell++)
            shares[cell] += MIN(end, cell + 1) - MAX(first, cell);
    }
    g_string_append(out, "  ");
    for (int cell = 0; cell < columns; cell++) {
        /* Full and empty are said of what is wholly so. */
        int step = shares[cell] <= 0          ? 0
                   : shares[cell] >= 1 - 1e-9 ? 8
                                              : 1 + (int)(shares[cell] * 7);
        g_string_append(out, steps[CLAMP(step, 0, 8)]);
    }
    g_string_append_c(out, '\n');
}

static void append_share(const Paint *paint, GVariant *segment, GString *out)
{
    uint64_t length_bytes = dict_u64(segment, "length_bytes");
    uint64_t resident_bytes = dict_u64(segment, "resident_bytes");
    double ratio = ratio_of(resident_bytes, length_bytes);
    g_autofree char *share = share_of(resident_bytes, length_bytes);
    g_autofree char *size = text_bytes(length_bytes);
    g_string_append(out, "  ");
    text_column(out, dict_text(segment, "name"), NAME_COLUMNS, true);
    if (paint->bars)
        text_bar(out, ratio, BAR_COLUMNS);
    text_column(out, share, 7, false);
    g_string_append_printf(out, " of %s\n", size);
}

void view_residency(const Paint *paint, GVariant *file, GString *out)
{
    append_title(paint, file, out);
    if (!dict_bool(file, "told")) {
        g_string_append(out, "  the kernel does not tell: it is another user's file\n");
        return;
    }
    uint64_t size_bytes = dict_u64(file, "size_bytes");
    g_autofree char *resident = text_bytes(dict_u64(file, "resident_bytes"));
    g_autofree char *share = share_of(dict_u64(file, "resident_bytes"), size_bytes);
    if (paint->bars && size_bytes > 0)
        append_map(file, paint->columns - MAP_MARGIN, out);
    g_string_append_printf(out, "  %s in memory (%s)\n", share, resident);
    g_autoptr(GVariant) segments = dict_sub(file, "segments", "aa{sv}");
    gsize n = g_variant_n_children(segments);
    for (gsize i = 0; i < MIN(n, ROWS_MAX); i++) {
        g_autoptr(GVariant) segment = g_variant_get_child_value(segments, i);
        append_share(paint, segment, out);
    }
    append_more(n, out);
}
