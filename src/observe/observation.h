/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Observation: what one pass over /proc found. Made in the scanner's thread, read in the main
 * loop's, shared by nobody.
 */
#include "base/exekey.h"
#include "base/fileid.h"
#include "observe/meminfo.h"
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* A part of a file that a process has mapped. */
typedef struct {
    GRefString *path; /* owned */
    FileId id;
    uint64_t offset_bytes;
    uint64_t length_bytes;
} Region;

void region_clear(Region *region);

/* The mappings of one process of a program, read in this pass. */
typedef struct {
    ExeKey *key;           /* owned */
    FileId id;             /* of the executable */
    GArray *regions;       /* Region, accepted by mapprefix; the same file may come several times */
    uint64_t mapped_bytes; /* sum of the lengths of the regions, as minsize counts it */
} Sighting;

void sighting_free(Sighting *sighting);

typedef struct {
    GPtrArray *stopped; /* ExeKey: its last process ended */
    GPtrArray
        *started; /* ExeKey: it runs, and did not after the last pass (a restart is in both) */
    GPtrArray *sightings; /* Sighting */
    Meminfo memory;
    bool memory_known;
    /* For people. */
    uint32_t n_processes; /* with an executable: kernel threads are none */
    uint32_t n_tracked;   /* of an accepted program */
    uint32_t n_looked_into;
    uint32_t n_denied;  /* not permitted to look into (no CAP_SYS_PTRACE) */
    uint32_t n_foreign; /* files left out: another mount namespace's path leads elsewhere here */
    int error;          /* 0, or the negative errno that /proc could not be listed with */
} Observation;

Observation *observation_new(void);
void observation_free(Observation *observation);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Observation, observation_free)
