/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/* Options: the command line, as preload 0.6.4 has it, and what is new. */
#include <glib.h>
#include <stdbool.h>

typedef enum {
    OPTIONS_RUN,
    OPTIONS_HELP,
    OPTIONS_VERSION,
    OPTIONS_CHECK_CONFIG,
    OPTIONS_REPLAY
} OptionsAction;

typedef struct {
    OptionsAction action;
    char *conffile;  /* -c; NULL: the default, "" : none */
    char *statefile; /* -s; NULL: the default, "" : no state is kept */
    char *logfile;   /* -l; NULL: not given, "" : standard error */
    char *socket;    /* --socket; NULL: the default */
    char *replay;    /* --replay; NULL if action is another */
    char *experts;   /* --experts; NULL: all */
    char *explain;   /* --explain; NULL: nothing */
    char *record;    /* --record; NULL: nothing is recorded */
    bool anonymous;  /* --anonymous */
    bool foreground; /* -f */
    int nice;        /* -n, 15 */
    int verbose;     /* -V, 0 ... 10, default 4 */
} Options;

/*
 * argv as of main(), not changed. -d is short for -f -l '' -V 9. False with error set (its message
 * names the word that is wrong) if the words are off; the caller frees in any case.
 */
bool options_parse(Options *options, int argc, char **argv, GError **error);
void options_clear(Options *options);
/* The text of --help. */
char *options_help(void);

#define OPTIONS_NULL ((Options){.nice = 15, .verbose = 4})

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)
