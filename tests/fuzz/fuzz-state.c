/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */

/*
 * The state file's reader: once with the bytes as they are, which the checksum stops, and once with
 * an END that is made right, so that the records are reached. What is accepted must come back from
 * the writer.
 */
#include "model/state.h"
#include "reseal.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void check_image(const Image *image)
{
    for (guint i = 0; i < image->edges->len; i++) {
        const ImageEdge *edge = &g_array_index(image->edges, ImageEdge, i);
        require(edge->exe < image->exes->len && edge->map < image->maps->len);
        require((uint64_t)edge->first_run + edge->n_runs <= image->runs->len);
        const TouchSet touched = image_touched(image, edge);
        require(edge->launches != 0 && touched.n_runs <= TOUCH_RUNS_MAX);
        for (uint32_t j = 0; j < touched.n_runs; j++)
            require(touched.runs[j].count > 0 && touched.runs[j].step < TOUCH_STEPS &&
                    (touched.runs[j].launches & ~edge->launches) == 0);
    }
    for (guint i = 0; i < image->chains->len; i++) {
        const ImageChain *chain = &g_array_index(image->chains, ImageChain, i);
        require(chain->a < image->exes->len && chain->b < image->exes->len && chain->a != chain->b);
        require(chain->markov.both_usec <= image->model_usec);
    }
    for (guint i = 0; i < image->exes->len; i++) {
        const ImageExe *exe = &g_array_index(image->exes, ImageExe, i);
        require(exe->key->path[0] == '/' && exe->run_usec <= image->model_usec);
        require(exe->n_learnt <= TOUCH_LAUNCHES && exe->n_stable <= exe->n_learnt);
        require(exe->metrics.resident_bytes + exe->metrics.late_bytes <=
                exe->metrics.footprint_bytes);
    }
}

/* What was learnt is in the model, and the same when it is taken and read once more. */
static void check_model(const Image *image)
{
    ModelRules rules = {.exeprefix = prefix_list_new(NULL), .mapprefix = prefix_list_new(NULL)};
    Model *model = model_new(&rules);
    Model *copy = model_new(&rules);
    (void)image_to_model(image, model);
    g_autoptr(Image) taken = image_of_model(model, 1);
    g_autoptr(GString) text = state_encode(taken);
    g_autoptr(Image) read = state_decode(text->str, text->len, NULL);
    require(read != NULL);
    (void)image_to_model(read, copy);
    g_autoptr(Image) again = image_of_model(copy, 1);
    g_autoptr(GString) same = state_encode(again);
    require(g_string_equal(text, same));
    model_free(model);
    model_free(copy);
    prefix_list_unref(rules.exeprefix);
    prefix_list_unref(rules.mapprefix);
}

static void decode(const char *bytes, size_t length)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Image) image = state_decode(bytes, length, &error);
    require((image == NULL) == (error != NULL));
    if (image == NULL)
        return;
    check_image(image);
    check_model(image);
    g_autoptr(GString) text = state_encode(image);
    g_autoptr(Image) again = state_decode(text->str, text->len, NULL);
    require(again != NULL);
    g_autoptr(GString) same = state_encode(again);
    require(g_string_equal(text, same));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    decode((const char *)data, size);
    g_autoptr(GString) sealed = reseal((const char *)data, size);
    decode(sealed->str, sealed->len);
    return 0;
}
