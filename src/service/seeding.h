/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Seeding: prepares a first run (formats/seeds.h), once, and keeps up which programs are
 * applications (formats/applications.h), which pools go by. All that reads files is a worker's.
 */
#include "service/daemon.h"

/* Where all of that is looked for; seeding_system but in tests. */
typedef struct {
    const char *mountinfo_path;
    const char *ldcache_path;
    const char *const *application_directories;
    const char *const *commands; /* directories: PATH */
    const char *const *libraries;
    const char *const *chosen;
    const char *const *capable;
    /* Home, to be freed; NULL: the people that getpwent(3) lists. */
    GPtrArray *(*homes)(const Mounts *mounts);
} SeedingPlaces;

extern const SeedingPlaces seeding_system;

/* Begins with a look at once, if the model was never seeded, else when the machine's start is
 * over. */
void seeding_start(Daemon *daemon, const SeedingPlaces *places);
/* The configuration changed: other programs may be applications, a first run may be seeded now. */
void seeding_reconfigure(Daemon *daemon);
/* Tells the Exes that are applications so: before pools are judged. */
void seeding_mark(Daemon *daemon);
/* Waits for the worker's end; daemon->cancel is set. */
void seeding_stop(Daemon *daemon);
