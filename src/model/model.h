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
#include "base/patterns.h"
#include "base/prefix.h"
#include "model/days.h"
#include "model/edge.h"
#include "model/launches.h"
#include "model/markov.h"
#include "model/metrics.h"
#include "model/mixture.h"
#include "model/pool.h"
#include "model/rates.h"
#include "model/weight.h"
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
/* All edges of all Exes. The Exes that were used least lately lose theirs first. */
#define MODEL_EDGES_MAX 262144
#define MODEL_BAD_MAX 4096
/* Of model time: on a machine that is used for eight hours a day, three months and three years. */
#define MODEL_STALE_USEC (UINT64_C(30) * 24 * 3600 * G_USEC_PER_SEC)
#define MODEL_STALE_LAUNCHES_MAX 12
/* How long a program that was found too small is taken for it. */
#define MODEL_BAD_USEC (UINT64_C(7) * 24 * 3600 * G_USEC_PER_SEC)

typedef struct Exe Exe;
typedef struct Map Map;
typedef struct Chain Chain;

/* How often a file must have been seen to be replaced or rewritten before it counts as one that
 * always is (a database, a cache): from then on that is no upgrade, and its blocks stay. */
#define MAP_CHANGES_MAX 2

/*
 * A file or directory that programs need, by whatever path: two mounts of one file, or two links to
 * it, are one Map, of the path that was seen first. Lives as long as an edge leads to it.
 */
struct Map {
    FileId id; /* first: a Map is its own key in model->map_by_id */
    GRefString *path;
    BlockSet ours;     /* read ahead, and not needed by a launch since; see metrics.h */
    uint32_t n_exes;   /* edges that lead here */
    uint32_t index;    /* place in model->maps */
    float lnprob;      /* ln P(not needed by an Exe that does not run), of the last prophecy */
    Pool pool;         /* of the Exes that bid for it: POOL_PRIORITY if one is of that */
    bool directory;    /* no blocks are known of it */
    uint8_t n_changes; /* how often it was replaced since the start, up to MAP_CHANGES_MAX */
};

struct Chain {
    Exe *a;
    Exe *b;
    uint64_t serial; /* rises: both Exes have their chains in the order in which they were made */
    Markov markov;
};

/* A bid that waits to come true: see predict/windows.h. */
typedef struct {
    float raw; /* 0: none was made */
    float bid;
    bool launched;
} ExeWindow;

struct Exe {
    ExeKey *key;
    FileId id;
    uint64_t launches;
    uint64_t user_launches; /* of these, by origin; what is left is not known */
    uint64_t automated_launches;
    double weighted_launches; /* without the launch that is under way: exe_weighted_launches() */
    uint64_t user_usec;       /* model time of the user's last launch; of the first sight if none */
    uint64_t launched_usec;   /* model time when the launch that is under way began */
    uint64_t run_usec;        /* time it ran, up to changed_usec if it runs */
    uint64_t first_usec;      /* model time of the first sight */
    uint64_t active_usec;     /* model time of the last stop; see exe_active_usec() */
    uint64_t changed_usec;    /* model time of the last start or stop */
    GArray *edges;            /* Edge, sorted by map->path */
    GPtrArray *chains;        /* Chain, rising by serial; each is in both its Exes' arrays */
    GPtrArray *partners;      /* Exe: the other one of each of these, so that who looks for some of
                                 them need not touch all */
    Metrics metrics;
    Habit habit;
    float seed_weight;       /* launches that are taken for granted before the first, 0: none */
    GRefString *seed_source; /* where from; NULL: nowhere */
    uint64_t learnt_launch; /* Sighting.launch that was learnt from last, 0: none since the start */
    uint64_t
        full_until_usec;    /* none of its chains can be given up before; 0: not known; not saved */
    uint32_t index;         /* place in model->exes */
    uint32_t running_index; /* place in model->running, while it runs */
    GList rested;           /* in model->rested, while it does not run */
    uint64_t linked;        /* the last pass over chains in which it had one; see chains.c */
    uint32_t place;         /* among the candidates of a question; see predict/question.h */
    uint8_t n_learnt;       /* launches that were learnt from, up to TOUCH_LAUNCHES; 0: the edges
                               are provisional, whole mappings */
    uint8_t n_stable;       /* the latest of these that changed nothing, up to FOOTPRINT_STABLE */
    uint32_t rest_told;     /* footprint_rest() as the observer was told it; not saved */
    Origin origin;          /* of the launch that is under way */
    Pool pool;              /* learnt; what counts is exe_pool() */
    Word word;              /* the user's or the configuration's: see words.h */
    bool application;       /* it has a desktop entry, says whoever knows; not saved */
    bool weighing;          /* a launch is under way whose begin was seen */
    bool running;
    bool was_running; /* before the changes that are being taken over */
    /* Of the last prophecy; all 0 while it runs. */
    float chance;        /* that it is the next one to be launched */
    float raw[HORIZONS]; /* P(launched within the horizon) before it was set right, */
    float bid[HORIZONS]; /* and after */
    float lnprob;        /* ln P(not launched within ten minutes) */
    ExeWindow windows[HORIZONS];
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
    PrefixList *fileprefix; /* of what is read or listed; NULL: mapprefix alone decides */
    PrefixList *appprefix;  /* where applications of the user are; NULL: nowhere */
    Patterns *ignore;       /* programs that are ignored; may be NULL */
    Patterns *promote;      /* programs that are of the priority pool; may be NULL */
    WeightRules weight;
} ModelRules;

typedef struct Model {
    ModelRules rules;
    uint64_t now_usec;       /* model time */
    int64_t local_sec;       /* seconds since 1970 by the clock on the wall, local time; may jump */
    GPtrArray *exes;         /* Exe */
    GPtrArray *maps;         /* Map */
    GPtrArray *running;      /* Exe that run, in no order that matters */
    GQueue rested;           /* those that do not, the one that ran last first */
    GHashTable *exe_by_key;  /* ExeKey -> Exe */
    GHashTable *map_by_path; /* path -> Map */
    GHashTable *map_by_id;   /* set of Map, by their FileId, of those whose identity is known */
    GHashTable *bad;         /* ExeKey -> BadExe */
    GHashTable *words;       /* what the user said: see words.h */
    GHashTable *pinned;      /* and what is to be locked in memory: see pinned.h */
    Metrics metrics;         /* of all launches; also of Exes that left */
    Days days;               /* the same by day */
    Launches launches;
    Mixture mixture;
    Rates rates;
    uint32_t n_chains;
    uint64_t n_chains_made; /* the serial of the last */
    uint64_t n_link_passes; /* see chains.c; not saved */
    uint32_t n_edges;
    uint64_t generation; /* counts changes: a save is due when it differs from the saved one */
    bool synchronized;   /* a pass was observed since the start */
    bool seeded;         /* what a first run is prepared with is in; see seed.h */
    /* Told of files that come and go, so that they can be watched; may be NULL. Private: see
     * model_track(). */
    void (*track)(const char *path, bool tracked, gpointer data);
    gpointer track_data;
    /* Told of a launch before it changes anything; may be NULL. */
    void (*launching)(Exe *exe, gpointer data);
    gpointer launching_data;
} Model;

/* Tells of a path, which may be NULL or no path. Private to the model's own modules. */
void model_track(const Model *model, const char *path, bool tracked);

Model *model_new(const ModelRules *rules);
void model_free(Model *model);
/* Whether a program is accepted: by its executable, and by its script if that is a file. */
bool model_rules_accept(const ModelRules *rules, const ExeKey *key);
/* New rules: what they reject leaves the model. Returns the number of Exes and Maps that left. */
uint32_t model_set_rules(Model *model, const ModelRules *rules);

/* Lets model time pass. Running Exes are active. */
void model_advance(Model *model, uint64_t delta_usec);
/* Takes over what exe->running says into model->running. Private to the model's own modules. */
void model_settle_running(Model *model, Exe *exe);
/* The same for all that do not run, by active_usec: it was set from outside. */
void model_settle_rested(Model *model);
/* Takes over what a pass found, at the present model time. */
void model_observe(Model *model, const Observation *observation);
/* Looks at the machine anew: what the next pass finds running has been running, it was not launched
 * now, and what does not run was not stopped now (we were not there to see it). */
void model_resynchronize(Model *model);

Exe *model_find_exe(const Model *model, const ExeKey *key);
Map *model_find_map(const Model *model, const char *path);
/* The program is added if it is not known; does not run. */
Exe *model_add_exe(Model *model, ExeKey *key, const FileId *id);
/*
 * The edge of the Exe to that file, made if there is none (its launches are 0 then: to be set).
 * What the identity tells is taken over: see model_notice_file(). NULL if the Exe has too many
 * edges. Valid until the next edge is added or removed.
 */
Edge *model_add_file(Model *model, Exe *exe, const char *path, const FileId *id, bool directory);
/* The same for a mapping, of which it is not known which blocks a launch touches: all are taken, as
 * touched late in the present launch. */
Edge *model_add_edge(Model *model, Exe *exe, const char *path, const FileId *id,
                     const BlockSet *blocks);
/* NULL if there is none. Found by the Map's path only. */
Edge *model_find_edge(const Exe *exe, const char *path);
void model_remove_edge(Model *model, Exe *exe, guint place);
/* A file was seen: if it is a known Map, but not the file that it was, it is learnt anew, see
 * model_renew_path(). */
void model_notice_file(Model *model, const char *path, const FileId *id);
/*
 * A Map was replaced or rewritten (an upgrade): which blocks launches touch of it is forgotten,
 * that they need it is not, and none of its Exes is converged. A file that always changes keeps its
 * blocks. Its identity is not known until it is seen again. False if there is no such Map.
 */
bool model_renew_path(Model *model, const char *path);
/* The chain between two different Exes, or NULL. */
Chain *model_find_chain(const Exe *a, const Exe *b);
/* The chain is made if there is none; NULL if one of them has too many. */
Chain *model_add_chain(Model *model, Exe *a, Exe *b);
void model_remove_chain(Model *model, Chain *chain);
/* These Exes, each once, start if they do not run and stop if they do, at the present model time,
 * all at once: for a pair of which both change it is one transition. Their chains learn it. */
void model_learn_changes(Model *model, GPtrArray *exes);
/* All edges of an Exe go: its file was replaced, it is learnt anew, from the beginning. */
void model_drop_edges(Model *model, Exe *exe);
void model_add_bad(Model *model, ExeKey *key, uint64_t size_bytes, uint64_t seen_usec);

/* Forgets the programs found too small long ago: an upgrade may have made them larger. How many. */
uint32_t model_expire_bad(Model *model);
/* Forgets the programs that have not run for MODEL_STALE_USEC for each of their launches (at most
 * MODEL_STALE_LAUNCHES_MAX of them count) and of which nobody said a word: what is tried once, and
 * what builds and tests leave behind, would pile up for years. How many. */
uint32_t model_expire_exes(Model *model);

/* The Exe, its chains and its edges go. */
void model_remove_exe(Model *model, Exe *exe);
/* A Map and all edges to it go; how many Maps that were. */
uint32_t model_forget_map(Model *model, const char *path);
/* A file is gone: as executable or script of Exes, and as Map. Returns how many Exes and Maps went.
 */
uint32_t model_forget_path(Model *model, const char *path);
/* All paths, each once, that the model depends on: executables, scripts that are files, Maps.
 * Strings are referenced. For the check of what still exists. */
GPtrArray *model_paths(const Model *model);

/* Model time when the Exe was last known to run. */
uint64_t exe_active_usec(const Model *model, const Exe *exe);
/* Whether it was launched before the launch that is under way. */
static inline bool exe_has_run(const Exe *exe)
{
    return exe->habit.counted > 0 || exe->launches > 1;
}
/* Total time that the Exe or the pair ran, up to now. */
uint64_t exe_run_usec(const Model *model, const Exe *exe);
/* The weight of all its launches, with the one that is under way up to now. */
double exe_weighted_launches(const Model *model, const Exe *exe);
/* The launch that is under way ends now, or one begins; private to the model's own modules. */
void exe_end_launch(const Model *model, Exe *exe);
void exe_begin_launch(const Model *model, Exe *exe, Origin origin);
uint64_t chain_both_usec(const Model *model, const Chain *chain);
static inline MarkovState chain_state(const Chain *chain)
{
    return markov_state(chain->a->running, chain->b->running);
}
bool chain_correlation(const Model *model, const Chain *chain, double *ret_rho);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Model, model_free)
