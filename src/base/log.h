/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Log: to standard error, a file, or the journal (with MESSAGE_ID and PRIORITY).
 *
 * Only service/ and main log; all else returns errors. A message is one line: control characters in
 * it are replaced, for the names in it are foreign. Belongs to the main loop's thread.
 */
#include "base/message.h"
#include <glib.h>
#include <stdbool.h>

/* A message is written if its level is at most the verbosity (-V): 4 by default, 9 with -d. */
typedef enum {
    LEVEL_ERROR = 0,   /* something does not work */
    LEVEL_WARNING = 2, /* something works less well */
    LEVEL_NOTICE = 3,  /* rare events of note: start, stop, reload, import */
    LEVEL_INFO = 4,    /* what was done: a cycle that read something, a save */
    LEVEL_CYCLE = 6,   /* each cycle, also an idle one */
    LEVEL_DEBUG = 9,
} LogLevel;

typedef struct Log Log;

/*
 * file: "" for standard error (or the journal, if standard error leads there); NULL for the journal
 * if it runs, else standard error; a path is appended to. NULL with error if it cannot be opened.
 */
Log *log_new(const char *file, int verbosity, GError **error);
void log_free(Log *log);
/* Opens the file anew (after it was rotated). On failure the old one stays. */
bool log_reopen(Log *log, GError **error);
bool log_wants(const Log *log, LogLevel level);

void log_write(Log *log, LogLevel level, MessageId id, const char *format, ...) G_GNUC_PRINTF(4, 5);

/* A copy without control characters: what is not printable becomes '?'. Invalid UTF-8 as well. */
char *log_printable(const char *text);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Log, log_free)
