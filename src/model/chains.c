/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "model/model.h"

/*
 * The chains of the model: which pairs have one, and what a change of the running set teaches them.
 *
 * A chain is made when one of its Exes first changes while both are active. Nothing is lost by the
 * delay: until then the pair was in one state, whose beginning is the later of the two last
 * changes, and a pair that was never active together has run together for no time at all.
 */

/* A full Exe gives up a chain to a partner that did not run for this long. */
#define STALE_USEC (UINT64_C(7) * 24 * 3600 * G_USEC_PER_SEC)

Chain *model_find_chain(const Exe *a, const Exe *b)
{
    const GPtrArray *chains = a->chains->len <= b->chains->len ? a->chains : b->chains;
    for (guint i = 0; i < chains->len; i++) {
        Chain *chain = chains->pdata[i];
        if ((chain->a == a && chain->b == b) || (chain->a == b && chain->b == a))
            return chain;
    }
    return NULL;
}

void model_remove_chain(Model *model, Chain *chain)
{
    g_ptr_array_remove(chain->a->chains, chain); /* keeps the order */
    g_ptr_array_remove(chain->b->chains, chain);
    chain->a->full_until_usec = chain->b->full_until_usec = 0;
    model->n_chains--;
    g_free(chain);
}

/* A chain that can be given up: one that says nothing, or whose partner is long gone. If there is
 * none, that holds until the first partner is: a chain that says something once says it ever after,
 * and partners only become active later. */
static Chain *find_worthless(const Model *model, Exe *exe)
{
    uint64_t until_usec = UINT64_MAX;
    for (guint i = 0; i < exe->chains->len; i++) {
        Chain *chain = exe->chains->pdata[i];
        const Exe *partner = chain->a == exe ? chain->b : chain->a;
        uint64_t stale_usec = exe_active_usec(model, partner) + STALE_USEC;
        double rho = 0;
        if (stale_usec < model->now_usec || !chain_correlation(model, chain, &rho))
            return chain;
        until_usec = MIN(until_usec, stale_usec);
    }
    exe->full_until_usec = until_usec;
    return NULL;
}

static bool is_known_full(const Model *model, const Exe *exe)
{
    return exe->chains->len >= MODEL_CHAINS_PER_EXE_MAX && model->now_usec <= exe->full_until_usec;
}

static bool make_room(Model *model, Exe *exe)
{
    if (exe->chains->len < MODEL_CHAINS_PER_EXE_MAX)
        return true;
    if (is_known_full(model, exe))
        return false;
    Chain *worthless = find_worthless(model, exe);
    if (worthless == NULL)
        return false;
    model_remove_chain(model, worthless);
    return true;
}

Chain *model_add_chain(Model *model, Exe *a, Exe *b)
{
    Chain *known = model_find_chain(a, b);
    if (known != NULL)
        return known;
    if (!make_room(model, a) || !make_room(model, b))
        return NULL;
    a->full_until_usec = b->full_until_usec = 0;
    Chain *chain = g_new0(Chain, 1);
    chain->a = a;
    chain->b = b;
    chain->serial = ++model->n_chains_made;
    chain->markov.changed_usec = MAX(a->changed_usec, b->changed_usec);
    g_ptr_array_add(a->chains, chain);
    g_ptr_array_add(b->chains, chain);
    model->n_chains++;
    return chain;
}

uint64_t chain_both_usec(const Model *model, const Chain *chain)
{
    uint64_t both_usec = chain->markov.both_usec;
    if (chain_state(chain) == MARKOV_BOTH)
        both_usec += model->now_usec - chain->markov.changed_usec;
    return both_usec;
}

bool chain_correlation(const Model *model, const Chain *chain, double *ret_rho)
{
    MarkovTimes times = {
        .a_usec = exe_run_usec(model, chain->a),
        .b_usec = exe_run_usec(model, chain->b),
        .both_usec = chain_both_usec(model, chain),
        .total_usec = model->now_usec,
    };
    return markov_correlation(&times, ret_rho);
}

static void link_active(Model *model, Exe *exe)
{
    for (guint i = 0; i < model->exes->len && !is_known_full(model, exe); i++) {
        Exe *other = model->exes->pdata[i];
        if (other != exe && exe_active_usec(model, other) + MODEL_ACTIVE_USEC >= model->now_usec)
            (void)model_add_chain(model, exe, other); /* a full Exe goes without */
    }
}

static bool changed(const Exe *exe)
{
    return exe->running != exe->was_running;
}

static void learn_chain(const Model *model, Chain *chain)
{
    MarkovState from = markov_state(chain->a->was_running, chain->b->was_running);
    MarkovState to = chain_state(chain);
    if (from != to)
        markov_change(&chain->markov, from, to, model->now_usec);
}

/* A chain both of whose Exes changed is learnt with its a. */
static void learn_chains(const Model *model, const Exe *exe)
{
    for (guint i = 0; i < exe->chains->len; i++) {
        Chain *chain = exe->chains->pdata[i];
        if (chain->a == exe || !changed(chain->a))
            learn_chain(model, chain);
    }
}

static void settle(Model *model, Exe *exe)
{
    model_settle_running(model, exe);
    if (!exe->running) {
        exe->run_usec += model->now_usec - exe->changed_usec;
        exe->active_usec = model->now_usec;
        exe_end_launch(model, exe);
    }
    exe->changed_usec = model->now_usec;
    exe->was_running = exe->running;
}

/* While all Exes stand as before the change. */
static void note_launches(Model *model, GPtrArray *exes)
{
    for (guint i = 0; i < exes->len; i++) {
        Exe *exe = exes->pdata[i];
        if (exe->running)
            continue;
        if (model->launching != NULL)
            model->launching(exe, model->launching_data);
        launches_note(model, exe);
    }
}

void model_learn_changes(Model *model, GPtrArray *exes)
{
    /* While the chains are made all Exes stand as before the change: so do the chains. */
    for (guint i = 0; i < exes->len; i++) {
        Exe *exe = exes->pdata[i];
        exe->running = exe->was_running;
        link_active(model, exe);
    }
    note_launches(model, exes);
    for (guint i = 0; i < exes->len; i++) {
        Exe *exe = exes->pdata[i];
        exe->running = !exe->was_running;
    }
    for (guint i = 0; i < exes->len; i++)
        learn_chains(model, exes->pdata[i]);
    for (guint i = 0; i < exes->len; i++)
        settle(model, exes->pdata[i]);
    if (exes->len > 0)
        model->generation++;
}
