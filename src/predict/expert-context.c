/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "predict/expert.h"
#include <math.h>

/* Half of what followed is forgotten after so many launches. */
#define HALF 400.0F
/* Looked at, at the most, of the places where the last program was launched before. */
#define PLACES_MAX 1024
/* A launch that began a session did not follow from the one before, and the other way round. */
#define OTHER_SIDE 0.1

enum { ORDERS = 3 };
/* How many launches the next lower order's opinion counts for: the longer a context that was seen
 * before, the more it is to be believed. */
static const float trust[ORDERS] = {2, 1.5F, 1};

typedef struct {
    float *followed[ORDERS]; /* by candidate */
    float all[ORDERS];
} Counts;

static const Exe *exe_at(const Launches *launches, uint64_t serial)
{
    const Launch *launch = launches_get(launches, serial);
    return launch != NULL ? launch->exe : NULL;
}

/* How many of the last launches were the same, in order, as those up to `serial`; the last is. */
static int match_length(const Launches *launches, uint64_t serial)
{
    int length = 1;
    while (length < ORDERS && serial > (uint64_t)length) {
        const Exe *then = exe_at(launches, serial - (uint64_t)length);
        if (then == NULL || then != exe_at(launches, launches->n_launches - (uint64_t)length))
            break;
        length++;
    }
    return length;
}

static void count_place(const Question *question, uint64_t serial, Counts *counts)
{
    const Launches *launches = &question->model->launches;
    const Launch *next = launches_get(launches, serial + 1);
    guint place = 0;
    if (next == NULL || next->exe == NULL || !question_place(question, next->exe, &place))
        return;
    bool begins = next->session != launches_get(launches, serial)->session;
    float weight = exp2f(-(float)(launches->n_launches - serial) / HALF);
    if (begins != (question->moment == MOMENT_FIRST))
        weight *= (float)OTHER_SIDE;
    int length = match_length(launches, serial);
    for (int order = 0; order < length; order++) {
        counts->followed[order][place] += weight;
        counts->all[order] += weight;
    }
}

static void count_places(const Question *question, Counts *counts)
{
    const Launches *launches = &question->model->launches;
    const Launch *last = launches_get(launches, launches->n_launches);
    if (last == NULL || last->exe == NULL)
        return;
    uint64_t serial = last->before;
    for (int n = 0; n < PLACES_MAX; n++) {
        const Launch *launch = launches_get(launches, serial);
        if (launch == NULL)
            return;
        count_place(question, serial, counts);
        serial = launch->before;
    }
}

void expert_context(const Question *question, float *ret_scores)
{
    guint n = question->candidates->len;
    g_autofree float *followed = g_new0(float, (gsize)MAX(n, 1) * ORDERS);
    Counts counts = {.followed = {followed, followed + n, followed + 2 * (gsize)n}};
    count_places(question, &counts);
    for (guint i = 0; i < n; i++) {
        float p = question->share[i];
        for (int order = 0; order < ORDERS; order++)
            p = (counts.followed[order][i] + trust[order] * p) / (counts.all[order] + trust[order]);
        ret_scores[i] = logf(p);
    }
}
