/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/maps.h"
#include <limits.h>
#include <string.h>

#define DELETED " (deleted)"
#define ESCAPED_NEWLINE "\\012"
/* What prelink(8) calls the file that it will put in the place of the one before the mark. */
#define PRELINK ".#prelink#."

static bool parse_hex32(Cursor *c, uint32_t *ret)
{
    Cursor at = *c;
    uint64_t number = 0;
    if (!parse_hex(&at, &number) || number > UINT32_MAX)
        return false;
    *c = at;
    *ret = (uint32_t)number;
    return true;
}

static bool parse_range(Cursor *c, MapsLine *line)
{
    uint64_t end = 0;
    if (!parse_hex(c, &line->start) || !parse_char(c, '-') || !parse_hex(c, &end))
        return false;
    if (end <= line->start)
        return false;
    line->length_bytes = end - line->start;
    return true;
}

static const char *const permissions[] = {"r-", "w-", "x-", "ps"};

static bool parse_permissions(Cursor *c)
{
    for (size_t i = 0; i < G_N_ELEMENTS(permissions); i++)
        if (!parse_char(c, permissions[i][0]) && !parse_char(c, permissions[i][1]))
            return false;
    return true;
}

static bool parse_file(Cursor *c, MapsLine *line)
{
    return parse_hex(c, &line->offset_bytes) && parse_char(c, ' ') &&
           parse_hex32(c, &line->dev_major) && parse_char(c, ':') &&
           parse_hex32(c, &line->dev_minor) && parse_char(c, ' ') && parse_u64(c, &line->ino);
}

/* Behind the inode: nothing, or blanks and a name. */
static bool parse_name(Cursor *c, MapsLine *line)
{
    line->path = cursor_of(c->end, 0);
    if (cursor_left(c) == 0)
        return true;
    if (*c->at != ' ' || memchr(c->at, '\0', cursor_left(c)) != NULL)
        return false;
    parse_blanks(c);
    if (cursor_left(c) > 0 && *c->at == '/')
        line->path = *c;
    return true;
}

bool maps_line_parse(Cursor line, MapsLine *ret)
{
    MapsLine parsed = {0};
    uint64_t end = 0;
    if (!parse_range(&line, &parsed) || !parse_char(&line, ' ') || !parse_permissions(&line) ||
        !parse_char(&line, ' ') || !parse_file(&line, &parsed) || !parse_name(&line, &parsed))
        return false;
    if (__builtin_add_overflow(parsed.offset_bytes, parsed.length_bytes, &end))
        return false;
    *ret = parsed;
    return true;
}

/* The text with each \012 as the newline that it stands for; whether there was one. */
static bool decode_newlines(Cursor text, GString *out)
{
    bool escaped = false;
    while (cursor_left(&text) > 0) {
        if (parse_literal(&text, ESCAPED_NEWLINE)) {
            g_string_append_c(out, '\n');
            escaped = true;
        } else {
            g_string_append_c(out, *text.at++);
        }
    }
    return escaped;
}

MapsPath maps_path_read(Cursor path)
{
    MapsPath read = {0};
    /* The longest that can be of use: each newline takes four bytes. */
    if (cursor_left(&path) >= (size_t)PATH_MAX * strlen(ESCAPED_NEWLINE))
        return read;
    g_autoptr(GString) plain = g_string_sized_new(cursor_left(&path));
    read.escaped = decode_newlines(path, plain);
    const char *prelink = strstr(plain->str, PRELINK);
    if (prelink != NULL)
        g_string_truncate(plain, (gsize)(prelink - plain->str));
    read.deleted = g_str_has_suffix(plain->str, DELETED);
    if (plain->len < PATH_MAX)
        read.plain = g_string_free(g_steal_pointer(&plain), FALSE);
    return read;
}
