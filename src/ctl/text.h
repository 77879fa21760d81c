/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/* Texts: numbers as people read them, and how they look on a terminal. Pure but for paint_for(). */
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* How to draw: colours and bars are for terminals. */
typedef struct {
    bool colour;
    bool bars;
    int columns; /* of the terminal; 80 where there is none */
} Paint;

typedef enum { INK_PLAIN, INK_BOLD, INK_DIM, INK_GOOD, INK_POOR, INK_BAD } Ink;

/* no_color: the value of $NO_COLOR (https://no-color.org), term: of $TERM; NULL if not set. */
Paint paint_of(bool terminal, const char *no_color, const char *term, int columns);
/* That of standard output. */
Paint paint_for_stdout(void);
/* The text in that ink, or as it is. */
void paint_append(const Paint *paint, GString *out, Ink ink, const char *text);

/* "1.5 GiB"; to be freed. */
char *text_bytes(uint64_t bytes);
/* "84 %", "0.4 %", "-" of nothing; to be freed. */
char *text_share(double ratio, bool known);
/* "42 s", "5 min", "3 h 20 min", "2 h", "4 days"; to be freed. */
char *text_span(uint64_t usec);
/* "1 file", "3 files": of a noun whose plural has an s, or an es behind "h"; to be freed. */
char *text_count(uint64_t n, const char *noun);
/* "2026-11-28 04:16", local time; to be freed. */
char *text_time(int64_t unix_sec);
/* "2026-11-28": of days since 1970; to be freed. */
char *text_day(int64_t day);
/* A bar of `width` columns. */
void text_bar(GString *out, double ratio, int width);
/* A line with colours, cut with an ellipsis if it is longer than so many columns. */
void text_fit(GString *out, const char *line, int columns);
/* The text in exactly so many columns, cut with an ellipsis or filled up; left is left-aligned. */
void text_column(GString *out, const char *text, int columns, bool left);
