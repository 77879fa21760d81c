/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "predict/expert.h"
#include <math.h>

/*
 * An Exe that never ran for long has a bid all the same, and so an order; and none is certain: an
 * lnprob of minus infinity would end all comparing.
 */
#define SHARE_MIN 1e-6
#define LNPROB_MIN (-30.0)

static double chain_weight(const Question *question, const Chain *chain)
{
    double rho = 0;
    if (!question->usecorrelation)
        return 1;
    if (!chain_correlation(question->model, chain, &rho))
        return MARKOV_RHO_UNKNOWN;
    return fabs(rho);
}

/* What the chains of a running Exe say of the candidates: ln P(not launched). A hundred programs
 * run and thousands do not, so that the chains are gone through from this end. */
static void hear(const Question *question, const Exe *witness, double *lnprobs)
{
    for (guint i = 0; i < witness->chains->len; i++) {
        const Chain *chain = witness->chains->pdata[i];
        bool is_b = chain->a == witness;
        guint place = 0;
        if (!question_place(question, is_b ? chain->b : chain->a, &place))
            continue;
        double bid = markov_bid(&chain->markov, chain_state(chain), is_b, question->horizon_sec,
                                chain_weight(question, chain));
        if (bid > 0)
            lnprobs[place] += log(1 - bid);
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
    g_autofree double *lnprobs = g_new0(double, MAX(n, 1));
    for (guint i = 0; i < running->len; i++)
        hear(question, running->pdata[i], lnprobs);
    for (guint i = 0; i < n; i++) {
        double share = time_share(question->model, question->candidates->pdata[i]);
        /* expm1 keeps the digits of small probabilities. */
        double chains = lnprobs[i] < 0 ? -expm1(MAX(lnprobs[i], LNPROB_MIN)) : 0;
        ret_scores[i] = (float)log(MAX(chains, share));
    }
}
