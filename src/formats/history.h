/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * History: what shells write down of the commands that they were given. Pure.
 *
 * Command lines have passwords, names and addresses in them. So they are not taken apart and kept:
 * only whether the first word is a name that was asked for is looked at, and counted.
 */
#include "base/parse.h"
#include <glib.h>

/* Of a longer file its end counts: the latest tens of thousands of commands. */
#define HISTORY_LIMIT_BYTES ((size_t)512 << 10)

typedef enum {
    HISTORY_PLAIN, /* bash, zsh, zsh with EXTENDED_HISTORY: a command a line */
    HISTORY_FISH,  /* "- cmd: COMMAND" */
} HistoryKind;

/* counts: of char *, the names that are asked for, to a number (GUINT_TO_POINTER), which rises by
 * the commands that begin with it, by name or by a path that ends with it. */
void history_count(HistoryKind kind, Cursor text, GHashTable *counts);
