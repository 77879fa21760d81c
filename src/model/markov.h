/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * The 4-state continuous-time Markov chain of a pair of programs (B. Esfahbod, "Preload: an
 * adaptive prefetching daemon", MSc thesis, 2006, section 3; as coded in preload 0.6.4, state.c and
 * prophet.c), with forgetting. Pure: no clock, no model.
 */
#include <stdbool.h>
#include <stdint.h>

/* State: bit 0 is set while a runs, bit 1 while b runs. */
typedef enum { MARKOV_NONE, MARKOV_A, MARKOV_B, MARKOV_BOTH, MARKOV_STATES } MarkovState;

/* Each change of state fades all that was counted before: half is forgotten after 693 changes. */
#define MARKOV_DECAY 0.999

typedef struct {
    float dwell_sec[MARKOV_STATES];            /* mean time in a state before it is left */
    float count[MARKOV_STATES][MARKOV_STATES]; /* [i][i]: i was left; [i][j]: for j */
    uint64_t both_usec;                        /* time in MARKOV_BOTH, up to changed_usec */
    uint64_t changed_usec;                     /* model time of the last change */
} Markov;

static inline MarkovState markov_state(bool a_runs, bool b_runs)
{
    return (MarkovState)((a_runs ? 1 : 0) | (b_runs ? 2 : 0));
}

/* The state changed from `from` to `to` at now_usec (model time, never before changed_usec). */
void markov_change(Markov *chain, MarkovState from, MarkovState to, uint64_t now_usec);

/* Correlation of two programs over `total_usec` of model time; all times up to the same moment. */
typedef struct {
    uint64_t a_usec;
    uint64_t b_usec;
    uint64_t both_usec;
    uint64_t total_usec;
} MarkovTimes;

/*
 * Pearson's coefficient of "a runs" and "b runs": (t ab - a b) / sqrt(a b (t-a) (t-b)), in [-1, 1].
 * False if the data say nothing: one of them never or always ran.
 */
bool markov_correlation(const MarkovTimes *times, double *ret_rho);

/* Weight in place of |rho| where nothing is known: small, but it must not silence the chain. */
#define MARKOV_RHO_UNKNOWN 0.01

/*
 * Probability that `b_is_target ? b : a`, which does not run in `state`, runs within horizon_sec:
 *   weight x (1 - exp(-horizon / dwell[s])) x (count[s][y] + count[s][both]) / (count[s][s] + 0.01)
 * 0 if the state was never left or is left within a second on the mean. In [0, 1).
 */
double markov_bid(const Markov *chain, MarkovState state, bool b_is_target, double horizon_sec,
                  double weight);
