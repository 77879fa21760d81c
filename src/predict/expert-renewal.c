/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "predict/expert.h"
#include <math.h>

/*
 * The hazard of a renewal process, by the time since the last end, in bins (launches.h): of the
 * launches that came so late or later, the share that came in this bin, by second of it. What all
 * programs do is the prior of each.
 */
#define PRIOR 3.0F
#define SURVIVORS_PRIOR 0.5F

typedef struct {
    float in;    /* launches in the bin */
    float since; /* and in it or later */
} Tally;

static Tally tally_of(const uint16_t rests[REST_BINS], uint32_t bin)
{
    uint32_t since = 0;
    for (uint32_t later = bin; later < REST_BINS; later++)
        since += rests[later];
    return (Tally){(float)rests[bin], (float)since};
}

/* What all programs together do, for each bin. */
static void tally_all(const Launches *launches, Tally all[REST_BINS])
{
    uint32_t since = 0;
    for (int bin = REST_BINS - 1; bin >= 0; bin--) {
        since += launches->rests[bin];
        all[bin] = (Tally){(float)launches->rests[bin], (float)since};
    }
}

void expert_renewal(const Question *question, float *ret_scores)
{
    Tally all[REST_BINS];
    tally_all(&question->model->launches, all);
    for (guint i = 0; i < question->candidates->len; i++) {
        const Exe *exe = question->candidates->pdata[i];
        uint32_t bin = launches_rest_of(question->model, exe);
        Tally own = tally_of(exe->habit.rests, bin);
        float usual = all[bin].in / (all[bin].since + 1);
        float hazard = (own.in + PRIOR * usual) / (own.since + SURVIVORS_PRIOR + PRIOR);
        double hazard_per_sec = (double)hazard / launches_rest_width_sec(bin);
        ret_scores[i] = (float)log(hazard_per_sec + 1e-9);
    }
}
