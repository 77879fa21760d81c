/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/* Families: how each family of interpreters reads its command line: tables, without code of their
 * own. */
#include "observe/interpreter.h"

typedef enum {
    OPTION_FLAG,     /* stands alone; as a subcommand: is skipped ("deno run") */
    OPTION_ATTACHED, /* what follows in the same argument is its value, never the next argument */
    OPTION_VALUE,    /* the rest of the argument or the next argument is its value */
    OPTION_NEXT,     /* the next argument is its value, more letters may follow in this one */
    OPTION_NONE,     /* program text, standard input, ...: there is no script */
    OPTION_MODULE,   /* its value is the module */
    OPTION_FILE,     /* its value is the script */
} OptionKind;

typedef struct {
    const char *name; /* with its dashes; without any it is a subcommand */
    OptionKind kind;
} Option;

/* Behind a letter in `letters`, in the order of OptionKind from OPTION_ATTACHED on; none is a flag.
 */
#define OPTION_MARKS "*:>!@/"

static inline OptionKind option_kind_of_mark(char mark)
{
    for (int i = 0; OPTION_MARKS[i] != '\0'; i++)
        if (OPTION_MARKS[i] == mark)
            return (OptionKind)(OPTION_ATTACHED + i);
    return OPTION_FLAG;
}

typedef struct {
    const char *names;         /* blank-separated; a version may follow ("python3.11", "perl5") */
    const char *letters;       /* single-letter options with their marks; NULL: only whole words */
    const Option *words;       /* ended by a NULL name; may be NULL */
    ScriptKind plain;          /* what the first argument that is no option is */
    const char *source_suffix; /* with it a module is a file */
    bool plus_options;         /* "+o NAME" */
    bool at_files;             /* "@FILE" holds options */
    bool no_scripts;
} Family;

/* Never NULL: an unknown name is of a family without options that take values. */
const Family *family_of(const char *name);
