/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Launcher: from the command that a person, a menu or a file calls a program by to the program that
 * will be seen to run: through PATH, links and wrapper scripts to the executable, and for an
 * interpreter to its script, as the observer names both (exekey.h).
 *
 * Reads the beginning of files of the system, on local disks only; runs nothing. Belongs to one
 * thread at a time.
 */
#include "base/exekey.h"
#include "base/fileid.h"
#include "formats/needs.h"
#include "observe/interpreter.h"
#include <stdbool.h>

/* Where commands are found; sbin is not for applications, and what is in home directories is not
 * tracked by default. */
extern const char *const launcher_directories[];

typedef struct {
    const char *const *directories; /* NULL-terminated: PATH */
    const Interpreters *interpreters;
    const PrefixList *exeprefix; /* what it rejects is not looked into */
    NeedsRules needs;            /* of several that a wrapper may start, the one that needs most */
} Launcher;

typedef struct {
    ExeKey *key; /* owned */
    FileId id;   /* of the executable */
} Program;

typedef enum {
    LAUNCHER_FOUND,
    LAUNCHER_NOT_FOUND, /* not installed, not tracked, or it cannot be told */
    LAUNCHER_CONTAINED, /* flatpak run, snap: what runs is known only inside */
} LauncherResult;

/* words: NULL-terminated, the command first. *ret is set if it is found. */
LauncherResult launcher_find(const Launcher *launcher, const char *const *words, Program *ret);
void program_clear(Program *program);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Program, program_clear)
