/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Image: the model flattened into plain arrays, without pointers between them: what is written to
 * the state file and read from it. Taking one is quick, so that encoding and writing can be a
 * worker's.
 *
 * An Image that came from a file has been checked: every reference is in range, no Exe, Map, edge
 * or chain comes twice, numbers are finite and of sense. It need not be in those orders.
 */
#include "base/blocks.h"
#include "base/fileid.h"
#include "model/image-habits.h"
#include "model/model.h"
#include <glib.h>

typedef struct {
    GRefString *path;
    FileId id;
    bool directory;
} ImageMap;

typedef struct {
    ExeKey *key;
    FileId id;
    uint64_t launches;
    uint64_t run_usec;
    uint64_t first_usec;
    uint64_t active_usec;
    uint8_t n_learnt;
    uint8_t n_stable;
    Metrics metrics;
    uint64_t user_launches;
    uint64_t automated_launches;
    double weighted_launches; /* with what was under way */
    uint64_t user_usec;
    Pool pool;
    float seed_weight;
    GRefString *seed_source; /* NULL: none */
} ImageExe;

/* Of an ImageExe that is in no Image. */
void image_exe_clear(gpointer exe);

typedef struct {
    ExeKey *key;
    Word word; /* not WORD_NONE */
} ImageWord;

typedef struct {
    uint32_t exe;       /* index in exes */
    uint32_t map;       /* index in maps */
    uint32_t first_run; /* its blocks: index in runs */
    uint32_t n_runs;
    uint16_t rank;
    uint8_t launches;
} ImageEdge;

typedef struct {
    uint32_t a;
    uint32_t b;
    Markov markov; /* both_usec is up to the time of the image, which is changed_usec unless neither
                      runs */
} ImageChain;

typedef struct {
    ExeKey *key;
    uint64_t size_bytes;
    uint64_t seen_usec;
} ImageBad;

typedef struct {
    uint64_t model_usec;
    int64_t saved_unix_sec;
    bool seeded; /* true as well of what is older than seeds, as that was no first run */
    Metrics metrics;
    Days days;
    ImageHabits habits;
    GArray *maps;      /* ImageMap, in the order in which edges first lead to them */
    GArray *exes;      /* ImageExe */
    GArray *edges;     /* ImageEdge */
    GArray *runs;      /* TouchRun: the blocks of all edges, in one piece */
    GArray *chains;    /* ImageChain, in the order in which they were made */
    GArray *bad;       /* ImageBad, by key */
    GArray *words;     /* ImageWord, by key */
    GPtrArray *pinned; /* ExeKey, by key: see pinned.h */
} Image;

Image *image_new(void);
void image_free(Image *image);

/* Adds an edge with these blocks, which are copied; the number of its runs is the last argument's.
 */
void image_add_edge(Image *image, ImageEdge edge, const TouchSet *touched);
/* Borrowed, until the next edge is added: to be read only. */
TouchSet image_touched(const Image *image, const ImageEdge *edge);

/* What was learnt is the same for the same model, and again when it was read and taken once more.
 */
Image *image_of_model(const Model *model, int64_t unix_sec);
/* Fills an empty model. What its rules reject is left out; returns how many Exes and Maps that
 * were. */
uint32_t image_to_model(const Image *image, Model *model);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Image, image_free)
