/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/trace.h"
#include "unit.h"
#include <string.h>

static const struct {
    const char *line;
    bool good;
    int64_t unix_sec;
    TraceKind kind;
    const char *path;
} lines[] = {
    {"1641232763\texec\t/app/x y", true, 1641232763, TRACE_EXEC, "/app/x y"},
    {"0\texit\tx", true, 0, TRACE_EXIT, "x"},
    {"5\tboot\t-", true, 5, TRACE_BOOT, "-"},
    {"5\tboot\t", true, 5, TRACE_BOOT, ""},
    {"5\tboot", true, 5, TRACE_BOOT, ""},
    {"", false, 0, TRACE_BOOT, ""},
    {"x\texec\t/a", false, 0, TRACE_BOOT, ""},
    {"-1\texec\t/a", false, 0, TRACE_BOOT, ""},
    {"9223372036854775808\texec\t/a", false, 0, TRACE_BOOT, ""},
    {"5 exec /a", false, 0, TRACE_BOOT, ""},
    {"5\tEXEC\t/a", false, 0, TRACE_BOOT, ""},
    {"5\texec", false, 0, TRACE_BOOT, ""},
    {"5\texec\t", false, 0, TRACE_BOOT, ""},
};

START_TEST(parsing)
{
    TraceEvent event;
    const char *wrong = trace_parse(cursor_of(lines[_i].line, strlen(lines[_i].line)), &event);
    ck_assert((wrong == NULL) == lines[_i].good);
    if (!lines[_i].good)
        return;
    ck_assert_int_eq(event.unix_sec, lines[_i].unix_sec);
    ck_assert_int_eq(event.kind, lines[_i].kind);
    ck_assert(cursor_is(&event.path, lines[_i].path));
}
END_TEST

START_TEST(printing)
{
    g_autoptr(GString) text = g_string_new(NULL);
    trace_print(5, TRACE_BOOT, NULL, text);
    trace_print(6, TRACE_EXEC, "/a\n7\texec\t/b\x1b[2J", text);
    ck_assert_str_eq(text->str, "5\tboot\t-\n6\texec\t/a?7?exec?/b?[2J\n");
}
END_TEST

START_TEST(a_line_without_end_is_refused)
{
    g_autofree char *path = g_strnfill(TRACE_LINE_MAX, 'x');
    g_autofree char *line = g_strconcat("5\texec\t/", path, NULL);
    TraceEvent event;
    ck_assert_ptr_nonnull(trace_parse(cursor_of(line, strlen(line)), &event));
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("trace");
    UNIT_ADD_ROWS(suite, parsing, lines);
    UNIT_ADD(suite, printing);
    UNIT_ADD(suite, a_line_without_end_is_refused);
    return suite;
}
