/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Pure parsers over (pointer, end): bounded, locale-independent, without side effects on failure.
 *
 * A Cursor is what is left to read. Each parser returns true and moves the cursor behind what it
 * took, or returns false and leaves the cursor and its results as they were.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    const char *at;
    const char *end;
} Cursor;

static inline Cursor cursor_of(const char *text, size_t length)
{
    return (Cursor){text, text + length};
}

static inline size_t cursor_left(const Cursor *c)
{
    return (size_t)(c->end - c->at);
}

/* Decimal and hexadecimal numbers without sign; at least one digit, no overflow. */
bool parse_u64(Cursor *c, uint64_t *ret);
bool parse_hex(Cursor *c, uint64_t *ret);
/* Decimal with an optional '-'. */
bool parse_i64(Cursor *c, int64_t *ret);
/* A finite decimal floating-point number of at most 63 characters; '.' whatever the locale. */
bool parse_double(Cursor *c, double *ret);

bool parse_char(Cursor *c, char expected);
/* Any number of blanks and tabs, also none. */
void parse_blanks(Cursor *c);
/* The text up to the next `separator` (which is consumed) or to the end; false at the end. */
bool parse_field(Cursor *c, char separator, Cursor *ret);
/* The next line, without its newline; a last line without newline counts. */
bool parse_line(Cursor *c, Cursor *ret);
/* Whether what is left begins with `text`; it is consumed. */
bool parse_literal(Cursor *c, const char *text);

/* True if the whole of c is `text`. */
bool cursor_is(const Cursor *c, const char *text);

/* A whole field as a number: true only if nothing is left behind it. */
bool parse_whole_u64(Cursor c, uint64_t *ret);
bool parse_whole_double(Cursor c, double *ret);
