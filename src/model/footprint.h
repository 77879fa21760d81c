/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Footprint: the files, blocks and directories that the launches of an Exe need: its edges, with
 * the history of the last TOUCH_LAUNCHES launches that were learnt.
 *
 * A launch is seen several times while it goes on; all that belongs to one unites. With the next
 * one all ages; what was in none of the remembered launches is dropped, what was in less than a
 * third of them is not read ahead. A footprint that did not change for three launches is converged,
 * and then learnt from only now and then.
 */
#include "model/model.h"
#include <stdbool.h>
#include <stdint.h>

/* Unchanged launches after which a footprint is converged. */
#define FOOTPRINT_STABLE 3
/* Of the launches of a converged one, so many are not learnt from before one is again. */
#define FOOTPRINT_REST 15
/* Takes what was seen of a launch (sighting->files is not NULL). The Exe is in the model. */
void footprint_learn(Model *model, Exe *exe, const Sighting *sighting);

/* How many launches of it need not be learnt from from now on. */
uint32_t footprint_rest(const Exe *exe);

/* One thing to have in memory for a launch, borrowed from the model. */
typedef struct {
    const Map *map;
    BlockSet blocks; /* owned; empty: only the file's or the directory's metadata */
    uint8_t step;
    uint16_t rank;
} FootprintPart;

/*
 * What is wanted of the Exe's footprint, to be freed by g_array_unref(): FootprintPart, a file once
 * for each step that something of it is wanted of, in the order in which a launch touches them:
 * by step, rank and path.
 */
GArray *footprint_parts(const Exe *exe);
/* Adds what is wanted of one edge, of all steps, to `out`; false if not even its metadata is. */
bool footprint_wanted(const Exe *exe, const Edge *edge, BlockSet *out);
/* Bytes of the wanted blocks. */
uint64_t footprint_bytes(const Exe *exe);
