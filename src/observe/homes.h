/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Homes: the home directories of this machine's people, and the reading of a few known files in
 * them.
 *
 * What lies in a home directory is its owner's, who may be hostile: a file is read only if it is a
 * regular one, belongs to the owner of the home directory, and is reached from there without a
 * symbolic link and without another mount. Belongs to one thread at a time.
 */
#include "observe/mounts.h"
#include <glib.h>
#include <stdint.h>
#include <sys/types.h>

/* More people than a machine that is worth to be prepared for them has. */
#define HOMES_MAX 64
/* login.defs(5): UID_MIN, and "nobody". Below it are services, and root. */
#define HOMES_UID_MIN 1000
#define HOMES_UID_NOBODY 65534

typedef struct {
    char *path; /* without links */
    uid_t uid;
    int fd; /* of the directory */
} Home;

typedef enum {
    HOME_WHOLE, /* nothing if the file is larger than the limit */
    HOME_TAIL,  /* of a larger file its last part */
} HomePart;

/* NULL unless the path leads, through local disks, to a directory on one that belongs to uid. */
Home *home_open(const Mounts *mounts, const char *path, uid_t uid);
void home_free(Home *home);

/* Home, to be freed: of those that passwd(5) and the other sources of getpwent(3) list, without
 * services and root. May wait for what nsswitch.conf(5) says: not for the main loop. */
GPtrArray *homes_of_people(const Mounts *mounts);

/* path: relative. NULL if there is none, or it may not be read. */
GString *home_read(const Home *home, const char *path, size_t limit_bytes, HomePart part);
/* The names in a directory of its owner's, to be freed, sorted, at most `most` of them; NULL if
 * there is none. */
GPtrArray *home_list(const Home *home, const char *path, guint most);
/* When the content of a directory or of a directory in it changed last, in seconds since 1970; 0 if
 * there is none. */
int64_t home_changed_sec(const Home *home, const char *path);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Home, home_free)
