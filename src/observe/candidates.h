/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Candidates: where a file that another mount namespace shows may be found here, by the text of
 * both mountinfos. Pure: nothing is touched, so that none of it is proved.
 */
#include "observe/mounts.h"
#include <glib.h>
#include <stdbool.h>

typedef enum {
    CANDIDATE_SAME,   /* the same file system, as it is mounted here */
    CANDIDATE_LAYER,  /* a directory that an overlay is made of; links may be in it, for it is as
                         somebody wrote it */
    CANDIDATE_MERGED, /* the same overlay, as it is mounted here */
} CandidateKind;

typedef struct {
    CandidateKind kind;
    bool metacopy; /* see Overlay */
    char *base;    /* owned: mount point ("" for "/") or layer */
    char *rest;    /* owned: what follows it, "/..." or "" */
} Candidate;

/*
 * path: absolute and canonical, below the root that `theirs` (mounts_parse_layers()) is seen from.
 * GArray of Candidate, the likeliest first: of an overlay its layers from the uppermost on, then
 * mounts in the order of `ours`. Empty for what is not on a disk of this machine. Those but layers
 * are on a mount of `ours` that is local and not covered by another.
 */
GArray *candidates_find(const Mounts *theirs, const Mounts *ours, const char *path);
