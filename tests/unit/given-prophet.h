/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/* Prophets and questions, said in few words. */
#include "given.h"
#include "predict/expert.h"
#include "predict/prophet.h"
#include <math.h>

static const ProphetRules given_rules = {
    .horizon_sec = 30, .usecorrelation = true, .experts = EXPERTS_ALL};

/* It is gone with the next one, whatever became of its model. */
static inline Prophet *given_prophet(Model *model, const ProphetRules *rules)
{
    static Prophet *prophet;
    g_free(prophet);
    prophet = prophet_new(model, rules);
    return prophet;
}

/* Each of "a b c" is launched, runs for run_sec, and ends; then rest_sec pass. */
static inline void when_run(Model *model, const char *names, uint64_t run_sec, uint64_t rest_sec)
{
    g_auto(GStrv) paths = g_strsplit(names, " ", -1);
    for (char **path = paths; *path != NULL; path++) {
        Observation *start = given_pass(*path, "");
        add_sighting(start, *path, "/lib", MIB);
        when(model, 0, start);
        when(model, run_sec, given_pass("", *path));
        model_advance(model, rest_sec * SEC);
        model->local_sec += (int64_t)(run_sec + rest_sec);
    }
}

/* A model that has begun to look, and knows nothing. */
static inline Model *given_nothing(void)
{
    Model *model = given_model(0);
    when(model, 0, given_pass("", ""));
    return model;
}

/* What the expert says of a program now. */
static inline double score_of(const Model *model, Expert expert, const char *path)
{
    g_auto(Question) question = question_all(model, 30, true);
    g_autofree float *scores = g_new0(float, question.candidates->len + 1);
    expert(&question, scores);
    guint place = 0;
    if (!question_place(&question, exe_of(model, path), &place))
        return -INFINITY;
    return (double)scores[place];
}
