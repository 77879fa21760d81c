/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Ledger: what of each file of a plan was missing, was asked for, and is lacking all the same. All
 * items and portions of a file go into one entry. Any thread, several at once.
 */
#include "observe/residency.h"
#include "prefetch/readahead.h"
#include <glib.h>
#include <stdbool.h>

typedef struct Ledger Ledger;

Ledger *ledger_new(void);
void ledger_free(Ledger *ledger);
/* The number of the file's entry, for the functions below. */
guint ledger_entry(Ledger *ledger, GRefString *path);
/* Something of these blocks was not in memory. */
void ledger_missing(Ledger *ledger, guint entry, Range range);
/* It was asked for. */
void ledger_asked(Ledger *ledger, guint entry, Range range);
/* It was asked for and is not in memory. */
void ledger_lacking(Ledger *ledger, guint entry, Range range);
/* That the file is read; true the first time. */
bool ledger_note_read(Ledger *ledger, guint entry);
/* That the file was passed over; true the first time. */
bool ledger_note_skipped(Ledger *ledger, guint entry);
/* ReadaheadFile, of those of which something was missing, in the order in which they came; the
 * ledger is empty then. Owned by the caller. */
GArray *ledger_close(Ledger *ledger);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Ledger, ledger_free)
