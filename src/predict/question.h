/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Question: which of these programs is launched next? What the experts are asked, and the present
 * moment as they need it. Pure; valid until the model changes. While one lives, exe->place of each
 * candidate is its place in it: there is one Question of a model at a time.
 */
#include "model/mixture.h"
#include "model/model.h"
#include <glib.h>

/* A chain between a program that runs and a candidate. */
typedef struct {
    const Chain *chain;
    const Exe *witness; /* who runs */
    uint32_t place;     /* of the candidate */
} QuestionPair;

typedef struct {
    const Model *model;
    double horizon_sec;  /* of the Markov chains */
    bool usecorrelation; /* of theirs, too */
    MomentKind moment;
    GPtrArray *candidates; /* owned: Exe that do not run, borrowed */
    float *share;          /* owned: of each candidate, its share of all their launches, by the slow
                              counts; never 0, 1 in all. What an expert believes of whom it has not
                              heard of. */
    GArray *pairs;         /* owned: QuestionPair, in the order of the running programs: looked for
                              once, for all experts that hear them */
} Question;

/* Of all Exes that do not run and were launched ever. */
Question question_all(const Model *model, double horizon_sec, bool usecorrelation);
/* Of the n that were launched last, and of `also` if it is none of them: for learning, for which
 * those that nobody would have thought of do not matter. */
Question question_latest(const Model *model, double horizon_sec, bool usecorrelation, guint n,
                         const Exe *also);
void question_clear(Question *question);

/* True and the place of the Exe if it is a candidate. */
static inline bool question_place(const Question *question, const Exe *exe, guint *ret_place)
{
    if (exe->place >= question->candidates->len || question->candidates->pdata[exe->place] != exe)
        return false;
    *ret_place = exe->place;
    return true;
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Question, question_clear)
