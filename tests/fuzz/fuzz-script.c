/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/script.h"
#include <glib.h>
#include <stdint.h>
#include <string.h>

/* A script: some targets, none of them empty or relative with a slash. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const Cursor text = cursor_of((const char *)data, size);
    g_autofree char *path = NULL;
    g_autofree char *argument = NULL;
    if (script_interpreter(text, &path, &argument))
        g_assert_true(*path == '/');
    g_autoptr(GArray) targets = script_targets(text, "/d");
    g_assert_true(targets->len <= SCRIPT_TARGETS_MAX);
    for (guint i = 0; i < targets->len; i++) {
        const char *word = g_array_index(targets, ScriptTarget, i).word;
        g_assert_true(*word != 0 && (*word == '/' || strchr(word, '/') == NULL));
    }
    return 0;
}
