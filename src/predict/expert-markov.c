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

/* What the chains with running Exes say: ln P(not launched). */
static double chains_lnprob(const Question *question, const Exe *exe)
{
    double lnprob = 0;
    for (guint i = 0; i < exe->chains->len; i++) {
        const Chain *chain = exe->chains->pdata[i];
        bool is_b = chain->b == exe;
        if (!(is_b ? chain->a : chain->b)->running)
            continue;
        double bid = markov_bid(&chain->markov, chain_state(chain), is_b, question->horizon_sec,
                                chain_weight(question, chain));
        if (bid > 0)
            lnprob += log(1 - bid);
    }
    return lnprob;
}

/* The least that an Exe is bid for: the share of time that it runs. */
static double share_lnprob(const Model *model, const Exe *exe)
{
    double share =
        model->now_usec > 0 ? (double)exe_run_usec(model, exe) / (double)model->now_usec : 0;
    return log(1 - CLAMP(share, SHARE_MIN, 0.5));
}

void expert_markov(const Question *question, float *ret_scores)
{
    for (guint i = 0; i < question->candidates->len; i++) {
        const Exe *exe = question->candidates->pdata[i];
        double chains = chains_lnprob(question, exe);
        double share = share_lnprob(question->model, exe);
        double lnprob = MAX(MIN(chains, share), LNPROB_MIN);
        /* expm1 keeps the digits of small probabilities. */
        ret_scores[i] = (float)log(-expm1(lnprob));
    }
}
