/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/maps.h"
#include <glib.h>
#include <limits.h>
#include <string.h>

/* /proc/PID/maps, line by line. What is parsed must be of sense. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_line(const MapsLine *line, Cursor text)
{
    g_assert_cmpuint(line->length_bytes, >, 0);
    g_assert_cmpuint(line->start, <=, UINT64_MAX - line->length_bytes);
    g_assert_cmpuint(line->offset_bytes, <=, UINT64_MAX - line->length_bytes);
    g_assert_true(line->path.end == text.end && line->path.at >= text.at);
    g_assert_true(cursor_left(&line->path) == 0 || *line->path.at == '/');
}

static void check_path(const MapsPath *path)
{
    if (path->plain == NULL)
        return;
    g_assert_true(path->plain[0] == '/');
    g_assert_cmpuint(strlen(path->plain), <, PATH_MAX);
    g_assert_true(path->deleted == g_str_has_suffix(path->plain, " (deleted)"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Cursor rest = cursor_of((const char *)data, size);
    for (Cursor text; parse_line(&rest, &text);) {
        MapsLine line;
        if (!maps_line_parse(text, &line))
            continue;
        check_line(&line, text);
        if (cursor_left(&line.path) == 0)
            continue;
        MapsPath path = maps_path_read(line.path);
        check_path(&path);
        g_free(path.plain);
    }
    return 0;
}
