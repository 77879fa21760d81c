/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/pinlist.h"
#include <limits.h>
#include <string.h>

static Cursor strip(Cursor line)
{
    while (line.at < line.end && g_ascii_isspace(line.at[0]))
        line.at++;
    while (line.at < line.end && g_ascii_isspace(line.end[-1]))
        line.end--;
    return line;
}

static bool is_usable(Cursor line)
{
    guint n_tabs = 0;
    for (const char *c = line.at; c < line.end; c++) {
        n_tabs += *c == '\t' ? 1 : 0;
        if (g_ascii_iscntrl(*c) && *c != '\t')
            return false;
    }
    return cursor_left(&line) < PATH_MAX && n_tabs <= 1;
}

guint pinlist_parse(Cursor text, GPtrArray *out)
{
    guint n_left_out = 0;
    for (Cursor line; parse_line(&text, &line);) {
        line = strip(line);
        if (line.at == line.end || *line.at == '#')
            continue;
        if (is_usable(line) && out->len < PINLIST_ITEMS_MAX)
            g_ptr_array_add(out, g_strndup(line.at, cursor_left(&line)));
        else
            n_left_out++;
    }
    return n_left_out;
}
