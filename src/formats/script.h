/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Script: which interpreter a script is for, and which program a wrapper script of a shell starts
 * in the end. Pure, and a guess: nothing is run, and what is found must exist to be believed.
 */
#include "base/parse.h"
#include <glib.h>
#include <stdbool.h>

/* Of a script its beginning: LibreOffice's wrapper has 6 KiB. */
#define SCRIPT_LIMIT_BYTES ((size_t)64 << 10)
#define SCRIPT_TARGETS_MAX 16

/* The first line, "#!/usr/bin/env -S python3 -E": interpreter and the one argument that the kernel
 * makes of the rest (fs/binfmt_script.c), both to be freed, the latter NULL if there is none. False
 * if it is no script. */
bool script_interpreter(Cursor text, char **ret_path, char **ret_argument);

typedef struct {
    char *word;  /* an absolute path, or a name to be looked for in PATH */
    bool likely; /* by "exec", or beside the script */
} ScriptTarget;

/*
 * The programs that a shell script may become or run: GArray of ScriptTarget, each once. Settings
 * (NAME=value) are followed; what else is not known (`pwd`, $0) counts, at the beginning of a path,
 * as the script's own directory, because that is what wrappers find out so.
 */
GArray *script_targets(Cursor text, const char *directory);
