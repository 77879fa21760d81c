/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */

/* Any bytes as the options of an overlay: what is found are absolute paths of bounded number and
 * length. */
#include "observe/overlay.h"
#include <limits.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_auto(Overlay) overlay = overlay_parse(cursor_of((const char *)data, size));
    if (overlay.layers->len > 502)
        abort();
    for (guint i = 0; i < overlay.layers->len; i++) {
        const char *layer = overlay.layers->pdata[i];
        if (layer[0] != '/' || strlen(layer) >= PATH_MAX)
            abort();
    }
    return 0;
}
