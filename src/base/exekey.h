/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * ExeKey: what tells one program from another, as its user sees it: the path of the executable and,
 * for an interpreter, also the script, module ("-m NAME" as "NAME") or jar that it runs.
 *
 * Immutable and reference-counted, thread-safe: the scanner's thread makes them, the model keeps
 * them.
 */
#include <glib.h>
#include <stdbool.h>

typedef struct {
    GRefString *path;   /* absolute */
    GRefString *script; /* NULL for a program that is no interpreter or runs no script */
} ExeKey;

ExeKey *exe_key_new(const char *path, const char *script);
ExeKey *exe_key_ref(ExeKey *key);
void exe_key_unref(ExeKey *key);
void exe_key_release(gpointer key); /* the same, as a GDestroyNotify */
guint exe_key_hash(gconstpointer key);
gboolean exe_key_equal(gconstpointer a, gconstpointer b);
/* How a person calls it: "firefox", "python3.11 deluge"; control characters replaced. */
char *exe_key_label(const ExeKey *key);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(ExeKey, exe_key_unref)
