/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Seed: what is known of a program before it was ever seen to run: how likely its user is to launch
 * it, who says so, and what the loader will want of it. Of a first run only; see formats/seeds.h.
 *
 * A seed weighs as so many launches before the first, and fades as these would (launches.h). Its
 * files are provisional as mappings are: the first launch that is learnt from replaces them.
 */
#include "model/model.h"

/* As many launches as the most used program of a first run can have been seeded with. */
#define SEED_WEIGHT_MAX 8.0

typedef struct {
    GRefString *path; /* owned */
    FileId id;
    BlockSet blocks;
} SeedFile;

typedef struct {
    ExeKey *key; /* owned */
    FileId id;
    double weight;
    char *source;          /* owned; for people: "recently used, default browser" */
    GArray *files;         /* SeedFile, owned */
    uint64_t mapped_bytes; /* what the program maps at least, as minsize counts it */
} Seed;

GArray *seed_files_new(void);
void seed_free(Seed *seed);

/*
 * Takes over Seeds that the rules and the user's word accept, and whose programs are not too small.
 * From then on the model is seeded, also if there were none. How many.
 */
uint32_t model_plant(Model *model, const GPtrArray *seeds);
/* What is left of an Exe's seed, in launches. */
double exe_seed_weight(const Model *model, const Exe *exe);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Seed, seed_free)
