/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Command: the line that a desktop entry or a launcher starts a program by (Desktop Entry
 * Specification, "The Exec key"). Pure.
 */
#include <glib.h>

/* Longer ones are nobody's. */
#define COMMAND_MAX_BYTES 4096

/*
 * The words, to be freed by g_strfreev(): without "env" with its options and settings before the
 * program, without field codes (%u), quotes taken off. The first is a name or a path. NULL if there
 * is no program in it.
 */
char **command_words(const char *line);
