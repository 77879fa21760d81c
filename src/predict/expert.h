/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Experts: each knows one reason why a program should be the next to be launched. A file each,
 * expert-NAME.c; pure.
 *
 * An expert gives each candidate a score: the logarithm of how probable it holds it to be, up to a
 * constant that is the same for all. It is finite for each: nobody is certain. An expert that knows
 * nothing of a candidate takes its share (question->share) for it.
 */
#include "predict/question.h"

typedef void (*Expert)(const Question *question, float *ret_scores);

/* 0.6.4's model: the four-state chains with the programs that run (model/markov.h). */
void expert_markov(const Question *question, float *ret_scores);
/* Counts of launches, faded over months and over a day or two. */
void expert_slow(const Question *question, float *ret_scores);
void expert_fast(const Question *question, float *ret_scores);
/* What ran lately is wanted again. */
void expert_recency(const Question *question, float *ret_scores);
/* What followed the last one, two or three launches when these came in the same order before:
 * prediction by partial matching of orders 1 to 3 (Cleary, Witten, IEEE Trans. Comm. 32, 1984). */
void expert_context(const Question *question, float *ret_scores);
/* What is launched while those programs run that run now. */
void expert_corunning(const Question *question, float *ret_scores);
/* What was launched at this time of the day, on such days of the week. */
void expert_daytime(const Question *question, float *ret_scores);
/* What is launched again so long after it ended: a renewal process, its hazard by the time since.
 */
void expert_renewal(const Question *question, float *ret_scores);
/* What is launched in this place of a session, and so long after its begin. */
void expert_session(const Question *question, float *ret_scores);

extern const Expert experts[EXPERTS];
