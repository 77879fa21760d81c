/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/* Say: to standard output and standard error, as all errands do. */
#include <glib.h>

/* "preloadctl: ..." and a newline, on standard error. */
void say_problem(const char *format, ...) G_GNUC_PRINTF(1, 2);
/* The exit status: 0, or 1 if it cannot be written, which is said. */
int say_text(const GString *text);
/* Takes the value if it is floating. */
int say_json(GVariant *value);
