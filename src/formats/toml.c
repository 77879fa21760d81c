/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/toml.h"
#include <string.h>

void toml_line_clear(TomlLine *line)
{
    g_clear_pointer(&line->key, g_free);
    g_clear_pointer(&line->text, g_free);
}

static bool is_end(Cursor *c)
{
    parse_blanks(c);
    return cursor_left(c) == 0 || *c->at == '#';
}

static bool is_bare(char c)
{
    return g_ascii_isalnum(c) || c == '_' || c == '-';
}

static bool take_key(Cursor *c, char **ret)
{
    const char *begin = c->at;
    while (cursor_left(c) > 0 && is_bare(*c->at))
        c->at++;
    if (c->at == begin)
        return false;
    *ret = g_strndup(begin, (gsize)(c->at - begin));
    return true;
}

/* \uXXXX and \UXXXXXXXX. */
static bool take_code(Cursor *c, guint n_digits, GString *text)
{
    gunichar code = 0;
    for (guint i = 0; i < n_digits; i++) {
        if (cursor_left(c) == 0 || !g_ascii_isxdigit(*c->at))
            return false;
        code = code << 4 | (gunichar)g_ascii_xdigit_value(*c->at++);
    }
    if (code == 0 || !g_unichar_validate(code))
        return false;
    g_string_append_unichar(text, code);
    return true;
}

/* Behind the backslash. */
static bool take_escape(Cursor *c, GString *text)
{
    static const char from[] = "btnfr\"\\";
    static const char to[] = "\b\t\n\f\r\"\\";
    if (cursor_left(c) == 0)
        return false;
    char escape = *c->at++;
    if (escape == 'u' || escape == 'U')
        return take_code(c, escape == 'u' ? 4 : 8, text);
    const char *found = escape != '\0' ? strchr(from, escape) : NULL;
    if (found != NULL)
        g_string_append_c(text, to[found - from]);
    return found != NULL;
}

static bool take_string(Cursor *c, char **ret)
{
    char quote = *c->at++;
    g_autoptr(GString) text = g_string_new(NULL);
    while (cursor_left(c) > 0 && *c->at != quote) {
        char next = *c->at++;
        if (((unsigned char)next < 0x20 && next != '\t') || next == 0x7f)
            return false;
        if (next != '\\' || quote == '\'')
            g_string_append_c(text, next);
        else if (!take_escape(c, text))
            return false;
    }
    if (!parse_char(c, quote) || !g_utf8_validate(text->str, (gssize)text->len, NULL))
        return false;
    *ret = g_strdup(text->str);
    return true;
}

static uint64_t take_base(Cursor *c)
{
    return parse_literal(c, "0x")   ? 16
           : parse_literal(c, "0o") ? 8
           : parse_literal(c, "0b") ? 2
                                    : 10;
}

/* Underscores stand between digits only; decimal numbers have no leading zeros. */
static bool take_number(Cursor *c, uint64_t *ret)
{
    bool sign = parse_char(c, '+');
    const char *begin = c->at;
    uint64_t base = take_base(c);
    const char *first = c->at;
    uint64_t value = 0;
    bool digit = false;
    for (; cursor_left(c) > 0 && (g_ascii_isxdigit(*c->at) || *c->at == '_'); c->at++) {
        bool was_digit = digit;
        digit = *c->at != '_';
        if (!digit && !was_digit)
            return false;
        uint64_t worth = digit ? (uint64_t)g_ascii_xdigit_value(*c->at) : 0;
        if (worth >= base || (digit && (value > (UINT64_MAX - worth) / base)))
            return false;
        value = digit ? value * base + worth : value;
    }
    bool zeros = base == 10 && c->at - begin > 1 && *begin == '0';
    if (!digit || zeros || c->at == first || (sign && base != 10))
        return false;
    *ret = value;
    return true;
}

static bool take_table(Cursor *c, TomlLine *line, const char **ret_problem)
{
    *ret_problem = "only [[NAME]] is known of tables";
    if (!parse_literal(c, "[["))
        return false;
    parse_blanks(c);
    if (!take_key(c, &line->key))
        return false;
    parse_blanks(c);
    line->kind = TOML_TABLE;
    return parse_literal(c, "]]");
}

static bool take_value(Cursor *c, TomlLine *line, const char **ret_problem)
{
    *ret_problem = "a string on one line or a whole number, not below 0 nor of more than 64 bits, "
                   "is expected behind '='";
    if (cursor_left(c) == 0)
        return false;
    if (*c->at == '"' || *c->at == '\'') {
        line->kind = TOML_STRING;
        return take_string(c, &line->text);
    }
    line->kind = TOML_NUMBER;
    return g_ascii_isdigit(*c->at) || *c->at == '+' ? take_number(c, &line->number) : false;
}

static bool take_pair(Cursor *c, TomlLine *line, const char **ret_problem)
{
    *ret_problem = "KEY = VALUE, [[NAME]] or # is expected";
    if (!take_key(c, &line->key))
        return false;
    parse_blanks(c);
    if (!parse_char(c, '='))
        return false;
    parse_blanks(c);
    return take_value(c, line, ret_problem);
}

bool toml_parse_line(Cursor line, TomlLine *ret, const char **ret_problem)
{
    g_auto(TomlLine) found = {0};
    if (cursor_left(&line) > 0 && line.end[-1] == '\r')
        line.end--;
    if (!is_end(&line)) {
        bool taken = *line.at == '[' ? take_table(&line, &found, ret_problem)
                                     : take_pair(&line, &found, ret_problem);
        if (!taken)
            return false;
        *ret_problem = "nothing but a comment may follow";
        if (!is_end(&line))
            return false;
    }
    *ret = found;
    found = (TomlLine){0};
    return true;
}
