/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */

/*
 * Runs a fuzz target over a corpus without a fuzzer: each file four times, for a target must not
 * keep anything from one input to the next, and cut at several points. Fails if there is nothing to
 * run.
 */
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TIMES 4
#define CUTS 8

/* In a buffer of its exact size, so that the address sanitizer sees a read behind its end. */
static void run_once(const char *bytes, size_t length)
{
    uint8_t *copy = malloc(length > 0 ? length : 1);
    if (copy == NULL)
        abort();
    if (length > 0)
        memcpy(copy, bytes, length);
    LLVMFuzzerTestOneInput(copy, length);
    free(copy);
}

static bool run_file(const char *path)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *bytes = NULL;
    gsize length = 0;
    if (!g_file_get_contents(path, &bytes, &length, &error)) {
        fprintf(stderr, "%s\n", error->message);
        return false;
    }
    for (int i = 0; i < TIMES; i++)
        run_once(bytes, length);
    for (size_t cut = 0; cut < CUTS; cut++)
        run_once(bytes, length / CUTS * cut);
    if (length > 0)
        run_once(bytes, length - 1);
    return true;
}

static GPtrArray *list(const char *directory)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GDir) dir = g_dir_open(directory, 0, NULL);
    for (const char *name = NULL; dir != NULL && (name = g_dir_read_name(dir)) != NULL;)
        g_ptr_array_add(names, g_build_filename(directory, name, NULL));
    return names;
}

int main(int argc, char **argv)
{
    guint failed = 0;
    guint ran = 0;
    for (int i = 1; i < argc; i++) {
        g_autoptr(GPtrArray) files = list(argv[i]);
        for (guint j = 0; j < files->len; j++, ran++)
            failed += run_file(g_ptr_array_index(files, j)) ? 0 : 1;
    }
    printf("%u inputs\n", ran);
    if (ran == 0)
        fprintf(stderr, "there is nothing to run\n");
    return failed == 0 && ran > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
