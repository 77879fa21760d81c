/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/mimeapps.h"
#include <glib.h>
#include <stdint.h>

/* Lists of default applications: none, or some ids. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const MimeappsKind kinds[] = {MIMEAPPS_CHOSEN, MIMEAPPS_CAPABLE};
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
        g_autoptr(Mimeapps) list = mimeapps_parse(kinds[i], cursor_of((const char *)data, size));
        g_auto(GStrv) ids = list != NULL ? mimeapps_find(list, "x-scheme-handler/http") : NULL;
        g_assert_true(ids == NULL || g_strv_length(ids) <= size);
    }
    return 0;
}
