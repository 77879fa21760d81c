/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "model/markov.h"
#include <glib.h>
#include <math.h>

/* Keeps the smoothing of 0.6.4 (prophet.c): a state left once does not make its successor certain.
 */
#define COUNT_SMOOTHING 0.01
/* A state that is left within a second on the mean says more of our polling than of the user. */
#define DWELL_MIN_SEC 1.0

static void decay(Markov *chain)
{
    for (int i = 0; i < MARKOV_STATES; i++) {
        for (int j = 0; j < MARKOV_STATES; j++)
            chain->count[i][j] *= (float)MARKOV_DECAY;
    }
}

void markov_change(Markov *chain, MarkovState from, MarkovState to, uint64_t now_usec)
{
    uint64_t dwell_usec = now_usec - chain->changed_usec;
    if (from == MARKOV_BOTH)
        chain->both_usec += dwell_usec;
    chain->changed_usec = now_usec;
    decay(chain);
    chain->count[from][from] += 1;
    chain->count[from][to] += 1;
    double dwell_sec = (double)dwell_usec / G_USEC_PER_SEC;
    chain->dwell_sec[from] +=
        (float)((dwell_sec - chain->dwell_sec[from]) / chain->count[from][from]);
}

bool markov_correlation(const MarkovTimes *times, double *ret_rho)
{
    double t = (double)times->total_usec;
    double a = (double)times->a_usec;
    double b = (double)times->b_usec;
    double both = (double)times->both_usec;
    double variance = a * b * (t - a) * (t - b);
    if (a <= 0 || b <= 0 || a >= t || b >= t || variance <= 0)
        return false;
    *ret_rho = CLAMP((t * both - a * b) / sqrt(variance), -1.0, 1.0);
    return true;
}

double markov_bid(const Markov *chain, MarkovState state, bool b_is_target, double horizon_sec,
                  double weight)
{
    MarkovState target = b_is_target ? MARKOV_B : MARKOV_A;
    double left = chain->count[state][state];
    double dwell_sec = chain->dwell_sec[state];
    double to_target = (double)chain->count[state][target] + chain->count[state][MARKOV_BOTH];
    if (left <= 0 || to_target <= 0 || dwell_sec <= DWELL_MIN_SEC)
        return 0;
    double p_change = 1 - exp(-horizon_sec / dwell_sec);
    double p_target = to_target / (left + COUNT_SMOOTHING);
    /* count[s][y] and count[s][both] are disjoint, but decayed sums may exceed the whole by
     * rounding. */
    return CLAMP(weight * p_change * MIN(p_target, 1.0), 0.0, 1.0 - 1e-9);
}
