/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/entry.h"
#include <glib.h>
#include <stdint.h>

/* A desktop entry, with the command in it: no program, or one with a name. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_auto(Entry) entry = entry_parse(cursor_of((const char *)data, size));
    if (entry.words != NULL)
        g_assert_true(entry.words[0] != NULL && *entry.words[0] != 0);
    return 0;
}
