/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Which script, module or jar an interpreter runs: pure, from its command line.
 *
 * `/usr/bin/python3` for every Python program would lump an editor with a daemon: the program is
 * the executable plus what it interprets.
 */
#include "base/parse.h"
#include <glib.h>
#include <stdbool.h>

typedef struct Interpreters Interpreters;

typedef enum {
    SCRIPT_NONE,   /* no script: -c TEXT, -e TEXT, standard input, interactive */
    SCRIPT_FILE,   /* a path, as given: may be relative to the process's directory */
    SCRIPT_MODULE, /* a name: python -m NAME, a Java class */
} ScriptKind;

/*
 * patterns: NULL-terminated globs for the last component of the executable's path ("python3*",
 * "perl"). How a command line is read goes by the family that the name begins with (python, pypy,
 * perl, ruby, node, java, lua, php, sh family, guile, tclsh/wish, mono, gjs, Rscript, emacs is
 * none); an unknown one takes its first argument that is no option.
 */
Interpreters *interpreters_new(const char *const *patterns);
Interpreters *interpreters_ref(Interpreters *interpreters); /* thread-safe */
void interpreters_unref(Interpreters *interpreters);
bool interpreters_match(const Interpreters *interpreters, const char *exe_path);

/*
 * cmdline: the bytes of /proc/PID/cmdline (arguments ended by NUL), maybe cut off or hostile.
 * ret_script: to be freed; set unless SCRIPT_NONE. Never longer than 4095 bytes, never empty.
 */
ScriptKind interpreter_script(const char *exe_path, Cursor cmdline, char **ret_script);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Interpreters, interpreters_unref)
