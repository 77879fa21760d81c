/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "ctl/dict.h"
#include "ctl/view.h"

int view_health_level(GVariant *item)
{
    const char *level = dict_text(item, "level");
    return g_str_equal(level, "ok") ? 0 : g_str_equal(level, "degraded") ? 1 : 2;
}

int view_health_status(GVariant *items)
{
    int worst = 0;
    for (gsize i = 0; i < g_variant_n_children(items); i++) {
        g_autoptr(GVariant) item = g_variant_get_child_value(items, i);
        worst = MAX(worst, view_health_level(item));
    }
    return worst;
}

void view_health(const Paint *paint, GVariant *items, GString *out)
{
    static const Ink inks[] = {INK_GOOD, INK_POOR, INK_BAD};
    for (gsize i = 0; i < g_variant_n_children(items); i++) {
        g_autoptr(GVariant) item = g_variant_get_child_value(items, i);
        g_autoptr(GString) level = g_string_new(NULL);
        text_column(level, dict_text(item, "level"), 9, true);
        paint_append(paint, out, inks[view_health_level(item)], level->str);
        g_string_append_printf(out, " %s\n", dict_text(item, "what"));
        if (view_health_level(item) == 0)
            continue;
        g_string_append_printf(out, "            costs: %s\n", dict_text(item, "cost"));
        g_string_append_printf(out, "            to do: %s\n", dict_text(item, "remedy"));
    }
}
