/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/* Tallies: what speaks for each program that a first run is prepared for, from which source and how
 * much, and the Seeds that this comes to. */
#include "base/exekey.h"
#include "base/fileid.h"
#include "model/seed.h"
#include <glib.h>

/* Below this a seed says nothing any more. */
#define TALLIES_WEIGHT_MIN 0.05

typedef enum {
    SOURCE_RECENT,
    SOURCE_FAVOURITE,
    SOURCE_AUTOSTART,
    SOURCE_HISTORY,
    SOURCE_PROFILE,
    SOURCE_BROWSER,
    SOURCE_DEFAULT,
    SOURCES
} Source;

typedef struct Tallies Tallies;

Tallies *tallies_new(void);
void tallies_free(Tallies *tallies);
/* So much, in launches, speaks for the program. */
void tallies_count(Tallies *tallies, ExeKey *key, const FileId *id, Source source, double weight);
/* Seed, to be freed, without files: the heaviest first, at most so many. The same for the same
 * counts, in whatever order they came. */
GPtrArray *tallies_seeds(const Tallies *tallies, guint most);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Tallies, tallies_free)
