/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Model: what we know. The arena of Exes, of the Maps that they share, of the edges between them
 * and of the Markov chains of pairs of Exes. Belongs to the main loop; does no I/O and reads no
 * clock.
 *
 * Model time is the time that the daemon has run over its life, in microseconds; it stands still in
 * suspend and while the daemon is down.
 */
#include "base/blocks.h"
#include "base/exekey.h"
#include "base/fileid.h"
#include "base/prefix.h"
#include "model/markov.h"
#include "observe/observation.h"
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* Chains are made only between Exes that both ran within this time: N x K of them, not N squared.
 */
#define MODEL_ACTIVE_USEC (UINT64_C(6) * 3600 * G_USEC_PER_SEC)
/* Bounds against a machine that runs anything under ever new names. The least used go first. */
#define MODEL_EXES_MAX 8192
#define MODEL_CHAINS_PER_EXE_MAX 96
#define MODEL_EDGES_PER_EXE_MAX 4096
#define MODEL_BAD_MAX 4096
/* How long a program that was found too small is taken for it. */
#define MODEL_BAD_USEC (UINT64_C(7) * 24 * 3600 * G_USEC_PER_SEC)

typedef struct Exe Exe;
typedef struct Map Map;
typedef struct Chain Chain;

/* A file that programs map. Lives as long as an edge leads to it. */
struct Map {
    GRefString *path;
    FileId id;
    uint32_t n_exes; /* edges that lead here */
    uint32_t index;  /* place in model->maps */
    float lnprob;    /* ln P(not needed), of the last prophecy; > 0: in use by a running Exe */
};

/* That an Exe uses a Map, and which blocks of it. */
typedef struct {
    Map *map;
    BlockSet blocks;
} Edge;

struct Chain {
    Exe *a;
    Exe *b;
    Markov markov;
};

struct Exe {
    ExeKey *key;
    FileId id;
    uint64_t launches;
    uint64_t run_usec;     /* time it ran, up to changed_usec if it runs */
    uint64_t first_usec;   /* model time of the first sight */
    uint64_t active_usec;  /* model time of the last stop; see exe_active_usec() */
    uint64_t changed_usec; /* model time of the last start or stop */
    GArray *edges;         /* Edge, sorted by map->path */
    GPtrArray *chains;     /* Chain; each is in both its Exes' arrays */
    uint32_t index;        /* place in model->exes */
    bool running;
    bool was_running; /* before the changes that are being taken over */
    float lnprob;     /* ln P(not launched within the horizon), of the last prophecy */
};

/* A program that maps less than minsize: remembered, so that it is not looked into again. */
typedef struct {
    ExeKey *key;
    uint64_t size_bytes;
    uint64_t seen_usec;
} BadExe;

typedef struct {
    uint64_t minsize_bytes;
    PrefixList *exeprefix; /* referenced */
    PrefixList *mapprefix;
} ModelRules;

typedef struct Model {
    ModelRules rules;
    uint64_t now_usec;       /* model time */
    GPtrArray *exes;         /* Exe */
    GPtrArray *maps;         /* Map */
    GHashTable *exe_by_key;  /* ExeKey -> Exe */
    GHashTable *map_by_path; /* path -> Map */
    GHashTable *bad;         /* ExeKey -> BadExe */
    uint32_t n_chains;
    uint64_t generation; /* counts changes: a save is due when it differs from the saved one */
    bool synchronized;   /* a pass was observed since the start */
    /* Told of files that come and go, so that they can be watched; may be NULL. */
    void (*track)(const char *path, bool tracked, gpointer data);
    gpointer track_data;
} Model;

Model *model_new(const ModelRules *rules);
void model_free(Model *model);
/* New rules: what they reject leaves the model. Returns the number of Exes and Maps that left. */
uint32_t model_set_rules(Model *model, const ModelRules *rules);

/* Lets model time pass. Running Exes are active. */
void model_advance(Model *model, uint64_t delta_usec);
/* Takes over what a pass found, at the present model time. */
void model_observe(Model *model, const Observation *observation);
/* Looks at the machine anew: what the next pass finds running has been running, it was not launched
 * now, and what does not run was not stopped now (we were not there to see it). */
void model_resynchronize(Model *model);

Exe *model_find_exe(const Model *model, const ExeKey *key);
Map *model_find_map(const Model *model, const char *path);
/* The program is added if it is not known; does not run. */
Exe *model_add_exe(Model *model, ExeKey *key, const FileId *id);
/* The edge is added or grown; NULL if the Exe has too many edges already. */
Edge *model_add_edge(Model *model, Exe *exe, const char *path, const FileId *id,
                     const BlockSet *blocks);
/* The chain between two different Exes, or NULL. */
Chain *model_find_chain(const Exe *a, const Exe *b);
/* The chain is made if there is none; NULL if one of them has too many. */
Chain *model_add_chain(Model *model, Exe *a, Exe *b);
void model_remove_chain(Model *model, Chain *chain);
/* These Exes, each once, start if they do not run and stop if they do, at the present model time,
 * all at once: for a pair of which both change it is one transition. Their chains learn it. */
void model_learn_changes(Model *model, GPtrArray *exes);
/* All edges of an Exe go: its file was replaced, it is learnt anew. */
void model_drop_edges(Model *model, Exe *exe);
void model_add_bad(Model *model, ExeKey *key, uint64_t size_bytes, uint64_t seen_usec);

/* Forgets the programs found too small long ago: an upgrade may have made them larger. How many. */
uint32_t model_expire_bad(Model *model);

/* The Exe, its chains and its edges go. */
void model_remove_exe(Model *model, Exe *exe);
/* A file is gone: as executable or script of Exes, and as Map. Returns how many Exes and Maps went.
 */
uint32_t model_forget_path(Model *model, const char *path);
/* All paths, each once, that the model depends on: executables, scripts that are files, Maps.
 * Strings are referenced. For the check of what still exists. */
GPtrArray *model_paths(const Model *model);

/* Model time when the Exe was last known to run. */
uint64_t exe_active_usec(const Model *model, const Exe *exe);
/* Total time that the Exe or the pair ran, up to now. */
uint64_t exe_run_usec(const Model *model, const Exe *exe);
uint64_t chain_both_usec(const Model *model, const Chain *chain);
static inline MarkovState chain_state(const Chain *chain)
{
    return markov_state(chain->a->running, chain->b->running);
}
bool chain_correlation(const Model *model, const Chain *chain, double *ret_rho);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Model, model_free)
