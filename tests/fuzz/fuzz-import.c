/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */

/*
 * The importer of old states: whatever it makes of the bytes must be an image that our own reader
 * accepts, and every line must be accounted for.
 */
#include "model/import.h"
#include "model/state.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void check_report(const Image *image, const ImportReport *report, const char *bytes,
                         size_t size)
{
    uint64_t lines = 1;
    for (size_t i = 0; i < size; i++)
        lines += bytes[i] == '\n' ? 1 : 0;
    require((uint64_t)report->n_maps + report->n_exes + report->n_edges + report->n_chains +
                report->n_ignored + report->n_bad <
            lines);
    require(report->first_bad <= lines && (report->first_bad == 0) == (report->n_bad == 0));
    require(memchr(report->version, '\0', sizeof report->version) != NULL);
    require(image->exes->len == report->n_exes && image->chains->len == report->n_chains);
    require(image->maps->len <= report->n_maps && image->edges->len <= report->n_edges);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *bytes = (const char *)data;
    ImportReport report;
    g_autoptr(GError) error = NULL;
    g_autoptr(Image) image = import_decode(bytes, size, &report, &error);
    require((image != NULL) == import_recognizes(bytes, size));
    require((image == NULL) == (error != NULL));
    if (image == NULL)
        return 0;
    check_report(image, &report, bytes, size);
    g_autoptr(GString) text = state_encode(image);
    g_autoptr(Image) again = state_decode(text->str, text->len, NULL);
    require(again != NULL);
    return 0;
}
