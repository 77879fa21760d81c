/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/recent.h"
#include <glib.h>
#include <stdint.h>
#include <string.h>

/* recently-used.xbel: programs, each once, and not too many. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GArray) used = recent_parse(cursor_of((const char *)data, size));
    g_assert_true(used->len <= RECENT_APPLICATIONS_MAX);
    for (guint i = 0; i < used->len; i++) {
        const RecentApplication *recent = &g_array_index(used, RecentApplication, i);
        g_assert_true(*recent->program != 0 && recent->count > 0);
        for (guint j = 0; j < i; j++)
            g_assert_true(
                strcmp(recent->program, g_array_index(used, RecentApplication, j).program) != 0);
    }
    return 0;
}
