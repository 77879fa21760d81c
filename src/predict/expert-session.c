/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "predict/expert.h"
#include <math.h>
#include <stdlib.h>

#define HALF 500.0
#define PRIOR 2.0F

/* exp(-d^2 / 2 s^2) for d of 0, 1, ... eighths of a doubling, s four of them: near is what is less
 * than half as far again from the begin. */
static const float nearness[] = {1,      0.969F, 0.882F, 0.755F,  0.607F,  0.458F, 0.325F,
                                 0.216F, 0.135F, 0.080F, 0.0439F, 0.0228F, 0.0111F};

/* Of each value that a logarithm may have. */
static void weigh_logs(uint8_t now, float logs[UINT8_MAX + 1])
{
    for (int log = 0; log <= UINT8_MAX; log++) {
        int far = abs(log - (int)now);
        logs[log] = far < (int)G_N_ELEMENTS(nearness) ? nearness[far] : 0;
    }
}

void expert_session(const Question *question, float *ret_scores)
{
    const Model *model = question->model;
    const Launches *launches = &model->launches;
    float places[UINT8_MAX + 1];
    float times[UINT8_MAX + 1];
    weigh_logs(launches_log(launches->place), places);
    weigh_logs(launches_log((model->now_usec - launches->began_usec) / G_USEC_PER_SEC), times);
    for (guint i = 0; i < question->candidates->len; i++)
        ret_scores[i] = PRIOR * question->share[i];
    float kept = (float)exp2(-1 / HALF);
    float weight = 1;
    for (uint64_t serial = launches->n_launches; serial >= launches_oldest(launches);
         serial--, weight *= kept) {
        const Launch *launch = launches_get(launches, serial);
        /* Both the place and the time tell, and either alone. */
        float near = places[launch->place_log] + times[launch->session_log];
        guint place = 0;
        if (near > 0 && launch->exe != NULL && question_place(question, launch->exe, &place))
            ret_scores[place] += weight * near;
    }
    for (guint i = 0; i < question->candidates->len; i++)
        ret_scores[i] = logf(ret_scores[i]);
}
