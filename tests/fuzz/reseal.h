/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/* For what ends with a record of its checksum, which a fuzzer does not guess: see state.h. */
#include <glib.h>
#include <string.h>

/* The lines without the END that they may have, and with a right one. */
static inline GString *reseal(const char *bytes, size_t length)
{
    GString *text = g_string_new_len(bytes, (gssize)length);
    if (text->len == 0 || text->str[text->len - 1] != '\n')
        g_string_append_c(text, '\n');
    const char *before = memrchr(text->str, '\n', text->len - 1);
    gsize last = before != NULL ? (gsize)(before + 1 - text->str) : 0;
    if (g_str_has_prefix(text->str + last, "END\t"))
        g_string_truncate(text, last);
    guint lines = 0;
    for (gsize i = 0; i < text->len; i++)
        lines += text->str[i] == '\n' ? 1 : 0;
    g_autofree char *sum =
        g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *)text->str, text->len);
    g_string_append_printf(text, "END\t%u\t%s\n", MAX(lines, 1) - 1, sum);
    return text;
}
