/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/interpreter.h"
#include <limits.h>
#include <string.h>

/* The command line of each family of interpreters: the first byte says of which. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const exes[] = {
    "python3", "perl",  "ruby",  "node", "deno", "bun",     "java",  "lua",  "php",
    "bash",    "guile", "tclsh", "mono", "gjs",  "Rscript", "emacs", "fish", "unknown",
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    char *script = NULL;
    const char *exe = exes[data[0] % G_N_ELEMENTS(exes)];
    Cursor cmdline = cursor_of((const char *)data + 1, size - 1);
    ScriptKind kind = interpreter_script(exe, cmdline, &script);
    g_assert_true((script == NULL) == (kind == SCRIPT_NONE));
    if (script == NULL)
        return 0;
    g_assert_cmpuint(strlen(script), >, 0);
    g_assert_cmpuint(strlen(script), <, PATH_MAX);
    g_assert_true(kind == SCRIPT_FILE || script[0] != '/');
    g_free(script);
    return 0;
}
