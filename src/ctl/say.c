/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "ctl/say.h"
#include "base/log.h"
#include "ctl/exit.h"
#include "ctl/json.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

void say_problem(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    /* What is not UTF-8, or would move the cursor, is of a file's name. */
    g_autofree char *printable = log_printable(text);
    fprintf(stderr, "preloadctl: %s\n", printable);
}

int say_text(const GString *text)
{
    if (fwrite(text->str, 1, text->len, stdout) == text->len && fflush(stdout) == 0)
        return EXIT_SUCCESS;
    if (errno == EPIPE) /* a reader who has seen enough, such as head(1) */
        return EXIT_SUCCESS;
    say_problem("cannot write the answer: %s", g_strerror(errno));
    return EXIT_REFUSED;
}

int say_json(GVariant *value)
{
    g_autoptr(GVariant) owned = g_variant_ref_sink(value);
    g_autofree char *text = json_of(owned, TRUE);
    g_autoptr(GString) line = g_string_new(text);
    g_string_append_c(line, '\n');
    return say_text(line);
}
