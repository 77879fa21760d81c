/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/* Mixing: the experts' voices as one, by the weights of model/mixture.h. Pure but for learning. */
#include "predict/expert.h"

/* What was answered to a question. */
typedef struct {
    guint n;        /* candidates */
    unsigned set;   /* of the experts that were asked, as bits */
    float *scores;  /* of all candidates by the first expert, then by the second, ... */
    float *chances; /* of each candidate to be the next; 1 in all */
} Answer;

Answer mixing_ask(const Question *question, const Mixture *mixture, unsigned set);
void answer_clear(Answer *answer);
/* What an expert says for or against a candidate: by how much its weighed score exceeds its mean
 * over all, each as probable as it was held. 0 if the expert was not asked. */
double answer_part(const Answer *answer, const Question *question, const Mixture *mixture,
                   ExpertId expert, guint place);
/* The candidate at this place was launched. */
void mixing_learn(Mixture *mixture, const Question *question, const Answer *answer, guint place);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Answer, answer_clear)
