/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "predict/expert.h"
#include <math.h>

/* An Exe that never ran for long has a bid all the same, and so an order. */
#define SHARE_MIN 1e-6

static double chain_weight(const Question *question, const Chain *chain)
{
    double rho = 0;
    if (!question->usecorrelation)
        return 1;
    if (!chain_correlation(question->model, chain, &rho))
        return MARKOV_RHO_UNKNOWN;
    return fabs(rho);
}

/* What the chains of a running Exe add to the candidates' probabilities. A hundred programs run and
 * thousands do not, so that the chains are gone through from this end; most have nothing to say. */
static void hear(const Question *question, const Exe *witness, double *chances)
{
    for (guint i = 0; i < witness->chains->len; i++) {
        const Chain *chain = witness->chains->pdata[i];
        bool is_b = chain->a == witness;
        guint place = 0;
        double bid = markov_bid(&chain->markov, chain_state(chain), is_b, question->horizon_sec, 1);
        if (bid <= 0 || !question_place(question, is_b ? chain->b : chain->a, &place))
            continue;
        bid *= chain_weight(question, chain);
        chances[place] += bid * (1 - chances[place]);
    }
}

/* The least that an Exe is bid for: the share of time that it runs. */
static double time_share(const Model *model, const Exe *exe)
{
    double share =
        model->now_usec > 0 ? (double)exe_run_usec(model, exe) / (double)model->now_usec : 0;
    return CLAMP(share, SHARE_MIN, 0.5);
}

void expert_markov(const Question *question, float *ret_scores)
{
    guint n = question->candidates->len;
    const GPtrArray *running = question->model->running;
    g_autofree double *chances = g_new0(double, MAX(n, 1));
    for (guint i = 0; i < running->len; i++)
        hear(question, running->pdata[i], chances);
    for (guint i = 0; i < n; i++) {
        double share = time_share(question->model, question->candidates->pdata[i]);
        ret_scores[i] = (float)log(MAX(chances[i], share));
    }
}
