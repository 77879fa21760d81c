/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Applications: which programs have a desktop entry, by its id ("firefox.desktop"), by the command
 * that it calls ("firefox"), and by the program that this becomes (launcher.h).
 *
 * What a person has installed in their home directory stands above what the system has: one object
 * each, made in that order. Belongs to one thread at a time.
 */
#include "formats/launcher.h"
#include "observe/homes.h"
#include <glib.h>
#include <stdbool.h>

/* Where the system's are, the strongest first; of flatpaks and snaps there is only the number. */
extern const char *const applications_directories[];
/* The same of a person, below the home directory. */
extern const char *const applications_home_directories[];

#define APPLICATIONS_MAX 4096

typedef struct {
    ExeKey *key;
    FileId id;
} Application;

typedef struct Applications Applications;

/* above: what the system has; NULL for none. Borrowed, to be kept. */
Applications *applications_new(const Applications *above);
void applications_free(Applications *applications);

/* Takes in all entries of a directory and of the directories in it; one whose id is known stays. */
void applications_scan(Applications *applications, const Launcher *launcher, const char *directory);
void applications_scan_home(Applications *applications, const Launcher *launcher, const Home *home,
                            const char *directory);
/* One that is an entry of its own: an id of the directory that it is in, as for autostart. */
bool applications_read_home(const Launcher *launcher, const Home *home, const char *path,
                            Program *ret);

/* NULL if there is none. */
const Application *applications_find_id(const Applications *applications, const char *id);
const Application *applications_find_command(const Applications *applications, const char *name);
/* The commands, char *, borrowed, each once; to be freed. */
GPtrArray *applications_commands(const Applications *applications);
/* Adds the keys of those that menus show (referenced) to a set of ExeKey. */
void applications_add_keys(const Applications *applications, GHashTable *keys);
/* Entries whose program runs in a container (flatpak, snap). */
guint applications_contained(const Applications *applications);

/* Another number when something came into one of these directories or left it. */
uint64_t applications_stamp(const Mounts *mounts, const char *const *directories,
                            const GPtrArray *homes);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Applications, applications_free)
