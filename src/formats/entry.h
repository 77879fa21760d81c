/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/* Entry: a .desktop file (Desktop Entry Specification), as far as it says which program it starts.
 * Pure. */
#include "base/parse.h"
#include <glib.h>
#include <stdbool.h>

/* Those of browsers, with the names in a hundred languages, have 30 KiB. */
#define ENTRY_LIMIT_BYTES ((size_t)256 << 10)

typedef struct {
    char **words; /* command_words() of Exec; NULL: it starts no program (a link, DBusActivatable
                     only, hidden, or it cannot be read) */
    bool shown;   /* in menus: what a person may start by it */
} Entry;

/* Not a desktop entry: no words. */
Entry entry_parse(Cursor text);
void entry_clear(Entry *entry);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Entry, entry_clear)
