/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Rates: from "the next launch is this program's" to "it is launched within the horizon". Learnt on
 * this machine; pure.
 *
 * How many launches there are in a horizon depends on how long ago the last one was: they come in
 * bursts. With L of them to be expected and p the probability that one is this program's,
 *   P(launched) = 1 - exp(-L p),
 * as if they were independent. They are not; so what comes out is set right by a logistic curve
 * that is fitted to what came true (Platt 1999): logit P' = slope logit P + offset.
 */
#include "model/launches.h"
#include <stdbool.h>

typedef enum {
    HORIZON_SOON,  /* one and a half cycles, as preload 0.6.4 bid for */
    HORIZON_LATER, /* ten minutes */
    HORIZONS
} Horizon;

#define HORIZON_LATER_SEC 600.0

/* In place of a time since the last launch: there was none in this session. */
#define RATES_FRESH REST_NEVER

typedef struct {
    float launches[REST_BINS]; /* mean number within the horizon */
    float windows[REST_BINS];  /* that it is the mean of, up to a bound: it stays adaptive */
    float slope;
    float offset;
    float slope_steep; /* as Mixture.steep */
    float offset_steep;
} Rate;

typedef struct {
    Rate of[HORIZONS];
} Rates;

void rates_init(Rates *rates);
/* The bin that the present belongs to. */
uint8_t rates_bin(const Model *model);
/* P(launched within the horizon), in (0, 1), of a program with this chance to be the next one; raw:
 * before it is set right. */
double rates_raw(const Rates *rates, Horizon horizon, uint8_t bin, double chance);
double rates_calibrate(const Rates *rates, Horizon horizon, double raw);
/* There were so many launches in a horizon that began in this bin. */
void rates_learn_number(Rates *rates, Horizon horizon, uint8_t bin, double n_launches);
/* What was held to be so probable came true or not. */
void rates_learn_outcome(Rates *rates, Horizon horizon, double raw, bool launched);
