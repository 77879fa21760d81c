/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Vicinity: what a launch asks the disk for besides the files that it opens, and of which no event
 * tells: names that are looked for in vain, in one directory of a search path after the other;
 * links; sources that are only compared with what was compiled of them. Guessed from the paths of a
 * plan.
 *
 * Names that are there are kept as dentries and inodes. One that is not there is looked for in the
 * blocks of its directory, each time anew: these are what a listing reads.
 */
#include "predict/plan.h"
#include "prefetch/run.h"
#include <glib.h>
#include <stdbool.h>

typedef enum {
    VICINITY_DIRECTORY, /* something of the plan is in it or below, or may be looked for in it: it
                           is listed */
    VICINITY_TREE,      /* several directories in it are such ones: all in it are listed */
    VICINITY_LINKS,     /* a directory of symbolic links, each of which is looked up */
} VicinityKind;

typedef struct {
    char *path; /* owned */
    VicinityKind kind;
} Vicinity;

/* Of so many are those of a plan at most. */
#define VICINITY_MAX 2048
/* A directory that has more directories in it than this is no search path. */
#define VICINITY_TREE_MAX 64
/* Below so many directories of the plan neither. */
#define VICINITY_TREE_MIN 3
/* Of a directory of links. Debian's /etc/alternatives has some hundred. */
#define VICINITY_LINKS_MAX 1024

/* Vicinity, each directory once of a kind, those that come first in the plan first; nothing of an
 * empty plan. Pure; to be unref'ed. */
GArray *vicinity_of(const Plan *plan);
/* Reads it, waiting for the disk. Returns how many directories were listed and links looked up; 0
 * if it is not what it should be. Any thread. */
guint vicinity_visit(const Run *run, const Vicinity *vicinity);

/*
 * Names by which a file is looked up, or that are looked at before it is: of a library the links to
 * it, of a compiled Python module the source (PEP 3147). At most COMPANIONS_MAX; those that are not
 * NULL are to be freed. Pure.
 */
#define COMPANIONS_MAX 2
void companions_of(const char *path, char *ret_names[COMPANIONS_MAX]);

/* Has the kernel read the entries of a directory, up to a bound: they go nowhere. */
void vicinity_list(const Run *run, int fd);
