/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * One line of /proc/PID/maps (proc_pid_maps(5)): pure, bounded.
 *
 *   start-end perms offset major:minor inode   path
 *
 * The kernel writes a newline in a path as "\012" and nothing else is escaped (fs/proc/task_mmu.c,
 * seq_path with "\n"), and it appends " (deleted)" to the path of an unlinked file. Both are
 * ambiguous: a file's name may end with " (deleted)" or hold a literal "\012". The parser reports
 * what it sees; who can stat decides (inode).
 */
#include "base/parse.h"
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct {
    uint64_t start;
    uint64_t length_bytes; /* never 0 */
    uint64_t offset_bytes;
    uint32_t dev_major;
    uint32_t dev_minor;
    uint64_t ino;
    Cursor path; /* as written, absolute; empty for anonymous memory and [pseudo] names */
} MapsLine;

/* False for a line that is not of the kernel's form, or whose numbers overflow. */
bool maps_line_parse(Cursor line, MapsLine *ret);

/* What the path may mean, in the order to try. */
typedef struct {
    char *plain;  /* \012 decoded, prelink's ".#prelink#." cut, " (deleted)" kept; NULL if > 4095
                     bytes */
    bool deleted; /* the text ends with " (deleted)": valid only if a file of that very name exists
                   */
    bool escaped; /* the text held \012: raw is the other reading */
} MapsPath;

/* Owned by the caller: g_free(ret->plain). */
MapsPath maps_path_read(Cursor path);
