/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/favourites.h"
#include <glib.h>
#include <stdint.h>
#include <string.h>

/* A database of dconf, or a text of a panel: ids of desktop entries, not too many. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    GPtrArray *(*const parsers[])(Cursor) = {favourites_of_dconf, favourites_of_plasma};
    for (gsize i = 0; i < G_N_ELEMENTS(parsers); i++) {
        g_autoptr(GPtrArray) ids = parsers[i](cursor_of((const char *)data, size));
        g_assert_true(ids->len <= FAVOURITES_MAX);
        for (guint j = 0; j < ids->len; j++)
            g_assert_true(g_str_has_suffix(ids->pdata[j], ".desktop"));
    }
    return 0;
}
