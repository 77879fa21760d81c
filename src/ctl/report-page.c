/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "ctl/report-page.h"
#include "ctl/dict.h"
#include "ctl/report-lists.h"
#include "ctl/report-plot.h"
#include "ctl/text.h"

/* Colours are told apart by lightness, too, for who does not see them, and in print. */
static const char page_head[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" "
    "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<meta name=\"color-scheme\" content=\"light dark\">\n"
    "<meta name=\"referrer\" content=\"no-referrer\">\n"
    "<title>preload: report</title>\n<style>\n"
    ":root { color-scheme: light dark; --page: #f5f6f8; --card: #ffffff; --ink: #1c2330;\n"
    "  --dim: #5b6577; --line: #dde1e8; --ours: #1f66c7; --anyway: #a9c4ea; --other: #8a94a6;\n"
    "  --vain: #d2701a; --bad: #b3261e; }\n"
    "@media (prefers-color-scheme: dark) { :root { --page: #12151b; --card: #1b2029;\n"
    "  --ink: #e6e9ef; --dim: #9aa5b8; --line: #323a48; --ours: #64a5f6; --anyway: #34568a;\n"
    "  --other: #7c879b; --vain: #f0994a; --bad: #f2a29b; } }\n"
    "* { box-sizing: border-box; }\n"
    "body { margin: 0 auto; max-width: 64rem; padding: 1.25rem 1rem 2rem; background: "
    "var(--page);\n"
    "  color: var(--ink); font: 1rem/1.45 system-ui, sans-serif; }\n"
    "h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.05rem; margin: 0 0 .25rem; }\n"
    "p { margin: 0 0 .75rem; } .dim, .note { color: var(--dim); } .note { font-size: .875rem; }\n"
    "section { background: var(--card); border: 1px solid var(--line); border-radius: .6rem;\n"
    "  padding: 1rem; margin-top: 1rem; }\n"
    ".tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(10rem, 1fr));\n"
    "  gap: 1rem; margin-top: 1rem; }\n"
    ".tiles > div { background: var(--card); border: 1px solid var(--line); border-radius: .6rem;\n"
    "  padding: .75rem 1rem; } .tiles b { display: block; font-size: 1.6rem; line-height: 1.3;\n"
    "  font-weight: 650; white-space: nowrap; } .tiles span { display: block; font-size: .875rem;\n"
    "  color: var(--dim); }\n"
    ".two { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 28rem), "
    "1fr));\n"
    "  gap: 0 1rem; } .two > * { min-width: 0; }\n"
    ".plot { display: flex; gap: .5rem; padding-top: .5rem; }\n"
    ".plot svg { flex: 1; min-width: 0; overflow: visible; }\n"
    ".axis { display: flex; flex-direction: column; justify-content: space-between;\n"
    "  height: 160px; font-size: .75rem; line-height: 0; color: var(--dim); text-align: right;\n"
    "  min-width: 3.2rem; white-space: nowrap; }\n"
    "svg text { fill: var(--dim); font-size: .75rem; text-anchor: middle; }\n"
    ".grid { stroke: var(--line); } .day { fill: transparent; }\n"
    "g:hover .day { fill: var(--line); opacity: .5; }\n"
    ".ours { fill: var(--ours); } .anyway { fill: var(--anyway); } .other { fill: var(--other); }\n"
    ".vain { fill: var(--vain); } circle { fill-opacity: .65; }\n"
    ".legend { display: flex; flex-wrap: wrap; gap: .2rem 1rem; font-size: .875rem;\n"
    "  color: var(--dim); margin: .25rem 0; } .legend span { white-space: nowrap; }\n"
    ".key { width: .75rem; height: .75rem; margin-right: .35rem; vertical-align: -.05rem; }\n"
    ".key rect { width: 100%; } .key rect, .bar rect { height: 100%; }\n"
    ".row { display: grid; grid-template-columns: 11rem 1fr 6.5rem; gap: .75rem;\n"
    "  align-items: center; padding: .15rem 0; } .row > :last-child { text-align: right; }\n"
    ".row.wide { grid-template-columns: 11rem 1fr; } .row.wide > :last-child { text-align: left; "
    "}\n"
    ".name { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }\n"
    ".bar { display: block; width: 100%; height: .75rem; }\n"
    ".lane { display: block; width: 100%; height: 16px; overflow: visible; }\n"
    "table { border-collapse: collapse; width: 100%; font-size: .875rem; }\n"
    "th, td { text-align: right; padding: .25rem .5rem; border-bottom: 1px solid var(--line);\n"
    "  white-space: nowrap; font-variant-numeric: tabular-nums; }\n"
    "th { color: var(--dim); font-weight: 500; }\n"
    "th:first-child, td:first-child { text-align: left; padding-left: 0; max-width: 16rem;\n"
    "  overflow: hidden; text-overflow: ellipsis; }\n"
    ".scroll { overflow-x: auto; } .level { color: var(--bad); font-weight: 600; }\n"
    "ul { margin: 0; padding-left: 1.1rem; } footer { margin-top: 1.25rem; }\n"
    "@media (max-width: 34rem) { .row, .row.wide { grid-template-columns: 1fr auto; gap: .1rem "
    ".5rem; }\n"
    "  .row > :nth-child(2) { grid-column: 1 / -1; grid-row: 2; }\n"
    "  .tiles { grid-template-columns: 1fr 1fr; gap: .6rem; } .tiles b { font-size: 1.35rem; }\n"
    "  th, td { padding: .25rem .4rem; } section { padding: .8rem; } }\n"
    "@media print { body { max-width: none; } section { break-inside: avoid; } }\n"
    "</style>\n</head>\n<body>\n";

static const char page_foot[] =
    "<footer class=\"note\">Saved time is an estimate, never a measurement: what was in memory at "
    "a "
    "launch because it was read ahead, by the speed at which the disk gave it. The page is "
    "complete "
    "in itself and asks nobody for anything. It tells which programs run on this machine: think "
    "before you pass it on.</footer>\n</body>\n</html>\n";

static char *text_of_share(double share)
{
    return text_share(share, true);
}

static char *text_of_bytes(double bytes)
{
    return text_bytes(bytes > 0 ? (uint64_t)MIN(bytes, 0x1p63) : 0);
}

static void append_header(GVariant *status, int64_t now_unix_sec, GString *out)
{
    g_autofree char *made = text_time(now_unix_sec);
    g_autofree char *since = text_time(dict_i64(status, "started_unix_sec"));
    g_autofree char *observed = text_span(dict_u64(status, "observed_usec"));
    g_autofree char *programs = text_count(dict_u64(status, "programs"), "program");
    g_string_append(out, "<header><h1>preload ");
    plot_text(out, dict_text(status, "version"));
    g_string_append(out, "</h1>\n<p class=\"dim\">");
    plot_text(out, dict_text(status, "doing"));
    g_string_append_printf(out,
                           ". Running since %s; %s known, %u with a footprint, in %s of use. "
                           "As of %s.</p></header>\n",
                           since, programs, (unsigned)dict_u64(status, "learnt"), observed, made);
}

/* Takes `value` and `more`. */
static void append_tile(const char *name, char *value, char *more, GString *out)
{
    g_string_append_printf(out, "<div><span>%s</span><b>", name);
    plot_text(out, value);
    g_string_append(out, "</b><span>");
    plot_text(out, more);
    g_string_append(out, "</span></div>\n");
    g_free(value);
    g_free(more);
}

static void append_tiles(GVariant *status, GString *out)
{
    g_autoptr(GVariant) week = dict_sub(status, "week", "a{sv}");
    bool known = dict_u64(week, "footprint_bytes") > 0;
    bool timed = dict_u64(status, "speed_bytes_per_sec_estimate") > 0;
    uint64_t launches = dict_u64(week, "launches");
    g_autofree char *used = text_bytes(dict_u64(week, "ours_bytes"));
    g_autofree char *wasted = text_bytes(dict_u64(week, "wasted_bytes"));
    g_autofree char *saved = text_span(dict_u64(week, "saved_usec_estimate"));
    g_autofree char *speed = text_bytes(dict_u64(status, "speed_bytes_per_sec_estimate"));
    g_string_append(out, "<div class=\"tiles\">\n");
    append_tile("Found in memory", text_share(dict_double(week, "hit_ratio"), known),
                g_strdup_printf("at %" G_GUINT64_FORMAT " launches in 7 days", launches), out);
    append_tile("Because read ahead", text_share(dict_double(week, "ours_ratio"), known),
                g_strdup("of what these needed"), out);
    append_tile("Time saved, estimate",
                timed ? g_strdup_printf("≈ %s", saved) : g_strdup("not known"),
                timed ? g_strdup_printf("in 7 days, at %s/s", speed)
                      : g_strdup("too little was read to tell the speed"),
                out);
    append_tile("Read ahead", text_bytes(dict_u64(week, "read_ahead_bytes")),
                g_strdup_printf("in 7 days; %s used, %s in vain", used, wasted), out);
    g_string_append(out, "</div>\n");
}

static GArray *take_days(GVariant *rows, bool bytes, double *ret_max)
{
    GArray *days = g_array_new(FALSE, TRUE, sizeof(PlotDay));
    gsize n = g_variant_n_children(rows);
    *ret_max = 0;
    for (gsize i = 0; i < n; i++) {
        g_autoptr(GVariant) row = g_variant_get_child_value(rows, i);
        double hit = dict_double(row, "hit_ratio");
        double ours = dict_double(row, "ours_ratio");
        PlotDay day = {.day = dict_i64(row, "day"), .values = {ours, hit - ours}};
        if (bytes) {
            day.values[0] = (double)dict_u64(row, "read_ahead_bytes");
            day.values[1] = (double)dict_u64(row, "ours_bytes");
            day.values[2] = (double)dict_u64(row, "wasted_bytes");
        }
        for (gsize part = 0; part < PLOT_PARTS_MAX; part++)
            *ret_max = MAX(*ret_max, day.values[part]);
        g_array_append_val(days, day);
    }
    return days;
}

static void append_hits(GVariant *rows, GString *out)
{
    const Plot plot = {
        .label = "share of what launches needed that was in memory, by day",
        .parts = {{"because read ahead", "ours"}, {"in memory anyway", "anyway"}},
        .n_parts = 2,
        .stacked = true,
        .top = 1,
        .text_of = text_of_share,
    };
    double max = 0;
    g_autoptr(GArray) days = take_days(rows, false, &max);
    g_string_append(out, "<section><h2>Found in memory at launches</h2>\n"
                         "<p class=\"note\">Of all that the launches of a day needed.</p>\n");
    if (days->len == 0)
        g_string_append(out, "<p>No launch was measured yet.</p>\n");
    plot_days(&plot, (const PlotDay *)(const void *)days->data, days->len, out);
    g_string_append(out, "</section>\n");
}

/* What is in memory because somebody said so. */
static void append_wanted(GVariant *status, GString *out)
{
    unsigned n_pins = (unsigned)dict_u64(status, "pins");
    unsigned n_orders = (unsigned)dict_u64(status, "warm_orders");
    g_autofree char *locked = text_bytes(dict_u64(status, "pinned_bytes"));
    g_autofree char *limit = text_bytes(dict_u64(status, "pin_limit_bytes"));
    g_autofree char *left = text_bytes(dict_u64(status, "warm_left_bytes"));
    g_autofree char *files = text_count(n_pins, "file");
    g_autofree char *orders = text_count(n_orders, "order");
    if (n_pins > 0)
        g_string_append_printf(out, " Pinned: %u of %s, %s locked in memory, at most %s may be.",
                               (unsigned)dict_u64(status, "pins_locked"), files, locked, limit);
    if (n_orders > 0)
        g_string_append_printf(out, " Being warmed: %s, at most %s to be read.", orders, left);
}

static void append_memory(GVariant *status, GVariant *rows, GString *out)
{
    Plot plot = {
        .label = "bytes read ahead, used and read in vain, by day",
        .parts = {{"read ahead", "other"}, {"used", "ours"}, {"in vain", "vain"}},
        .n_parts = 3,
        .text_of = text_of_bytes,
    };
    double max = 0;
    g_autoptr(GArray) days = take_days(rows, true, &max);
    g_autofree char *held = text_bytes(dict_u64(status, "held_bytes"));
    plot.top = plot_top_bytes(max);
    g_string_append_printf(out,
                           "<section><h2>Memory</h2>\n<p class=\"note\">Now %s wait for their "
                           "launch. In vain: gone before anybody needed it.",
                           held);
    append_wanted(status, out);
    g_string_append(out, "</p>\n");
    if (days->len == 0)
        g_string_append(out, "<p>Nothing was read ahead yet.</p>\n");
    plot_days(&plot, (const PlotDay *)(const void *)days->data, days->len, out);
    g_string_append(out, "</section>\n");
}

static void append_item(GVariant *item, GString *out)
{
    g_string_append(out, "<li><span class=\"level\">");
    plot_text(out, dict_text(item, "level"));
    g_string_append(out, "</span>: ");
    plot_text(out, dict_text(item, "what"));
    g_string_append(out, ". It costs: ");
    plot_text(out, dict_text(item, "cost"));
    g_string_append(out, ". To do: ");
    plot_text(out, dict_text(item, "remedy"));
    g_string_append(out, "</li>\n");
}

static void append_health(GVariant *items, GString *out)
{
    bool any = false;
    gsize n = g_variant_n_children(items);
    g_string_append(out, "<section><h2>What it lacks</h2>\n<ul>\n");
    for (gsize i = 0; i < n; i++) {
        g_autoptr(GVariant) item = g_variant_get_child_value(items, i);
        if (g_str_equal(dict_text(item, "level"), "ok"))
            continue;
        any = true;
        append_item(item, out);
    }
    g_string_append(out, any ? "</ul></section>\n" : "<li>Nothing.</li>\n</ul></section>\n");
}

void report_page(const ReportAnswers *answers, int64_t now_unix_sec, GString *out)
{
    g_string_append(out, page_head);
    append_header(answers->status, now_unix_sec, out);
    append_tiles(answers->status, out);
    g_string_append(out, "<div class=\"two\">\n");
    append_hits(answers->days, out);
    append_memory(answers->status, answers->days, out);
    g_string_append(out, "</div>\n");
    report_programs(answers->programs, out);
    report_launches(answers->launches, out);
    append_health(answers->health, out);
    g_string_append(out, page_foot);
}
