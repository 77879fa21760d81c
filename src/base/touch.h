/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * TouchSet: which 64 KiB blocks of a file the recent launches of a program touched, which of these
 * launches, and how early in a launch. Sorted, disjoint runs; neighbours differ in their history.
 */
#include "base/blocks.h"
#include "base/parse.h"
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* How many launches are remembered: the bits of TouchRun.launches. */
#define TOUCH_LAUNCHES 8
/* Steps of a launch: see touch_step(). */
#define TOUCH_STEPS 16
/* A set of more runs than this takes no more: a hostile process cannot grow us. */
#define TOUCH_RUNS_MAX 4096

typedef struct {
    uint32_t first;
    uint32_t count;   /* never 0 */
    uint8_t launches; /* bit i: the launch that was learnt i launches ago touched them; never 0 */
    uint8_t step;     /* the earliest at which the last of these launches touched them */
} TouchRun;

typedef struct {
    TouchRun *runs; /* owned; NULL when empty */
    uint32_t n_runs;
} TouchSet;

#define TOUCH_SET_NULL ((TouchSet){0})

/*
 * The step of a launch that a time since its exec is in: below 15, 30, 50, 75, 110, 160, 230, 330,
 * 470, 670 ms, 1, 1.4, 2, 10 and 30 s, and later. What a launch touches first it waits for first; a
 * page table tells what was touched, but not when, so that it is looked at at the end of each of
 * these steps. They grow by about 1.4, as what is missed by an order that is off by so much does.
 */
uint8_t touch_step(uint64_t since_exec_usec);
/* The end of a step; UINT64_MAX of the last. */
uint64_t touch_step_end_usec(uint8_t step);

void touch_set_clear(TouchSet *set);
TouchSet touch_set_copy(const TouchSet *set);
/* The blocks were touched by those launches (or-ed to what is known), at that step or before. True
 * if anything changed. */
bool touch_set_add_run(TouchSet *set, TouchRun run);
bool touch_set_add(TouchSet *set, const BlockSet *blocks, uint8_t launches, uint8_t step);
bool touch_set_unite(TouchSet *set, const TouchSet *other);
/*
 * The launch that is being learnt (bit 0) touched the blocks of `seen`. These get `launches`,
 * whatever `seen` has there. Of the steps at which launches touched a block first the earliest
 * stays: it is from the launch that waited least, so that its steps tell most. True if anything
 * changed.
 */
bool touch_set_learn(TouchSet *set, const TouchSet *seen, uint8_t launches);
/* Another launch begins: all were touched one launch earlier; what is too long ago goes. */
void touch_set_age(TouchSet *set);
/* Whether something of that history is read ahead: in at least a third of n_learnt launches. */
bool touch_wanted(uint8_t launches, uint32_t n_learnt);
/* Adds the blocks that are wanted of these steps (from and to inclusive) to `out`. */
void touch_set_wanted(const TouchSet *set, uint32_t n_learnt, uint8_t from, uint8_t to,
                      BlockSet *out);
/* Adds all blocks to `out`. */
void touch_set_blocks(const TouchSet *set, BlockSet *out);
bool touch_set_equal(const TouchSet *a, const TouchSet *b);

/*
 * Text form: "0-11:3.0,15.4,20-30:1" (first-last, decimal; launches, hexadecimal; step); what is as
 * in the run before is left out. Never empty.
 */
void touch_set_print(const TouchSet *set, GString *out);
/* Refuses anything but strictly rising runs as above, of which no two neighbours could be one, and
 * of which none repeats what is as before. On success *ret is owned by the caller. */
bool touch_set_parse(Cursor text, TouchSet *ret);
