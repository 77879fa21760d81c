/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * BlockSet: which 64 KiB blocks of a file. Sorted, disjoint, non-adjacent runs.
 *
 * 64 KiB is the kernel's fault-around unit (mm/memory.c, fault_around_bytes), so the natural grain
 * of what a launch touches. A file of 2^32 blocks is 256 TiB; what lies behind is ignored.
 */
#include "base/parse.h"
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define BLOCK_BYTES UINT64_C(65536)
/* A set of more runs than this keeps its first runs only: a hostile process cannot grow us. */
#define BLOCK_RUNS_MAX 4096

typedef struct {
    uint32_t first;
    uint32_t count; /* never 0 */
} BlockRun;

typedef struct {
    BlockRun *runs; /* owned; NULL when empty */
    uint32_t n_runs;
} BlockSet;

#define BLOCK_SET_NULL ((BlockSet){0})

void block_set_clear(BlockSet *set);
BlockSet block_set_copy(const BlockSet *set);
/* Adds the blocks that overlap [offset, offset + length). True if the set grew. */
bool block_set_add_bytes(BlockSet *set, uint64_t offset_bytes, uint64_t length_bytes);
bool block_set_add_run(BlockSet *set, uint32_t first, uint32_t count);
/* Adds all of `other`; true if the set grew. */
bool block_set_unite(BlockSet *set, const BlockSet *other);
/* Takes all of `other` away. What would make more than BLOCK_RUNS_MAX runs of the rest goes, too.
 */
void block_set_subtract(BlockSet *set, const BlockSet *other);
/* Adds what is in both a and b to `out`. */
void block_set_intersect(const BlockSet *a, const BlockSet *b, BlockSet *out);
bool block_set_equal(const BlockSet *a, const BlockSet *b);
uint64_t block_set_bytes(const BlockSet *set);
/* The same of a file of that size, whose last block is seldom a whole one. */
uint64_t block_set_file_bytes(const BlockSet *set, uint64_t size_bytes);

/* Text form: "0-11,15,20-30" (first-last, both inclusive, decimal); never empty. */
void block_set_print(const BlockSet *set, GString *out);
/* Refuses anything but strictly rising, non-adjacent runs. On success *ret is owned by the caller.
 */
bool block_set_parse(Cursor text, BlockSet *ret);
