/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/script.h"
#include "unit.h"

static const struct {
    const char *text;
    const char *path; /* NULL: no script */
    const char *argument;
} heads[] = {
    {"#!/bin/sh\n", "/bin/sh", NULL},
    {"#! /usr/bin/env python3\nx", "/usr/bin/env", "python3"},
    {"#!/usr/bin/python3 -E -s \n", "/usr/bin/python3", "-E -s"},
    {"#!python3\n", NULL, NULL},
    {"#!\n", NULL, NULL},
    {"\x7f"
     "ELF",
     NULL, NULL},
    {"", NULL, NULL},
};

START_TEST(interpreter_of_a_script)
{
    g_autofree char *path = NULL;
    g_autofree char *argument = NULL;
    bool found =
        script_interpreter(cursor_of(heads[_i].text, strlen(heads[_i].text)), &path, &argument);
    ck_assert_int_eq(found, heads[_i].path != NULL);
    ck_assert_pstr_eq(path, heads[_i].path);
    ck_assert_pstr_eq(argument, heads[_i].argument);
}
END_TEST

static const struct {
    const char *text;
    const char *targets; /* "+" before the likely ones */
} scripts[] = {
    {"exec /usr/lib/app/app \"$@\"\n", "+/usr/lib/app/app"},
    {"#!/bin/sh\nAPP=app\nLIB=/usr/lib/$APP\nexec $LIB/${APP} \"$@\"\n", "+/usr/lib/app/app"},
    {"if [ -x /bin/gdb ]; then /usr/bin/gdb; exec -a app '/opt/a b/app'; fi\n",
     "/usr/bin/gdb +/opt/a b/app"},
    {"exec env LANG=C nice \"${DIR:-/usr/lib/x}\"/app\n", "+/usr/lib/x/app"},
    {"D=$(dirname \"$0\")\n\"$D/app.bin\" \"$@\"\n", "+/d/app.bin"},
    {"cd `dirname $0`\nprog=`pwd`\nexec \"$prog\"/oosplash\n", "+/d/oosplash"},
    {"export A=/usr/lib\nexec $A/app\n", "+/usr/lib/app"},
    {"exec app --flag\n", "+app"},
    {"exec \\\n  /usr/lib/app\n", "+/usr/lib/app"},
    {"exec /a\nexec /a\n", "+/a"},
    {"# exec /a\necho /b\necho \"exec /c\"\n", ""},
    {"exec \"$@\"\nexec $X\nexec /a/$X/b\n", ""},
    {"X=$X$X\nexec \"${X%/*}/y\"\n", "+/d/y"},
    {"exec \"$(a $(b) c)/x\"\n", "+/d/x"},
    {"exec '/not closed\nexec \"/not closed either\n", "+/not closed +/not closed either"},
    {"exec $GDB $VALGRIND /usr/lib/app\n", "+/usr/lib/app"},
    {"T=\"strace -f\"\nexec $T /usr/lib/app\n", "+/usr/lib/app"},
    {"a() { exec /x; }\n", "+/x"},
    {"exec ${\nexec $(\nexec $\n", ""},
};

static char *print(const GArray *targets)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < targets->len; i++) {
        const ScriptTarget *target = &g_array_index(targets, ScriptTarget, i);
        g_string_append_printf(text, "%s%s%s", i > 0 ? " " : "", target->likely ? "+" : "",
                               target->word);
    }
    return g_string_free(text, FALSE);
}

START_TEST(targets_of_a_script)
{
    const char *text = scripts[_i].text;
    g_autoptr(GArray) targets = script_targets(cursor_of(text, strlen(text)), "/d");
    g_autofree char *printed = print(targets);
    ck_assert_str_eq(printed, scripts[_i].targets);
}
END_TEST

START_TEST(no_more_than_some)
{
    g_autoptr(GString) text = g_string_new("A=/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n");
    for (int i = 0; i < 200; i++) /* would double each time */
        g_string_append_printf(text, "A=$A$A\nexec /%d$A\n", i);
    g_autoptr(GArray) targets = script_targets(cursor_of(text->str, text->len), "/d");
    ck_assert_uint_le(targets->len, SCRIPT_TARGETS_MAX);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("script");
    UNIT_ADD_ROWS(suite, interpreter_of_a_script, heads);
    UNIT_ADD_ROWS(suite, targets_of_a_script, scripts);
    UNIT_ADD(suite, no_more_than_some);
    return suite;
}
