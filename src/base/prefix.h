/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Prefix lists with the semantics of preload 0.6.4: the first item that is a string prefix of the
 * path decides; an item that begins with '!' rejects, any other accepts; no match accepts. There
 * are no component boundaries: "/lib" matches /lib64.
 *
 * A '*' in an item stands for any bytes, also none, other than '/'. To match takes time linear in
 * the lengths of path and list.
 */
#include <glib.h>
#include <stdbool.h>

typedef struct PrefixList PrefixList;

/* items: NULL-terminated, copied; empty items are dropped. NULL makes an empty list. */
PrefixList *prefix_list_new(const char *const *items);
PrefixList *prefix_list_ref(PrefixList *list); /* thread-safe */
void prefix_list_unref(PrefixList *list);
bool prefix_list_accepts(const PrefixList *list, const char *path);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PrefixList, prefix_list_unref)
