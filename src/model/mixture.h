/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Mixture: how much each expert's voice counts, learnt on this machine from each launch.
 *
 * The probability that Exe e is the next to be launched is a conditional logit (McFadden 1974) over
 * the scores s of the experts x:  P(e) = exp(sum w[x] s[x](e)) / sum over e' of the same.
 * After each launch the weights take a step up the gradient of its log-probability, each of a size
 * of its own that shrinks with the gradients so far (AdaGrad: Duchi, Hazan, Singer, JMLR 12, 2011).
 * Weights are kept apart for three kinds of moments, as what tells most differs between them; the
 * other two kinds learn a little from each, too. Pure and deterministic.
 */
#include <stdbool.h>
#include <stddef.h>

typedef enum {
    EXPERT_MARKOV,
    EXPERT_SLOW,
    EXPERT_FAST,
    EXPERT_RECENCY,
    EXPERT_CONTEXT,
    EXPERT_CORUNNING,
    EXPERT_DAYTIME,
    EXPERT_RENEWAL,
    EXPERT_SESSION,
    EXPERTS
} ExpertId;

#define EXPERTS_ALL ((1U << EXPERTS) - 1)

typedef enum {
    MOMENT_FIRST, /* nothing was launched in this session yet */
    MOMENT_BURST, /* something was just now */
    MOMENT_CALM,
    MOMENTS
} MomentKind;

/* A launch so soon after another one belongs to it: a burst. */
#define MOMENT_BURST_SEC 30

/* Weights are kept in here: an expert that only errs is silenced, none is ever believed blindly. */
#define MIXTURE_WEIGHT_MIN 0.005
#define MIXTURE_WEIGHT_MAX 4.0

typedef struct {
    float weight[MOMENTS][EXPERTS];
    float steep[MOMENTS][EXPERTS]; /* sums of squares of the gradients */
} Mixture;

/* What is known of no machine: all count the same. */
void mixture_init(Mixture *mixture);
/* A launch had this gradient: for each expert, its score of what was launched less the mean of its
 * scores of all candidates, as probable as they were held. */
void mixture_learn(Mixture *mixture, MomentKind moment, const double gradient[EXPERTS]);

/* "context"; what --experts calls it. */
const char *expert_name(ExpertId id);
/* "markov,slow" as a set of bits; false if a name is not known or there is none. */
bool experts_parse(const char *list, unsigned *ret_set);
