/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "predict/expert.h"
#include <math.h>

/*
 * For each program r that runs, how much more often a candidate is launched while r runs than at
 * all: ln of (launches of it while r ran / all launches while r ran) / (its share of all launches).
 * The first number is the chain's count of transitions into "both"; the second is the same for all
 * candidates, those that have no chain with r among them, and so drops out.
 * Programs that run are no independent witnesses: their sum is divided by the root of their number.
 */

/* A pair is judged as if so many launches more had been seen, shared out as all are. */
#define PRIOR 3.0F

/* Launches of the chain's other Exe while this one ran. */
static float seen_with(const Chain *chain, const Exe *witness)
{
    return chain->a == witness ? chain->markov.count[MARKOV_A][MARKOV_BOTH]
                               : chain->markov.count[MARKOV_B][MARKOV_BOTH];
}

static void hear(const Question *question, const QuestionPair *pair, float *scores)
{
    float seen = seen_with(pair->chain, pair->witness);
    if (seen <= 0)
        return; /* as if there were no chain */
    scores[pair->place] += logf(1 + seen / (PRIOR * question->share[pair->place]));
}

void expert_corunning(const Question *question, float *ret_scores)
{
    guint n_witnesses = question->model->running->len;
    for (guint i = 0; i < question->candidates->len; i++)
        ret_scores[i] = 0;
    for (guint i = 0; i < question->pairs->len; i++)
        hear(question, &g_array_index(question->pairs, QuestionPair, i), ret_scores);
    float scale = n_witnesses > 0 ? 1 / sqrtf((float)n_witnesses) : 0;
    for (guint i = 0; i < question->candidates->len; i++)
        ret_scores[i] *= scale;
}
