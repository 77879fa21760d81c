/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "ctl/dict.h"
#include "ctl/view.h"
#include <string.h>

static const char *explain(const char *state)
{
    static const struct {
        const char *state;
        const char *text;
    } texts[] = {
        {"missing", "there is no such file"},
        {"refused", "a link, or not a file on a disk of this machine"},
        {"empty", "the file is empty"},
        {"changed", "it is being changed"},
        {"waiting", "memory is short"},
        {"limit", "over the limit: see pinlimit, and LimitMEMLOCK= of the service"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
        if (strcmp(texts[i].state, state) == 0)
            return texts[i].text;
    return state;
}

static void append_pin(const Paint *paint, GVariant *row, GString *out)
{
    bool locked = strcmp(dict_text(row, "state"), "locked") == 0;
    g_autofree char *bytes = text_bytes(dict_u64(row, "bytes"));
    text_column(out, bytes, 10, false);
    g_string_append(out, "  ");
    text_column(out, dict_text(row, "origin"), 8, true);
    g_string_append(out, dict_text(row, "file"));
    if (!locked) {
        g_string_append(out, ": ");
        paint_append(paint, out, INK_POOR, explain(dict_text(row, "state")));
    }
    g_string_append_c(out, '\n');
}

void view_pins(const Paint *paint, GVariant *rows, GString *out)
{
    uint64_t locked_bytes = 0;
    guint n_locked = 0;
    gsize n = g_variant_n_children(rows);
    if (n == 0) {
        g_string_append(out, "nothing is pinned\n");
        return;
    }
    paint_append(paint, out, INK_DIM, "      size  from    file\n");
    for (gsize i = 0; i < n; i++) {
        g_autoptr(GVariant) row = g_variant_get_child_value(rows, i);
        locked_bytes += dict_u64(row, "locked_bytes");
        n_locked += strcmp(dict_text(row, "state"), "locked") == 0;
        append_pin(paint, row, out);
    }
    g_autofree char *bytes = text_bytes(locked_bytes);
    g_autofree char *files = text_count(n, "file");
    g_string_append_printf(out, "%u of %s, %s, locked in memory\n", n_locked, files, bytes);
}
