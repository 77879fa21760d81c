/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "ctl/dict.h"
#include "ctl/view.h"

#define LABEL_COLUMNS 16
#define BAR_COLUMNS 20

static void label(const Paint *paint, GString *out, const char *text)
{
    g_string_append(out, "  ");
    g_autoptr(GString) padded = g_string_new(NULL);
    text_column(padded, text, LABEL_COLUMNS, true);
    paint_append(paint, out, INK_DIM, padded->str);
}

static void append_head(const Paint *paint, GVariant *status, GString *out)
{
    g_autofree char *name = g_strconcat("preload ", dict_text(status, "version"), NULL);
    paint_append(paint, out, INK_BOLD, name);
    g_string_append(out, ": ");
    paint_append(paint, out, dict_bool(status, "paused") ? INK_POOR : INK_GOOD,
                 dict_text(status, "doing"));
    const char *stance = dict_text(status, "stance");
    if (*stance != '\0')
        g_string_append_printf(out, " (%s)", stance);
    if (dict_bool(status, "paused")) {
        g_autofree char *left = text_span(dict_u64(status, "pause_left_sec") * G_USEC_PER_SEC);
        g_string_append_printf(out, " (for %s)", left);
    }
    g_string_append_c(out, '\n');
}

static void append_learnt(const Paint *paint, GVariant *status, GString *out)
{
    g_autofree char *since = text_time(dict_i64(status, "started_unix_sec"));
    g_autofree char *up = text_span(dict_u64(status, "up_usec"));
    g_autofree char *observed = text_span(dict_u64(status, "observed_usec"));
    label(paint, out, "running");
    g_string_append_printf(out, "since %s (%s)\n", since, up);
    label(paint, out, "learnt");
    g_autofree char *programs = text_count(dict_u64(status, "programs"), "program");
    g_autofree char *files = text_count(dict_u64(status, "files"), "file");
    g_string_append_printf(out,
                           "%s, %u with a footprint, %u of these converged; %s; in %s of use\n",
                           programs, (unsigned)dict_u64(status, "learnt"),
                           (unsigned)dict_u64(status, "converged"), files, observed);
}

static void append_span(const Paint *paint, const char *name, GVariant *span, GString *out)
{
    uint64_t launches = dict_u64(span, "launches");
    bool known = dict_u64(span, "footprint_bytes") > 0;
    g_autofree char *hit = text_share(dict_double(span, "hit_ratio"), known);
    g_autofree char *ours = text_share(dict_double(span, "ours_ratio"), known);
    label(paint, out, name);
    if (launches == 0) {
        g_string_append(out, "no launch was measured\n");
        return;
    }
    if (paint->bars) {
        text_bar(out, dict_double(span, "hit_ratio"), BAR_COLUMNS);
        g_string_append_c(out, ' ');
    }
    g_autofree char *measured = text_count(launches, "launch");
    g_string_append_printf(out, "%s in memory at %s; %s because read ahead\n", hit, measured, ours);
}

static void append_read(const Paint *paint, const char *name, GVariant *span, GString *out)
{
    g_autofree char *read = text_bytes(dict_u64(span, "read_ahead_bytes"));
    g_autofree char *used = text_bytes(dict_u64(span, "ours_bytes"));
    g_autofree char *late = text_bytes(dict_u64(span, "late_bytes"));
    g_autofree char *wasted = text_bytes(dict_u64(span, "wasted_bytes"));
    label(paint, out, name);
    g_string_append_printf(out, "%s ahead, %s used, %s in vain; %s at launches\n", read, used,
                           wasted, late);
}

static void append_saved(const Paint *paint, GVariant *status, GVariant *today, GVariant *week,
                         GString *out)
{
    label(paint, out, "saved");
    uint64_t speed = dict_u64(status, "speed_bytes_per_sec_estimate");
    if (speed == 0) {
        g_string_append(out, "not known: too little was read to tell the disk's speed\n");
        return;
    }
    g_autofree char *today_span = text_span(dict_u64(today, "saved_usec_estimate"));
    g_autofree char *week_span = text_span(dict_u64(week, "saved_usec_estimate"));
    g_autofree char *rate = text_bytes(speed);
    g_string_append_printf(out,
                           "about %s today, %s this week (an estimate: what was used, at %s/s)\n",
                           today_span, week_span, rate);
}

static void append_memory(const Paint *paint, GVariant *status, GString *out)
{
    g_autofree char *held = text_bytes(dict_u64(status, "held_bytes"));
    g_autofree char *budget = text_bytes(dict_u64(status, "budget_bytes"));
    label(paint, out, "memory");
    g_string_append_printf(out, "%s read ahead wait for their launch; %s more may be read now\n",
                           held, budget);
}

static void append_pinned(const Paint *paint, GVariant *status, GString *out)
{
    unsigned n = (unsigned)dict_u64(status, "pins");
    unsigned n_locked = (unsigned)dict_u64(status, "pins_locked");
    g_autofree char *locked = text_bytes(dict_u64(status, "pinned_bytes"));
    g_autofree char *limit = text_bytes(dict_u64(status, "pin_limit_bytes"));
    g_autofree char *files = text_count(n, "file");
    label(paint, out, "pinned");
    if (n == 0)
        g_string_append(out, "nothing");
    else if (n_locked == n)
        g_string_append_printf(out, "%s, %s", files, locked);
    else
        g_string_append_printf(out, "%u of %u files, %s", n_locked, n, locked);
    g_string_append_printf(out, "; at most %s may be\n", limit);
}

static void append_warming(const Paint *paint, GVariant *status, GString *out)
{
    unsigned n = (unsigned)dict_u64(status, "warm_orders");
    if (n == 0)
        return;
    g_autofree char *left = text_bytes(dict_u64(status, "warm_left_bytes"));
    label(paint, out, "warming");
    g_autofree char *orders = text_count(n, "order");
    g_string_append_printf(out, "%s, at most %s to be read\n", orders, left);
}

static void append_level(const Paint *paint, GVariant *status, GString *out)
{
    const char *level = dict_text(status, "level");
    bool well = g_str_equal(level, "ok");
    label(paint, out, "lacks");
    paint_append(paint, out, well ? INK_GOOD : INK_POOR, well ? "nothing" : level);
    g_string_append(out, well ? "\n" : ": see preloadctl health\n");
}

void view_status(const Paint *paint, GVariant *status, GString *out)
{
    g_autoptr(GVariant) today = dict_sub(status, "today", "a{sv}");
    g_autoptr(GVariant) week = dict_sub(status, "week", "a{sv}");
    append_head(paint, status, out);
    append_learnt(paint, status, out);
    append_span(paint, "today", today, out);
    append_span(paint, "this week", week, out);
    append_read(paint, "read today", today, out);
    append_read(paint, "read this week", week, out);
    append_saved(paint, status, today, week, out);
    append_memory(paint, status, out);
    append_pinned(paint, status, out);
    append_warming(paint, status, out);
    append_level(paint, status, out);
}
