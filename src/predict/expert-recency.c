/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "predict/expert.h"
#include <math.h>

/* Whether it is half a minute or none that it does not run tells little. */
#define SMOOTH_SEC 60.0F

void expert_recency(const Question *question, float *ret_scores)
{
    uint64_t now_usec = question->model->now_usec;
    for (guint i = 0; i < question->candidates->len; i++) {
        const Exe *exe = question->candidates->pdata[i];
        /* One that never ran is as recent as the model is old. */
        uint64_t rest_usec = exe->habit.counted > 0 ? now_usec - exe->active_usec : now_usec;
        float rest_sec = (float)((double)rest_usec / G_USEC_PER_SEC);
        ret_scores[i] = -logf(1 + rest_sec / SMOOTH_SEC);
    }
}
