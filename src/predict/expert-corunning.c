/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "predict/expert.h"
#include <math.h>

/*
 * For each program r that runs, how much more often a candidate is launched while r runs than at
 * all: ln of (launches of it while r ran / all launches while r ran) / (its share of all launches).
 * The first number is the chain's count of transitions into "both", the second Habit.seen.
 * Programs that run are no independent witnesses: their sum is divided by the root of their number.
 */

/* A pair is judged as if so many launches more had been seen, shared out as all are. */
#define PRIOR 3.0F
/* A desktop runs a hundred background programs, each with a voice. More only cost time. */
#define WITNESSES_MAX 256

/* Launches of the chain's other Exe while this one ran. */
static float seen_with(const Chain *chain, const Exe *witness)
{
    return chain->a == witness ? chain->markov.count[MARKOV_A][MARKOV_BOTH]
                               : chain->markov.count[MARKOV_B][MARKOV_BOTH];
}

static void hear(const Question *question, const Exe *witness, float *scores)
{
    float all = witness->habit.seen + PRIOR;
    float unheard = logf(PRIOR / all); /* of one with which it has no chain: the same for all */
    for (guint i = 0; i < witness->chains->len; i++) {
        const Chain *chain = witness->chains->pdata[i];
        const Exe *exe = chain->a == witness ? chain->b : chain->a;
        float seen = seen_with(chain, witness);
        guint place = 0;
        if (seen <= 0 || !question_place(question, exe, &place))
            continue; /* as if there were no chain */
        float share = question->share[place];
        float with = (seen + PRIOR * share) / all;
        scores[place] += logf(with / share) - unheard;
    }
}

void expert_corunning(const Question *question, float *ret_scores)
{
    const GPtrArray *running = question->model->running;
    guint n = MIN(running->len, WITNESSES_MAX);
    for (guint i = 0; i < question->candidates->len; i++)
        ret_scores[i] = 0;
    for (guint i = 0; i < n; i++)
        hear(question, running->pdata[i], ret_scores);
    float scale = n > 0 ? 1 / sqrtf((float)n) : 0;
    for (guint i = 0; i < question->candidates->len; i++)
        ret_scores[i] *= scale;
}
