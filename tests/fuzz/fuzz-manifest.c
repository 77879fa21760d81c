/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/manifest.h"
#include <glib.h>
#include <stdint.h>

/* Manifests: an error that names a line, or segments that lie within the file and apart. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint64_t size_bytes = 1 << 20;
    g_autoptr(GError) error = NULL;
    g_autoptr(Anatomy) anatomy =
        manifest_parse(cursor_of((const char *)data, size), "file", size_bytes, &error);
    g_assert_true((anatomy != NULL) == (error == NULL));
    uint64_t total_bytes = 0;
    for (guint i = 0; anatomy != NULL && i < anatomy->segments->len; i++) {
        const Segment *segment = &g_array_index(anatomy->segments, Segment, i);
        g_assert_true(segment->offset_bytes <= size_bytes);
        g_assert_true(segment->length_bytes <= size_bytes - segment->offset_bytes);
        total_bytes += segment->length_bytes;
    }
    g_assert_true(total_bytes <= size_bytes);
    return 0;
}
