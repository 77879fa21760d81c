/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Trace: what was launched on a machine, as a text: a line an event,
 *     unix-seconds <TAB> exec|exit|boot <TAB> path
 * where boot means that everything that still ran was lost. Of a program that is a script the path
 * is "interpreter script". Pure.
 */
#include "base/exekey.h"
#include "base/parse.h"
#include <stdint.h>

/* A longer line is none of ours: a path, a script, a number. */
#define TRACE_LINE_MAX 16384

typedef enum { TRACE_EXEC, TRACE_EXIT, TRACE_BOOT } TraceKind;

typedef struct {
    int64_t unix_sec; /* never negative */
    TraceKind kind;
    Cursor path; /* borrowed; of boot: not looked at */
} TraceEvent;

/* A line without its newline. NULL on success, else what is wrong with it. */
const char *trace_parse(Cursor line, TraceEvent *ret);
/* Appends the line of an event; path is NULL for boot. Control characters in it become '?': a
 * newline would be another event. */
void trace_print(int64_t unix_sec, TraceKind kind, const char *path, GString *out);
