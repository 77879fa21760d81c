/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * LdCache: /etc/ld.so.cache, where ldconfig(8) writes down which libraries there are (glibc,
 * sysdeps/generic/dl-cache.h, "glibc-ld.so.cache" 1.1, also behind the older "ld.so-1.7.0"). Those
 * for certain processors only (glibc-hwcaps) are left out: which of them the loader takes is its
 * own affair.
 */
#include "base/parse.h"
#include <glib.h>

/* As ldconfig writes it: 200 KiB for 2000 libraries. */
#define LDCACHE_LIMIT_BYTES ((size_t)16 << 20)
#define LDCACHE_LIBRARIES_MAX 100000

typedef struct LdCache LdCache;

/* NULL if it is none. What of it lies outside of the text is left out. Nothing is borrowed. */
LdCache *ldcache_parse(Cursor text);
void ldcache_free(LdCache *cache);
/* The paths of a name, of any architecture, as the loader prefers them: char *, borrowed; NULL for
 * none. */
const GPtrArray *ldcache_find(const LdCache *cache, const char *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(LdCache, ldcache_free)
