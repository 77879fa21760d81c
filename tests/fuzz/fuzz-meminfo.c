/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/meminfo.h"
#include <glib.h>

/* /proc/meminfo: what is taken must be of sense. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Meminfo m;
    if (!meminfo_parse(cursor_of((const char *)data, size), &m))
        return 0;
    g_assert_cmpuint(m.total_bytes, >, 0);
    g_assert_cmpuint(m.available_bytes, >, 0);
    g_assert_cmpuint(m.available_bytes, <=, m.total_bytes);
    g_assert_cmpuint(m.free_bytes, <=, m.total_bytes);
    g_assert_cmpuint(m.cached_bytes, <=, m.total_bytes);
    g_assert_cmpuint(m.writeback_bytes, <=, m.total_bytes);
    g_assert_cmpuint(m.swap_free_bytes, <=, m.swap_total_bytes);
    return 0;
}
