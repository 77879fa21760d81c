/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Lists of what is to be pinned (/etc/preload/pins.d): a file's path, a program's name, or an
 * executable and the script that it runs with a tab between them, one a line. Empty lines, and
 * lines that begin with '#', say nothing; blanks at either end do not count. Pure.
 */
#include "base/parse.h"
#include <glib.h>
#include <stdbool.h>

#define PINLIST_LIMIT_BYTES (1024 * 1024)
#define PINLIST_ITEMS_MAX 4096

/* Adds the items (char *, owned) to `out` until there are PINLIST_ITEMS_MAX. How many lines were
 * left out: too long, too many, or with control characters. */
guint pinlist_parse(Cursor text, GPtrArray *out);
