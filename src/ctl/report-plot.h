/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Plots: SVG within HTML, as wide as what it stands in. Across, coordinates are percent, so that
 * letters have the same size on a telephone and on a desk; down, they are pixels. Whatever the
 * values are (negative, too large, not a number), what is drawn stays within. Text is escaped.
 * Pure: appended to `out`.
 */
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define PLOT_PARTS_MAX 3
/* As many as the daemon keeps. */
#define PLOT_DAYS_MAX 35
/* Ten millennia before and after 1970. */
#define PLOT_DAY_LIMIT 3660000

/* One of the things that a day has so much of. */
typedef struct {
    const char *name;
    const char *class; /* of style, which gives the colour */
} PlotPart;

typedef struct {
    int64_t day; /* since 1970 */
    double values[PLOT_PARTS_MAX];
} PlotDay;

typedef struct {
    const char *label; /* what it shows, for who does not see it */
    PlotPart parts[PLOT_PARTS_MAX];
    unsigned n_parts;
    bool stacked;             /* parts of a whole: one upon the other, not side by side */
    double top;               /* the value at the upper edge */
    char *(*text_of)(double); /* a value as people read it; to be freed */
} Plot;

/* Text of HTML, or of an attribute in quotes. */
void plot_text(GString *out, const char *text);
/* A value not below that one, whose half is still a round number of bytes: 1 or 1.5 times a power
 * of two. */
double plot_top_bytes(double bytes);
/* By day: the last PLOT_DAYS_MAX days before the latest, with what the colours mean. Days rise,
 * each is there once; those that do not, or are beyond the limit, are left out. */
void plot_days(const Plot *plot, const PlotDay *days, gsize n, GString *out);
/* A bar of that share of the width. */
void plot_bar(double share, const char *class, GString *out);
/* A line with a mark at each share of the width, and thin ones at n_columns - 1 equal distances. */
void plot_lane(const double *shares, gsize n, unsigned n_columns, GString *out);
/* The names of the columns of such a line, below it. */
void plot_columns(const char *const *names, unsigned n_columns, GString *out);
