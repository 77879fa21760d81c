/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/* Requests: the command line of preloadctl. Pure. */
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum {
    COMMAND_STATUS,
    COMMAND_STATS,
    COMMAND_HEALTH,
    COMMAND_PREDICT,
    COMMAND_EXPLAIN,
    COMMAND_SHOW,
    COMMAND_TOP,
    COMMAND_WATCH,
    COMMAND_PAUSE,
    COMMAND_RESUME,
    COMMAND_PROMOTE,
    COMMAND_DEMOTE,
    COMMAND_IGNORE,
    COMMAND_FORGET,
    COMMAND_PIN,
    COMMAND_UNPIN,
    COMMAND_PINS,
    COMMAND_DUMP,
    COMMAND_SAVE,
    COMMAND_RELOAD,
    COMMAND_METRICS,
    COMMAND_REPORT,
    COMMAND_EXPORT,
    COMMAND_IMPORT,
    COMMANDS,
    COMMAND_HELP = COMMANDS, /* no commands of their own: options */
    COMMAND_VERSION,
} Command;

typedef enum { STATS_TOTAL, STATS_BY_EXE, STATS_BY_DAY } StatsBy;

typedef struct {
    Command command;
    char *socket;  /* NULL: the default */
    char *program; /* of the commands that take one */
    char **names;  /* of those that take several; NULL-terminated */
    char *output;  /* --output; NULL: standard output */
    char *file;    /* of export and import; NULL: standard output or input */
    char *state;   /* --state; NULL: the default */
    StatsBy by;
    uint32_t count; /* -n */
    uint32_t pause_sec;
    bool json;
} Request;

/* False with error set, which says what to do, if the words are off. The caller frees in any case.
 */
bool request_parse(Request *request, int argc, char **argv, GError **error);
void request_clear(Request *request);
/* The text of --help. */
char *request_help(void);
/* "90", "90s", "15m", "2h", "1d": seconds. False if it is none, or 0, or more than a week. */
bool request_duration(const char *text, uint32_t *ret_sec);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Request, request_clear)
