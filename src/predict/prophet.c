/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "predict/prophet.h"
#include "model/words.h"
#include "predict/mixing.h"
#include <math.h>
#include <string.h>

/* A launch is learnt from with so many candidates: the latest. Of the others, that hardly anybody
 * would have thought of, thousands cost more than they teach. */
#define LEARN_CANDIDATES 256

double prophet_probability(double lnprob)
{
    return lnprob >= 0 ? 0 : 1 - exp(lnprob);
}

/* Before the launch is part of what is known. */
static void learn(Exe *exe, gpointer data)
{
    Prophet *prophet = data;
    windows_note(&prophet->windows, prophet->model, exe);
    if (!exe_has_run(exe) && exe->seed_weight <= 0)
        return; /* nobody could have known */
    g_auto(Question) question =
        question_latest(prophet->model, prophet->rules.horizon_sec, prophet->rules.usecorrelation,
                        LEARN_CANDIDATES, exe);
    g_auto(Answer) answer = mixing_ask(&question, &prophet->model->mixture, prophet->rules.experts);
    guint place = 0;
    if (question_place(&question, exe, &place))
        mixing_learn(&prophet->model->mixture, &question, &answer, place);
}

Prophet *prophet_new(Model *model, const ProphetRules *rules)
{
    Prophet *prophet = g_new0(Prophet, 1);
    prophet->rules = *rules;
    prophet->model = model;
    model->launching = learn;
    model->launching_data = prophet;
    return prophet;
}

void prophet_free(Prophet *prophet)
{
    if (prophet == NULL)
        return;
    prophet->model->launching = NULL;
    g_free(prophet);
}

void prophet_begin_session(Prophet *prophet, bool lost)
{
    if (lost)
        windows_drop(&prophet->windows);
    launches_begin_session(&prophet->model->launches, prophet->model->now_usec);
}

static void bid_nothing_for_map(Map *map)
{
    map->lnprob = 0;
    map->pool = POOL_OBSERVATION;
}

static void bid_nothing(Model *model)
{
    for (guint i = 0; i < model->maps->len; i++)
        bid_nothing_for_map(model->maps->pdata[i]);
    for (guint i = 0; i < model->exes->len; i++) {
        Exe *exe = model->exes->pdata[i];
        exe->chance = exe->lnprob = 0;
        for (int horizon = 0; horizon < HORIZONS; horizon++)
            exe->raw[horizon] = exe->bid[horizon] = 0;
    }
}

static void bid_for_exe(const Model *model, Exe *exe, float chance)
{
    uint8_t bin = rates_bin(model);
    exe->chance = chance;
    for (int horizon = 0; horizon < HORIZONS; horizon++) {
        double raw = rates_raw(&model->rates, (Horizon)horizon, bin, (double)chance);
        exe->raw[horizon] = (float)raw;
        exe->bid[horizon] = (float)rates_calibrate(&model->rates, (Horizon)horizon, raw);
    }
    exe->lnprob = (float)log1p(-(double)exe->bid[HORIZON_LATER]);
}

static void bid_for_exes(Prophet *prophet)
{
    Model *model = prophet->model;
    g_auto(Question) question =
        question_all(model, prophet->rules.horizon_sec, prophet->rules.usecorrelation);
    g_auto(Answer) answer = mixing_ask(&question, &model->mixture, prophet->rules.experts);
    for (guint i = 0; i < question.candidates->len; i++)
        bid_for_exe(model, question.candidates->pdata[i], answer.chances[i]);
}

guint prophet_rank(const Prophet *prophet, const Exe *exe)
{
    g_auto(Question) question =
        question_all(prophet->model, prophet->rules.horizon_sec, prophet->rules.usecorrelation);
    g_auto(Answer) answer = mixing_ask(&question, &prophet->model->mixture, prophet->rules.experts);
    guint place = 0;
    if (!question_place(&question, exe, &place))
        return question.candidates->len + 1;
    guint rank = 1;
    for (guint i = 0; i < answer.n; i++)
        rank += answer.chances[i] > answer.chances[place] ||
                (answer.chances[i] == answer.chances[place] && i < place);
    return rank;
}

/* rank: its place among those that were bid for, 0 is the first. */
static bool is_worth_it(const ProphetRules *rules, const Exe *exe, guint rank)
{
    if (rules->priority_only && exe_pool(exe) != POOL_PRIORITY)
        return false;
    if (rank < rules->top)
        return true;
    return (double)MAX(exe->chance, exe->bid[HORIZON_LATER]) >= rules->least;
}

static void bid_for_maps(const Exe *exe)
{
    for (guint i = 0; i < exe->edges->len; i++) {
        const Edge *edge = &g_array_index(exe->edges, Edge, i);
        if (!touch_wanted(edge->launches, exe->n_learnt))
            continue;
        edge->map->lnprob += exe->lnprob;
        edge->map->pool = MIN(edge->map->pool, exe_pool(exe));
    }
}

static gint exes_by_bid(gconstpointer a, gconstpointer b)
{
    const Exe *x = *(const Exe *const *)a;
    const Exe *y = *(const Exe *const *)b;
    if (x->chance != y->chance)
        return x->chance > y->chance ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

static gint maps_by_bid(gconstpointer a, gconstpointer b)
{
    const Map *x = *(const Map *const *)a;
    const Map *y = *(const Map *const *)b;
    if (x->pool != y->pool)
        return x->pool < y->pool ? -1 : 1;
    if (x->lnprob != y->lnprob)
        return x->lnprob < y->lnprob ? -1 : 1;
    return strcmp(x->path, y->path);
}

static Prophecy *prophecy_of(const Prophet *prophet)
{
    const Model *model = prophet->model;
    Prophecy *prophecy = g_new0(Prophecy, 1);
    prophecy->exes = g_ptr_array_new();
    prophecy->maps = g_ptr_array_new();
    for (guint i = 0; i < model->exes->len; i++) {
        Exe *exe = model->exes->pdata[i];
        if (exe->lnprob < 0)
            g_ptr_array_add(prophecy->exes, exe);
    }
    g_ptr_array_sort(prophecy->exes, exes_by_bid);
    for (guint i = 0; i < prophecy->exes->len; i++) {
        const Exe *exe = prophecy->exes->pdata[i];
        if (is_worth_it(&prophet->rules, exe, i))
            bid_for_maps(exe);
    }
    for (guint i = 0; i < model->maps->len; i++) {
        Map *map = model->maps->pdata[i];
        if (map->lnprob < 0)
            g_ptr_array_add(prophecy->maps, map);
    }
    g_ptr_array_sort(prophecy->maps, maps_by_bid);
    return prophecy;
}

Prophecy *prophet_prophesy(Prophet *prophet)
{
    bid_nothing(prophet->model);
    bid_for_exes(prophet);
    windows_turn(&prophet->windows, prophet->model, prophet->rules.horizon_sec);
    return prophecy_of(prophet);
}

void prophecy_free(Prophecy *prophecy)
{
    if (prophecy == NULL)
        return;
    g_ptr_array_unref(prophecy->exes);
    g_ptr_array_unref(prophecy->maps);
    g_free(prophecy);
}
