/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "ctl/report-plot.h"
#include "ctl/text.h"
#include <string.h>

#define HEIGHT_PX 160
#define LABELS_PX 24
#define LANE_PX 16
/* Fewer days look like a wall. */
#define DAYS_MIN 7
/* Labels of days have that much room on a telephone. */
#define LABELS_MAX 6
/* What bars leave between two days. */
#define DAY_FILL 0.72

/* SVG has points for decimals in all languages. */
static void number(GString *out, double value, double max)
{
    char buffer[G_ASCII_DTOSTR_BUF_SIZE];
    double bounded = value > 0 ? MIN(value, max) : 0; /* 0 for what is not a number, too */
    g_string_append(out, g_ascii_formatd(buffer, sizeof(buffer), "%.2f", bounded));
}

static void percent(GString *out, const char *name, double share)
{
    g_string_append_printf(out, " %s=\"", name);
    number(out, 100 * share, 100);
    g_string_append(out, "%\"");
}

static void pixels(GString *out, const char *name, double value)
{
    g_string_append_printf(out, " %s=\"", name);
    number(out, value, HEIGHT_PX);
    g_string_append(out, "\"");
}

void plot_text(GString *out, const char *text)
{
    g_autofree char *escaped = g_markup_escape_text(text, -1);
    g_string_append(out, escaped);
}

double plot_top_bytes(double bytes)
{
    double top = 1024;
    while (top < bytes && top < 0x1p62)
        top *= 2;
    return bytes <= top * 0.75 && top > 1024 ? top * 0.75 : top;
}

static double share_of(const Plot *plot, double value)
{
    double share = plot->top > 0 ? value / plot->top : 0;
    return share > 0 ? MIN(share, 1) : 0;
}

static void append_axis(const Plot *plot, GString *out)
{
    g_string_append(out, "<div class=\"axis\">");
    for (int i = 2; i >= 0; i--) {
        g_autofree char *text = plot->text_of(plot->top * i / 2);
        g_string_append(out, "<span>");
        plot_text(out, text);
        g_string_append(out, "</span>");
    }
    g_string_append(out, "</div>");
}

static void append_legend(const Plot *plot, GString *out)
{
    g_string_append(out, "<p class=\"legend\">");
    for (unsigned i = 0; i < plot->n_parts; i++) {
        g_string_append_printf(out, "<span><svg class=\"key\"><rect class=\"%s\"/></svg>",
                               plot->parts[i].class);
        plot_text(out, plot->parts[i].name);
        g_string_append(out, "</span> ");
    }
    g_string_append(out, "</p>\n");
}

/* What the pointer is told of a day. */
static void append_title(const Plot *plot, const PlotDay *day, GString *out)
{
    g_autofree char *date = text_day(day->day);
    g_string_append_printf(out, "<title>%s", date);
    for (unsigned i = 0; i < plot->n_parts; i++) {
        g_autofree char *value = plot->text_of(day->values[i]);
        g_string_append(out, i == 0 ? ": " : ", ");
        plot_text(out, plot->parts[i].name);
        g_string_append_c(out, ' ');
        plot_text(out, value);
    }
    g_string_append(out, "</title>");
}

/* Where the day begins, and how wide it is, in shares of the width. */
static void append_day(const Plot *plot, const PlotDay *day, double left, double width,
                       GString *out)
{
    double used = width * DAY_FILL;
    double bar = plot->stacked ? used : used / plot->n_parts;
    double x = left + (width - used) / 2;
    double below_px = 0;
    g_string_append(out, "<g>");
    append_title(plot, day, out);
    g_string_append(out, "<rect class=\"day\" y=\"0\"");
    percent(out, "x", left);
    percent(out, "width", width);
    pixels(out, "height", HEIGHT_PX);
    g_string_append(out, "/>");
    for (unsigned i = 0; i < plot->n_parts; i++) {
        double height_px = MIN(HEIGHT_PX * share_of(plot, day->values[i]), HEIGHT_PX - below_px);
        g_string_append_printf(out, "<rect class=\"%s\"", plot->parts[i].class);
        percent(out, "x", plot->stacked ? x : x + i * bar);
        percent(out, "width", bar);
        pixels(out, "y", HEIGHT_PX - below_px - height_px);
        pixels(out, "height", height_px);
        g_string_append(out, "/>");
        below_px += plot->stacked ? height_px : 0;
    }
    g_string_append(out, "</g>\n");
}

/* A date below the middle of its day. */
static void append_date(int64_t day, double middle, GString *out)
{
    g_autofree char *date = text_day(day);
    const char *short_date = strchr(date, '-');
    g_string_append_printf(out, "<text y=\"%d\"", HEIGHT_PX + LABELS_PX - 6);
    percent(out, "x", middle);
    g_string_append(out, ">");
    plot_text(out, short_date != NULL ? short_date + 1 : date);
    g_string_append(out, "</text>");
}

static void append_frame(const Plot *plot, GString *out)
{
    g_string_append_printf(out, "<svg class=\"days\" role=\"img\" height=\"%d\" aria-label=\"",
                           HEIGHT_PX + LABELS_PX);
    plot_text(out, plot->label);
    g_string_append(out, "\">\n");
    for (int i = 0; i < 3; i++) {
        int y = i * HEIGHT_PX / 2;
        g_string_append_printf(
            out, "<line class=\"grid\" x1=\"0\" x2=\"100%%\" y1=\"%d\" y2=\"%d\"/>", y, y);
    }
    g_string_append_c(out, '\n');
}

void plot_days(const Plot *plot, const PlotDay *days, gsize n, GString *out)
{
    int64_t last = n > 0 ? days[n - 1].day : G_MAXINT64;
    if (last > PLOT_DAY_LIMIT || last < -PLOT_DAY_LIMIT)
        return;
    gsize begin = 0;
    while (begin < n && (days[begin].day > last || days[begin].day <= last - PLOT_DAYS_MAX))
        begin++;
    int64_t span = MAX(last - days[begin].day + 1, DAYS_MIN);
    int64_t first = last - span + 1;
    append_legend(plot, out);
    g_string_append(out, "<div class=\"plot\">");
    append_axis(plot, out);
    append_frame(plot, out);
    for (gsize i = begin; i < n; i++)
        if (days[i].day >= first && days[i].day <= last)
            append_day(plot, &days[i], (double)(days[i].day - first) / (double)span,
                       1 / (double)span, out);
    int64_t step = (span + LABELS_MAX - 1) / LABELS_MAX;
    for (int64_t day = last; day >= first; day -= step)
        append_date(day, ((double)(day - first) + 0.5) / (double)span, out);
    g_string_append(out, "</svg></div>\n");
}

void plot_bar(double share, const char *class, GString *out)
{
    g_string_append_printf(out, "<svg class=\"bar\" aria-hidden=\"true\"><rect class=\"%s\"",
                           class);
    percent(out, "width", share);
    g_string_append(out, "/></svg>");
}

void plot_lane(const double *shares, gsize n, unsigned n_columns, GString *out)
{
    g_string_append_printf(out,
                           "<svg class=\"lane\" aria-hidden=\"true\"><line class=\"grid\" x1=\"0\" "
                           "x2=\"100%%\" y1=\"%d\" y2=\"%d\"/>",
                           LANE_PX / 2, LANE_PX / 2);
    for (unsigned i = 1; i < n_columns; i++) {
        g_string_append(out, "<line class=\"grid\" y1=\"0\" y2=\"16\"");
        percent(out, "x1", (double)i / n_columns);
        percent(out, "x2", (double)i / n_columns);
        g_string_append(out, "/>");
    }
    for (gsize i = 0; i < n; i++) {
        g_string_append(out, "<circle class=\"ours\" cy=\"8\" r=\"3.5\"");
        percent(out, "cx", shares[i]);
        g_string_append(out, "/>");
    }
    g_string_append(out, "</svg>");
}

void plot_columns(const char *const *names, unsigned n_columns, GString *out)
{
    g_string_append(out, "<svg class=\"lane\" aria-hidden=\"true\">");
    for (unsigned i = 0; i < n_columns; i++) {
        g_string_append(out, "<text y=\"12\"");
        percent(out, "x", (i + 0.5) / n_columns);
        g_string_append(out, ">");
        plot_text(out, names[i]);
        g_string_append(out, "</text>");
    }
    g_string_append(out, "</svg>");
}
