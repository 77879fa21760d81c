/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/interpreter.h"
#include "observe/families.h"
#include <fnmatch.h>
#include <limits.h>
#include <string.h>

/* A command line may be as long as its owner likes; a script comes among the first words. */
#define ARGUMENTS_MAX 4096

struct Interpreters {
    gatomicrefcount refs;
    char **patterns;
};

Interpreters *interpreters_new(const char *const *patterns)
{
    Interpreters *interpreters = g_new0(Interpreters, 1);
    g_atomic_ref_count_init(&interpreters->refs);
    interpreters->patterns = g_strdupv((char **)patterns);
    return interpreters;
}

Interpreters *interpreters_ref(Interpreters *interpreters)
{
    g_atomic_ref_count_inc(&interpreters->refs);
    return interpreters;
}

void interpreters_unref(Interpreters *interpreters)
{
    if (interpreters == NULL || !g_atomic_ref_count_dec(&interpreters->refs))
        return;
    g_strfreev(interpreters->patterns);
    g_free(interpreters);
}

static const char *last_component(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

/* fnmatch(3), because GLib's patterns want UTF-8 and know no [0-9]. */
bool interpreters_match(const Interpreters *interpreters, const char *exe_path)
{
    const char *name = last_component(exe_path);
    for (char **p = interpreters->patterns; p != NULL && *p != NULL; p++)
        if (fnmatch(*p, name, 0) == 0)
            return true;
    return false;
}

typedef struct {
    const Family *family;
    Cursor rest; /* arguments not yet looked at */
    uint32_t n_taken;
    ScriptKind kind; /* once found */
    Cursor script;   /* empty: none */
} Reading;

/* The next argument; one that is not ended by NUL was cut off and is none. */
static bool next_argument(Reading *reading, Cursor *ret)
{
    Cursor *rest = &reading->rest;
    const char *nul = cursor_left(rest) == 0 ? NULL : memchr(rest->at, '\0', cursor_left(rest));
    if (nul == NULL || reading->n_taken == ARGUMENTS_MAX)
        return false;
    *ret = (Cursor){rest->at, nul};
    rest->at = nul + 1;
    reading->n_taken++;
    return true;
}

/* All of what may follow an option; true if that ends the reading. `attached` is the text that the
 * option brought with it, at == NULL if it brought none. */
static bool take_option(Reading *reading, OptionKind kind, Cursor attached)
{
    Cursor value = attached;
    if (kind == OPTION_FLAG || kind == OPTION_ATTACHED)
        return false;
    if (kind == OPTION_NONE)
        return true;
    if (value.at == NULL && !next_argument(reading, &value))
        return true;
    if (kind == OPTION_VALUE || kind == OPTION_NEXT)
        return false;
    reading->kind = kind == OPTION_MODULE ? SCRIPT_MODULE : SCRIPT_FILE;
    reading->script = value;
    return true;
}

static const Option *find_word(const Family *family, Cursor name)
{
    for (const Option *option = family->words; option != NULL && option->name != NULL; option++)
        if (cursor_is(&name, option->name))
            return option;
    return NULL;
}

/* "--name", "--name=value", "-name". True in *ret_found if the family has such a word. */
static bool take_word(Reading *reading, Cursor argument, bool *ret_found)
{
    Cursor value = {NULL, NULL};
    const Option *option = find_word(reading->family, argument);
    Cursor name = argument;
    Cursor rest = argument;
    if (option == NULL && parse_field(&rest, '=', &name) && rest.at > name.end) {
        option = find_word(reading->family, name);
        value = rest;
    }
    *ret_found = option != NULL;
    return option != NULL && take_option(reading, option->kind, value);
}

static OptionKind letter_kind(const Family *family, char letter)
{
    const char *found = letter == '\0' ? NULL : strchr(family->letters, letter);
    return found == NULL || strchr(OPTION_MARKS, letter) != NULL ? OPTION_FLAG
                                                                 : option_kind_of_mark(found[1]);
}

/* "-uBm NAME": letters, of which one may take the rest of the argument, or the next one. */
static bool take_cluster(Reading *reading, Cursor argument)
{
    for (argument.at++; cursor_left(&argument) > 0;) {
        OptionKind kind = letter_kind(reading->family, *argument.at++);
        bool takes_rest = kind != OPTION_FLAG && kind != OPTION_NEXT && kind != OPTION_NONE;
        Cursor attached =
            takes_rest && cursor_left(&argument) > 0 ? argument : (Cursor){NULL, NULL};
        if (take_option(reading, kind, attached))
            return true;
        if (takes_rest)
            return false;
    }
    return false;
}

static void take_script(Reading *reading, Cursor argument)
{
    reading->kind = reading->family->plain;
    reading->script = argument;
}

/* An argument that is no option: the script, unless it is a subcommand ("deno run"). */
static bool take_plain(Reading *reading, Cursor argument)
{
    const Option *command = find_word(reading->family, argument);
    if (command != NULL && command->kind == OPTION_FLAG)
        return false;
    if (command == NULL)
        take_script(reading, argument);
    return true;
}

static bool is_option(const Family *family, Cursor argument)
{
    if (cursor_left(&argument) < 2)
        return false;
    return *argument.at == '-' || (*argument.at == '+' && family->plus_options) ||
           (*argument.at == '@' && family->at_files);
}

/* True when there is nothing more to find. */
static bool take_argument(Reading *reading, Cursor argument)
{
    bool found = false;
    if (!is_option(reading->family, argument))
        return cursor_is(&argument, "-") || take_plain(reading, argument);
    if (take_word(reading, argument, &found))
        return true;
    if (found || *argument.at == '@' || g_str_has_prefix(argument.at, "--") ||
        reading->family->letters == NULL)
        return false;
    return take_cluster(reading, argument);
}

static void read_arguments(Reading *reading)
{
    Cursor argument;
    if (!next_argument(reading, &argument)) /* the name that it was called by */
        return;
    while (next_argument(reading, &argument)) {
        if (cursor_is(&argument, "--")) {
            if (next_argument(reading, &argument))
                take_script(reading, argument);
            return;
        }
        if (take_argument(reading, argument))
            return;
    }
}

/* java Main.java compiles and runs that file. */
static bool is_source_file(const Reading *reading)
{
    const char *suffix = reading->family->source_suffix;
    size_t length = suffix == NULL ? 0 : strlen(suffix);
    return length > 0 && cursor_left(&reading->script) > length &&
           memcmp(reading->script.end - length, suffix, length) == 0;
}

ScriptKind interpreter_script(const char *exe_path, Cursor cmdline, char **ret_script)
{
    Reading reading = {.family = family_of(last_component(exe_path)), .rest = cmdline};
    if (!reading.family->no_scripts)
        read_arguments(&reading);
    size_t length = cursor_left(&reading.script);
    if (length == 0 || length >= PATH_MAX)
        return SCRIPT_NONE;
    if (reading.kind == SCRIPT_MODULE && is_source_file(&reading))
        reading.kind = SCRIPT_FILE;
    /* A module is a name. What looks like a path, but is not checked as one, must not pass for one.
     */
    if (reading.kind == SCRIPT_MODULE && *reading.script.at == '/')
        return SCRIPT_NONE;
    *ret_script = g_strndup(reading.script.at, length);
    return reading.kind;
}
