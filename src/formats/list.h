/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * List: what somebody wants read ahead, and in which order: files and directories, absolute, one a
 * line, as nydus has it:
 *
 *     # a comment
 *     /usr/lib/x/big.bin
 *     /usr/share/x
 *     /var/lib/y.db<TAB>0<TAB>4096
 *
 * A line that names a range (offset and length in bytes) may come again with another one. An entry
 * that equals an earlier one, or lies below it, is left out; a child that comes before its parent
 * stays, as it is wanted first. Relative paths, "..", and what is no line of a list are left out
 * and counted. Nothing is looked up. Pure.
 */
#include "base/parse.h"
#include "observe/residency.h"
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define LIST_LIMIT_BYTES ((size_t)64 << 20)
#define LIST_ENTRIES_MAX 1000000u
#define LIST_RANGES_MAX 4000000u

typedef struct {
    char *path;     /* without a slash at its end */
    GArray *ranges; /* Range; NULL: all of it */
} ListEntry;

typedef struct {
    GArray *entries;     /* ListEntry */
    GHashTable *by_path; /* path, borrowed -> number + 1 */
    guint n_ranges;
    guint n_refused;     /* lines that are none */
    guint first_refused; /* line of the first of them, from 1 */
    guint n_covered;     /* left out, for an earlier entry covers them */
    bool cut;            /* there was too much */
} List;

List *list_new(void);
void list_free(List *list);
/* Takes the range; NULL: all of it. False if the path is not absolute, or not plain. */
bool list_add(List *list, const char *path, const Range *range);
void list_parse(List *list, Cursor text);
/* In the form above; what has a newline in its name, or a blank at its end, cannot be said, and is
 * left out. */
void list_print(const List *list, GString *out);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(List, list_free)
