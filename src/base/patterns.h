/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Patterns: a list of programs as people write it: names ("steam", "libreoffice*") or absolute
 * paths ("/opt/games/" followed by '*'), with * for any characters and ? for one. A name is
 * compared with the last part of a path, a path with the whole. Immutable and reference-counted,
 * thread-safe.
 */
#include <glib.h>
#include <stdbool.h>

typedef struct Patterns Patterns;

/* items: NULL-terminated, copied; NULL and empty ones make a list that fits nothing. */
Patterns *patterns_new(const char *const *items);
Patterns *patterns_ref(Patterns *patterns);
void patterns_unref(Patterns *patterns);
/* path: absolute, or NULL, which nothing fits; as does a NULL list. */
bool patterns_fit(const Patterns *patterns, const char *path);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Patterns, patterns_unref)
