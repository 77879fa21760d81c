/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "base/wallclock.h"
#include "predict/expert.h"
#include <math.h>
#include <stdlib.h>

/* Half of a launch's say is forgotten after so many. */
#define HALF 500.0
/* The share's say, in launches at this very time. */
#define PRIOR 2.0F
/* Of a launch on another day of the same kind, and on one of the other kind. */
#define OTHER_DAY 0.5F
#define OTHER_KIND 0.1F

/* exp(-(d / 1 h)^2 / 2) for d of 0, 1, ... quarters of an hour: who comes at nine comes at half
 * past eight, too. */
static const float nearness[] = {1,      0.969F, 0.882F, 0.755F,  0.607F,  0.458F, 0.325F,
                                 0.216F, 0.135F, 0.080F, 0.0439F, 0.0228F, 0.0111F};

static float likeness(int weekday, int other)
{
    if (weekday == other)
        return 1;
    return wallclock_is_weekend(weekday) == wallclock_is_weekend(other) ? OTHER_DAY : OTHER_KIND;
}

/* What a launch at each time of a week counts for now. */
static void weigh_times(int64_t now_sec, float times[WALLCLOCK_WEEK_BINS])
{
    int now = wallclock_quarter(now_sec);
    int weekday = wallclock_weekday(now_sec);
    for (int q = 0; q < WALLCLOCK_QUARTERS; q++) {
        int far = abs(q - now);
        far = MIN(far, WALLCLOCK_QUARTERS - far);
        float near = far < (int)G_N_ELEMENTS(nearness) ? nearness[far] : 0;
        for (int d = 0; d < WALLCLOCK_WEEKDAYS; d++)
            times[d * WALLCLOCK_QUARTERS + q] = near * likeness(weekday, d);
    }
}

void expert_daytime(const Question *question, float *ret_scores)
{
    const Launches *launches = &question->model->launches;
    float times[WALLCLOCK_WEEK_BINS];
    weigh_times(question->model->local_sec, times);
    for (guint i = 0; i < question->candidates->len; i++)
        ret_scores[i] = PRIOR * question->share[i];
    float kept = (float)exp2(-1 / HALF);
    float weight = 1;
    for (uint64_t serial = launches->n_launches; serial >= launches_oldest(launches);
         serial--, weight *= kept) {
        const Launch *launch = launches_get(launches, serial);
        float near = times[launch->week_bin];
        guint place = 0;
        if (near > 0 && launch->exe != NULL && question_place(question, launch->exe, &place))
            ret_scores[place] += weight * near;
    }
    for (guint i = 0; i < question->candidates->len; i++)
        ret_scores[i] = logf(ret_scores[i]);
}
