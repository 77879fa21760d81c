/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "predict/expert.h"
#include <math.h>

/* The fast count has so much of a launch of the slow one's opinion mixed in. */
#define FAST_PRIOR 0.5

void expert_slow(const Question *question, float *ret_scores)
{
    for (guint i = 0; i < question->candidates->len; i++)
        ret_scores[i] = logf(question->share[i]);
}

void expert_fast(const Question *question, float *ret_scores)
{
    const Launches *launches = &question->model->launches;
    for (guint i = 0; i < question->candidates->len; i++) {
        const Exe *exe = question->candidates->pdata[i];
        double count = launches_fast(launches, &exe->habit);
        ret_scores[i] = logf((float)(count + FAST_PRIOR * (double)question->share[i]));
    }
}
