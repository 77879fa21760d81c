/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "base/parse.h"
#include <glib.h>
#include <math.h>
#include <string.h>

static int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return 16;
}

static bool parse_digits(Cursor *c, uint64_t base, uint64_t *ret)
{
    uint64_t value = 0;
    const char *at = c->at;
    for (; at < c->end; at++) {
        uint64_t digit = (uint64_t)digit_value(*at);
        if (digit >= base)
            break;
        if (__builtin_mul_overflow(value, base, &value) ||
            __builtin_add_overflow(value, digit, &value))
            return false;
    }
    if (at == c->at)
        return false;
    c->at = at;
    *ret = value;
    return true;
}

bool parse_u64(Cursor *c, uint64_t *ret)
{
    return parse_digits(c, 10, ret);
}

bool parse_hex(Cursor *c, uint64_t *ret)
{
    return parse_digits(c, 16, ret);
}

bool parse_i64(Cursor *c, int64_t *ret)
{
    Cursor copy = *c;
    bool negative = parse_char(&copy, '-');
    uint64_t value = 0;
    if (!parse_digits(&copy, 10, &value))
        return false;
    if (value > (uint64_t)INT64_MAX + (negative ? 1 : 0))
        return false;
    *c = copy;
    *ret = negative ? (int64_t)(0 - value) : (int64_t)value;
    return true;
}

/* g_ascii_strtod() also takes "nan", "inf", hexadecimal and leading blanks: not in our files. */
static bool is_float_char(char c)
{
    return g_ascii_isdigit(c) || strchr("+-.eE", c) != NULL;
}

bool parse_double(Cursor *c, double *ret)
{
    enum { NUMBER_MAX = 63 };
    char number[NUMBER_MAX + 1];
    size_t length = 0;
    while (length < cursor_left(c) && c->at[length] != '\0' && is_float_char(c->at[length])) {
        if (length == NUMBER_MAX)
            return false;
        number[length] = c->at[length];
        length++;
    }
    number[length] = '\0';
    char *end = NULL;
    double value = g_ascii_strtod(number, &end);
    if (end == number || !isfinite(value))
        return false;
    c->at += end - number;
    *ret = value;
    return true;
}

bool parse_char(Cursor *c, char expected)
{
    if (c->at == c->end || *c->at != expected)
        return false;
    c->at++;
    return true;
}

void parse_blanks(Cursor *c)
{
    while (c->at < c->end && (*c->at == ' ' || *c->at == '\t'))
        c->at++;
}

bool parse_field(Cursor *c, char separator, Cursor *ret)
{
    if (c->at == c->end)
        return false;
    const char *stop = memchr(c->at, separator, cursor_left(c));
    *ret = (Cursor){c->at, stop != NULL ? stop : c->end};
    c->at = stop != NULL ? stop + 1 : c->end;
    return true;
}

bool parse_line(Cursor *c, Cursor *ret)
{
    return parse_field(c, '\n', ret);
}

bool parse_literal(Cursor *c, const char *text)
{
    size_t length = strlen(text);
    if (cursor_left(c) < length || memcmp(c->at, text, length) != 0)
        return false;
    c->at += length;
    return true;
}

bool cursor_is(const Cursor *c, const char *text)
{
    Cursor copy = *c;
    return parse_literal(&copy, text) && copy.at == copy.end;
}

bool parse_whole_u64(Cursor c, uint64_t *ret)
{
    uint64_t value = 0;
    if (!parse_u64(&c, &value) || c.at != c.end)
        return false;
    *ret = value;
    return true;
}

bool parse_whole_double(Cursor c, double *ret)
{
    double value = 0;
    if (!parse_double(&c, &value) || c.at != c.end)
        return false;
    *ret = value;
    return true;
}
