/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Observation: what one pass over /proc found. Made in the scanner's thread, read in the main
 * loop's, shared by nobody.
 */
#include "base/exekey.h"
#include "base/fileid.h"
#include "base/touch.h"
#include "observe/meminfo.h"
#include "observe/origin.h"
#include "observe/pressure.h"
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

/* What a launch needed of one file. */
typedef struct {
    GRefString *path; /* owned */
    FileId id;
    TouchSet touched; /* launches are 1; empty: opened or listed only */
    uint16_t rank;    /* among the files of the launch, by the first touch; 0 is the first */
    bool directory;
} SightedFile;

void sighted_file_clear(SightedFile *file);

/* What was seen of a program: of one process in a pass, or of all that belong to a launch. */
typedef struct {
    ExeKey *key;           /* owned */
    FileId id;             /* of the executable */
    GArray *regions;       /* Region, accepted by mapprefix; the same file may come several times;
                              NULL if files has it all */
    GArray *files;         /* SightedFile, each path once; NULL: what is touched is not known */
    uint64_t mapped_bytes; /* sum of the lengths of the regions, as minsize counts it */
    Origin origin;         /* whose the present run of the program is */
    uint64_t launch;       /* that what `files` has belongs to: counts from 1, another number is
                              another launch; 0: it began before anybody looked */
    bool ended;            /* no process of it lives any more: its stop was told before */
    bool partial;          /* events were lost: what is not in `files` may have been touched, too */
} Sighting;

void sighting_free(Sighting *sighting);

/* What of the events there is; all 0 where none are asked for. */
typedef struct {
    bool asked;            /* events are wanted */
    int execs_error;       /* 0: execs and exits are told; else the negative errno why not */
    int opens_error;       /* the same of opens */
    uint32_t n_unmarked;   /* local file systems whose opens are not told */
    char unmarked_why[96]; /* of the first, for people */
    uint32_t n_overruns;   /* times that events were lost, since the start */
    uint32_t n_learning;   /* launches that are being learnt */
} ObserverHealth;

typedef struct {
    GPtrArray *stopped; /* ExeKey: its last process ended */
    GPtrArray
        *started;    /* ExeKey: it runs, and did not after the last pass (a restart is in both) */
    GArray *origins; /* Origin of each of these, as far as it goes: see observation_origin() */
    ExeKey *starter; /* owned; of an event: what the process that started, or its parent, ran
                        before; NULL if nothing that is tracked */
    uint64_t starter_usec; /* when that process had begun to: scanner_exec_usec() */
    GPtrArray *sightings;  /* Sighting */
    Meminfo memory;
    bool memory_known;
    Pressure pressure; /* of a pass */
    bool on_battery;   /* of a pass: no external power */
    /* For people. */
    uint32_t n_processes; /* with an executable: kernel threads are none */
    uint32_t n_tracked;   /* of an accepted program */
    uint32_t n_looked_into;
    uint32_t n_denied;     /* not permitted to look into (no CAP_SYS_PTRACE) */
    uint32_t n_foreign;    /* files left out: another mount namespace's path leads elsewhere here */
    uint32_t n_missed;     /* execs and exits that no event told, though events are told */
    ObserverHealth health; /* of a pass */
    int error;             /* 0, or the negative errno that /proc could not be listed with */
} Observation;

Observation *observation_new(void);
void observation_free(Observation *observation);
void observation_add_started(Observation *observation, ExeKey *key, Origin origin);
/* Of the one at that place in `started`; ORIGIN_UNKNOWN if it was not told. */
Origin observation_origin(const Observation *observation, guint place);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Observation, observation_free)
