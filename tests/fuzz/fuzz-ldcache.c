/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/ldcache.h"
#include <glib.h>
#include <stdint.h>

/* The cache of ldconfig: whatever it names is a path. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(LdCache) cache = ldcache_parse(cursor_of((const char *)data, size));
    const GPtrArray *paths = cache != NULL ? ldcache_find(cache, "libc.so.6") : NULL;
    for (guint i = 0; paths != NULL && i < paths->len; i++)
        g_assert_true(*(const char *)paths->pdata[i] == '/');
    return 0;
}
