/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "predict/mixing.h"
#include <math.h>

static const float *scores_of(const Answer *answer, int expert)
{
    return answer->scores + (gsize)expert * answer->n;
}

static bool was_asked(const Answer *answer, int expert)
{
    return (answer->set >> expert & 1) != 0;
}

static void ask_experts(const Question *question, Answer *answer)
{
    for (int expert = 0; expert < EXPERTS; expert++) {
        if (was_asked(answer, expert))
            experts[expert](question, answer->scores + (gsize)expert * answer->n);
    }
}

static void weigh(const Question *question, const Mixture *mixture, Answer *answer)
{
    const float *weights = mixture->weight[question->moment];
    for (int expert = 0; expert < EXPERTS; expert++) {
        const float *scores = scores_of(answer, expert);
        for (guint i = 0; was_asked(answer, expert) && i < answer->n; i++)
            answer->chances[i] += weights[expert] * scores[i];
    }
}

/* Of sums of scores to probabilities; the largest is taken off, so that nothing overflows. */
static void normalize(Answer *answer)
{
    float largest = -INFINITY;
    for (guint i = 0; i < answer->n; i++)
        largest = MAX(largest, answer->chances[i]);
    double sum = 0;
    for (guint i = 0; i < answer->n; i++) {
        answer->chances[i] = expf(answer->chances[i] - largest);
        sum += (double)answer->chances[i];
    }
    for (guint i = 0; i < answer->n; i++)
        answer->chances[i] = (float)((double)answer->chances[i] / sum);
}

Answer mixing_ask(const Question *question, const Mixture *mixture, unsigned set)
{
    guint n = question->candidates->len;
    Answer answer = {.n = n, .set = set};
    answer.scores = g_new0(float, (gsize)MAX(n, 1) * EXPERTS);
    answer.chances = g_new0(float, MAX(n, 1));
    ask_experts(question, &answer);
    weigh(question, mixture, &answer);
    normalize(&answer);
    return answer;
}

void answer_clear(Answer *answer)
{
    g_clear_pointer(&answer->scores, g_free);
    g_clear_pointer(&answer->chances, g_free);
}

static double mean_score(const Answer *answer, int expert)
{
    const float *scores = scores_of(answer, expert);
    double mean = 0;
    for (guint i = 0; i < answer->n; i++)
        mean += (double)answer->chances[i] * (double)scores[i];
    return mean;
}

double answer_part(const Answer *answer, const Question *question, const Mixture *mixture,
                   ExpertId expert, guint place)
{
    if (!was_asked(answer, (int)expert))
        return 0;
    double over = (double)scores_of(answer, (int)expert)[place] - mean_score(answer, (int)expert);
    return (double)mixture->weight[question->moment][expert] * over;
}

void mixing_learn(Mixture *mixture, const Question *question, const Answer *answer, guint place)
{
    double gradient[EXPERTS] = {0};
    for (int expert = 0; expert < EXPERTS; expert++) {
        if (was_asked(answer, expert))
            gradient[expert] =
                (double)scores_of(answer, expert)[place] - mean_score(answer, expert);
    }
    mixture_learn(mixture, question->moment, gradient);
}
