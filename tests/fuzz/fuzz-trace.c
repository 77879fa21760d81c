/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/trace.h"
#include <glib.h>
#include <string.h>

/* A line of a trace: what is taken for an event is printed as a line that is the same event. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const TraceEvent *event)
{
    g_autofree char *path = g_strndup(event->path.at, cursor_left(&event->path));
    g_autoptr(GString) line = g_string_new(NULL);
    trace_print(event->unix_sec, event->kind, path, line);
    g_assert_true(strchr(line->str, '\n') == line->str + line->len - 1);
    TraceEvent again;
    if (event->kind != TRACE_BOOT && path[0] == '\0')
        return; /* it began with a NUL, which ends it */
    g_assert_null(trace_parse(cursor_of(line->str, line->len - 1), &again));
    g_assert_true(again.unix_sec == event->unix_sec && again.kind == event->kind);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    TraceEvent event;
    if (trace_parse(cursor_of((const char *)data, size), &event) == NULL) {
        g_assert_true(event.unix_sec >= 0);
        check(&event);
    }
    return 0;
}
