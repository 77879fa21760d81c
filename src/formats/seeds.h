/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Seeds: what a first run is prepared with: the programs that the people of this machine use, as
 * far as files tell that are kept by others, each with where that is from, what it counts for, and
 * what the loader will want of it (needs.h).
 *
 * Of people: which applications opened documents lately (never which documents), what they keep at
 * hand, what starts with their session, which commands of shells are applications, which browsers
 * have been used, and what opens their web pages, mail, folders, texts and so on. For a worker:
 * reads a few hundred small files.
 */
#include "formats/applications.h"
#include "model/seed.h"
#include <glib.h>
#include <stdint.h>

/* More applications than anybody uses; each is read ahead if there is room. */
#define SEEDS_MAX 48

/* Where to look; tests have a machine of their own. */
typedef struct {
    const Applications *applications; /* the system's */
    const char *const *chosen;        /* mimeapps.list and the like, the strongest first */
    const char *const *capable;       /* mimeinfo.cache */
    const GPtrArray *homes;           /* Home */
    int64_t now_sec;                  /* since 1970 */
} SeedRoots;

extern const char *const seeds_chosen[];
extern const char *const seeds_capable[];

/* Seed, to be freed, the heaviest first. cancel: atomic; stops early when it is set. */
GPtrArray *seeds_find(const SeedRoots *roots, const Launcher *launcher, const int *cancel);
