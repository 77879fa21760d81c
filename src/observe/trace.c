/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/trace.h"
#include <inttypes.h>

static const char *const kinds[] = {
    [TRACE_EXEC] = "exec",
    [TRACE_EXIT] = "exit",
    [TRACE_BOOT] = "boot",
};

static bool take_kind(Cursor *line, TraceKind *ret)
{
    Cursor word;
    if (!parse_field(line, '\t', &word))
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (!cursor_is(&word, kinds[i]))
            continue;
        *ret = (TraceKind)i;
        return true;
    }
    return false;
}

const char *trace_parse(Cursor line, TraceEvent *ret)
{
    TraceEvent event = {0};
    uint64_t seconds = 0;
    if (cursor_left(&line) > TRACE_LINE_MAX)
        return "longer than any path";
    if (!parse_u64(&line, &seconds) || seconds > INT64_MAX || !parse_char(&line, '\t'))
        return "not a time in seconds and a tab";
    event.unix_sec = (int64_t)seconds;
    if (!take_kind(&line, &event.kind))
        return "not exec, exit or boot";
    event.path = line;
    if (event.kind != TRACE_BOOT && cursor_left(&line) == 0)
        return "no path";
    *ret = event;
    return NULL;
}

void trace_print(int64_t unix_sec, TraceKind kind, const char *path, GString *out)
{
    g_string_append_printf(out, "%" PRId64 "\t%s\t", unix_sec, kinds[kind]);
    for (const char *c = path != NULL ? path : "-"; *c != '\0'; c++)
        g_string_append_c(out, g_ascii_iscntrl(*c) ? '?' : *c);
    g_string_append_c(out, '\n');
}
