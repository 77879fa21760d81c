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
#define LAUNCHES_EACH_MAX 256 /* the latest of a program; more only cost time */

typedef struct {
    float in;    /* launches in the bin */
    float since; /* and in it or later */
} Tally;

static void count(Tally *tally, uint32_t rest_bin, uint32_t bin)
{
    tally->in += rest_bin == bin;
    tally->since += rest_bin >= bin;
}

static Tally tally_of(const Question *question, const Exe *exe, uint32_t bin)
{
    Tally tally = {0};
    const Launches *launches = &question->model->launches;
    uint64_t serial = exe->habit.last;
    for (int n = 0; n < LAUNCHES_EACH_MAX; n++) {
        const Launch *launch = launches_get(launches, serial);
        if (launch == NULL)
            break;
        count(&tally, launch->rest_bin, bin);
        serial = launch->before;
    }
    return tally;
}

/* What all programs together do, for each bin. */
static void tally_all(const Launches *launches, Tally all[REST_BINS])
{
    float in[REST_BINS] = {0};
    for (uint64_t serial = launches_oldest(launches); serial <= launches->n_launches; serial++)
        in[launches_get(launches, serial)->rest_bin]++;
    float since = 0;
    for (int bin = REST_BINS - 1; bin >= 0; bin--) {
        since += in[bin];
        all[bin] = (Tally){in[bin], since};
    }
}

void expert_renewal(const Question *question, float *ret_scores)
{
    Tally all[REST_BINS];
    tally_all(&question->model->launches, all);
    for (guint i = 0; i < question->candidates->len; i++) {
        const Exe *exe = question->candidates->pdata[i];
        uint32_t bin = launches_rest_of(question->model, exe);
        Tally own = tally_of(question, exe, bin);
        float usual = all[bin].in / (all[bin].since + 1);
        float hazard = (own.in + PRIOR * usual) / (own.since + SURVIVORS_PRIOR + PRIOR);
        double hazard_per_sec = (double)hazard / launches_rest_width_sec(bin);
        ret_scores[i] = (float)log(hazard_per_sec + 1e-9);
    }
}
