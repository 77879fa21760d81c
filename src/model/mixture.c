/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "model/mixture.h"
#include "base/parse.h"
#include <glib.h>
#include <math.h>
#include <string.h>

/* Nine experts that say much the same, each counted in full, would be sure of everything. */
#define WEIGHT_INITIAL 0.25F
/* Half as much, and who has a few hundred launches a month waits for weeks until the one expert
 * that knows such users counts for more; twice as much, and the weights follow chance.
 * tests/bench/mixture.py
 */
#define STEP 0.1
/* A gradient of size 1, as if seen once, so that the first steps are no leaps. */
#define STEEP_INITIAL 1.0F
/* What a launch in one kind of moment says for the other kinds. */
#define ELSEWHERE 0.3

static const char *const names[EXPERTS] = {
    [EXPERT_MARKOV] = "markov",   [EXPERT_SLOW] = "slow",       [EXPERT_FAST] = "fast",
    [EXPERT_RECENCY] = "recency", [EXPERT_CONTEXT] = "context", [EXPERT_CORUNNING] = "corunning",
    [EXPERT_DAYTIME] = "daytime", [EXPERT_RENEWAL] = "renewal", [EXPERT_SESSION] = "session",
};

void mixture_init(Mixture *mixture)
{
    for (int moment = 0; moment < MOMENTS; moment++) {
        for (int expert = 0; expert < EXPERTS; expert++) {
            mixture->weight[moment][expert] = WEIGHT_INITIAL;
            mixture->steep[moment][expert] = STEEP_INITIAL;
        }
    }
}

static void step(float *weight, float *steep, double gradient)
{
    double sum = (double)*steep + gradient * gradient;
    double stepped = (double)*weight + STEP * gradient / sqrt(sum);
    *steep = (float)sum;
    *weight = (float)CLAMP(stepped, MIXTURE_WEIGHT_MIN, MIXTURE_WEIGHT_MAX);
}

void mixture_learn(Mixture *mixture, MomentKind moment, const double gradient[EXPERTS])
{
    for (int kind = 0; kind < MOMENTS; kind++) {
        double share = kind == (int)moment ? 1 : ELSEWHERE;
        for (int expert = 0; expert < EXPERTS; expert++)
            step(&mixture->weight[kind][expert], &mixture->steep[kind][expert],
                 share * gradient[expert]);
    }
}

const char *expert_name(ExpertId id)
{
    return names[id];
}

bool experts_parse(const char *list, unsigned *ret_set)
{
    unsigned set = 0;
    Cursor text = cursor_of(list, strlen(list));
    for (Cursor name; parse_field(&text, ',', &name);) {
        int id = 0;
        while (id < EXPERTS && !cursor_is(&name, names[id]))
            id++;
        if (id == EXPERTS)
            return false;
        set |= 1U << id;
    }
    if (set == 0)
        return false;
    *ret_set = set;
    return true;
}
