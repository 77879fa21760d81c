/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "predict/prophet.h"
#include <math.h>
#include <string.h>

/*
 * An Exe that never ran for long has a bid all the same, and so an order; and none is certain: an
 * lnprob of minus infinity would end all comparing.
 */
#define SHARE_MIN 1e-6
#define LNPROB_MIN (-30.0)

double prophet_probability(double lnprob)
{
    return lnprob >= 0 ? 0 : 1 - exp(lnprob);
}

static double chain_weight(const Model *model, const Chain *chain, const ProphetRules *rules)
{
    double rho = 0;
    if (!rules->usecorrelation)
        return 1;
    if (!chain_correlation(model, chain, &rho))
        return MARKOV_RHO_UNKNOWN;
    return fabs(rho);
}

/* What the chains with running Exes say. */
static double chains_lnprob(const Model *model, const Exe *exe, const ProphetRules *rules)
{
    double lnprob = 0;
    for (guint i = 0; i < exe->chains->len; i++) {
        const Chain *chain = exe->chains->pdata[i];
        bool is_b = chain->b == exe;
        if (!(is_b ? chain->a : chain->b)->running)
            continue;
        double bid = markov_bid(&chain->markov, chain_state(chain), is_b, rules->horizon_sec,
                                chain_weight(model, chain, rules));
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

static void bid_for_exe(const Model *model, Exe *exe, const ProphetRules *rules)
{
    if (exe->running) {
        exe->lnprob = 0;
        return;
    }
    double chains = chains_lnprob(model, exe, rules);
    double share = share_lnprob(model, exe);
    exe->lnprob = (float)MAX(MIN(chains, share), LNPROB_MIN);
}

static void bid_for_maps(const Exe *exe)
{
    for (guint i = 0; i < exe->edges->len; i++) {
        const Edge *edge = &g_array_index(exe->edges, Edge, i);
        if (touch_wanted(edge->launches, exe->n_learnt))
            edge->map->lnprob += exe->lnprob; /* 0 if it runs */
    }
}

static gint exes_by_bid(gconstpointer a, gconstpointer b)
{
    const Exe *x = *(const Exe *const *)a;
    const Exe *y = *(const Exe *const *)b;
    if (x->lnprob != y->lnprob)
        return x->lnprob < y->lnprob ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

static gint maps_by_bid(gconstpointer a, gconstpointer b)
{
    const Map *x = *(const Map *const *)a;
    const Map *y = *(const Map *const *)b;
    if (x->lnprob != y->lnprob)
        return x->lnprob < y->lnprob ? -1 : 1;
    return strcmp(x->path, y->path);
}

Prophecy *prophet_prophesy(Model *model, const ProphetRules *rules)
{
    Prophecy *prophecy = g_new0(Prophecy, 1);
    prophecy->exes = g_ptr_array_new();
    prophecy->maps = g_ptr_array_new();
    for (guint i = 0; i < model->maps->len; i++)
        ((Map *)model->maps->pdata[i])->lnprob = 0;
    for (guint i = 0; i < model->exes->len; i++) {
        Exe *exe = model->exes->pdata[i];
        bid_for_exe(model, exe, rules);
        bid_for_maps(exe);
        if (exe->lnprob < 0)
            g_ptr_array_add(prophecy->exes, exe);
    }
    for (guint i = 0; i < model->maps->len; i++) {
        Map *map = model->maps->pdata[i];
        if (map->lnprob < 0)
            g_ptr_array_add(prophecy->maps, map);
    }
    g_ptr_array_sort(prophecy->exes, exes_by_bid);
    g_ptr_array_sort(prophecy->maps, maps_by_bid);
    return prophecy;
}

void prophecy_free(Prophecy *prophecy)
{
    if (prophecy == NULL)
        return;
    g_ptr_array_unref(prophecy->exes);
    g_ptr_array_unref(prophecy->maps);
    g_free(prophecy);
}
