/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Sight: what one pass tells of the files that processes have mapped, and which pages of them they
 * have touched. Belongs to the scanner's thread.
 *
 * Mappings are read at first sight of a process and then at growing intervals while it runs.
 * Touched pages are looked for as long as there is time in the pass; a program that none was left
 * for is told with its mappings only, and completely in one of the next passes.
 */
#include "base/clock.h"
#include "observe/mappings.h"
#include "observe/processes.h"
#include "observe/touched.h"

/* All that it points to is borrowed. */
typedef struct {
    const Viewer *viewer;
    MappedFiles *files;
    Programs *programs;
    Touched *touched; /* NULL: regions are all that is told */
    const Clock *clock;
    uint64_t left_usec; /* for touched pages; a look once begun is not broken off by it */
    uint32_t pass;      /* counts from 1 */
    uint32_t refreshes_left;
} Sight;

/* At the begin of a pass. */
Sight sight_new(const Viewer *viewer, MappedFiles *files, Programs *programs, uint32_t pass);
void sight_set_touched(Sight *sight, Touched *touched, const Clock *clock);

/* To be called for each process in each pass: reads its mappings if that is due, and adds a
 * Sighting if they tell anything new. */
void sight_process(Sight *sight, Process *process, Observation *observation);
