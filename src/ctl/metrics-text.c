/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "ctl/metrics-text.h"
#include "ctl/dict.h"
#include "ctl/view.h"

static void head(GString *out, const char *name, const char *type, const char *help)
{
    g_string_append_printf(out, "# TYPE preload_%s %s\n# HELP preload_%s %s\n", name, type, name,
                           help);
}

static void gauge(GString *out, const char *name, const char *help, uint64_t value)
{
    head(out, name, "gauge", help);
    g_string_append_printf(out, "preload_%s %" G_GUINT64_FORMAT "\n", name, value);
}

static void seconds(GString *out, const char *name, const char *help, uint64_t usec)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    head(out, name, "gauge", help);
    g_ascii_formatd(text, sizeof text, "%.6f", (double)usec / G_USEC_PER_SEC);
    g_string_append_printf(out, "preload_%s %s\n", name, text);
}

static void counter(GString *out, const char *name, const char *help, uint64_t value)
{
    head(out, name, "counter", help);
    g_string_append_printf(out, "preload_%s_total %" G_GUINT64_FORMAT "\n", name, value);
}

static void append_status(GVariant *status, GString *out)
{
    gauge(out, "paused", "Whether reading ahead is paused.", dict_bool(status, "paused"));
    gauge(out, "programs", "Programs known.", dict_u64(status, "programs"));
    gauge(out, "programs_learnt", "Programs with a footprint.", dict_u64(status, "learnt"));
    gauge(out, "files", "Files known.", dict_u64(status, "files"));
    gauge(out, "held_bytes", "Read ahead and not needed yet.", dict_u64(status, "held_bytes"));
    gauge(out, "budget_bytes", "May be read ahead now.", dict_u64(status, "budget_bytes"));
    gauge(out, "pins", "Files that are to stay in memory.", dict_u64(status, "pins"));
    gauge(out, "pins_locked", "Of these, locked in memory.", dict_u64(status, "pins_locked"));
    gauge(out, "pinned_bytes", "Locked in memory.", dict_u64(status, "pinned_bytes"));
    gauge(out, "pin_limit_bytes", "May be locked.", dict_u64(status, "pin_limit_bytes"));
    gauge(out, "warm_orders", "Orders to warm files that are not at their end.",
          dict_u64(status, "warm_orders"));
    gauge(out, "warm_left_bytes", "Of these, to be read at most.",
          dict_u64(status, "warm_left_bytes"));
    seconds(out, "uptime_seconds", "Time since the daemon started.", dict_u64(status, "up_usec"));
}

static void append_totals(GVariant *totals, GString *out)
{
    g_autoptr(GVariant) row = g_variant_get_child_value(totals, 0);
    counter(out, "launches", "Launches measured.", dict_u64(row, "launches"));
    counter(out, "launch_wanted_bytes", "What these launches needed.",
            dict_u64(row, "footprint_bytes"));
    counter(out, "launch_resident_bytes", "Of that, in memory at the start.",
            dict_u64(row, "resident_bytes"));
    counter(out, "launch_ours_bytes", "Of that, because it was read ahead.",
            dict_u64(row, "ours_bytes"));
    counter(out, "launch_late_bytes", "Not in memory, and read by preload after the start.",
            dict_u64(row, "late_bytes"));
    counter(out, "wasted_bytes", "Read ahead, and gone before it was needed.",
            dict_u64(row, "wasted_bytes"));
    seconds(out, "saved_seconds_estimate", "Estimate, not measured: ours by the speed of the disk.",
            dict_u64(row, "saved_usec_estimate"));
}

static void append_health(GVariant *items, GString *out)
{
    head(out, "health", "gauge", "0 ok, 1 degraded, 2 broken.");
    for (gsize i = 0; i < g_variant_n_children(items); i++) {
        g_autoptr(GVariant) item = g_variant_get_child_value(items, i);
        g_autofree char *name = g_strescape(dict_text(item, "name"), NULL);
        g_string_append_printf(out, "preload_health{item=\"%s\"} %d\n", name,
                               view_health_level(item));
    }
}

void metrics_text(GVariant *status, GVariant *totals, GVariant *items, GString *out)
{
    gauge(out, "up", "Whether the daemon answers.", status != NULL);
    if (status != NULL) {
        head(out, "build", "info", "The daemon.");
        g_autofree char *version = g_strescape(dict_text(status, "version"), NULL);
        g_string_append_printf(out, "preload_build_info{version=\"%s\"} 1\n", version);
        append_status(status, out);
        append_totals(totals, out);
        append_health(items, out);
    }
    g_string_append(out, "# EOF\n");
}
