/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "model/rates.h"
#include "model/model.h"
#include <math.h>

/* Before anything is known: a launch every ten minutes; in a fresh session there will be some. */
#define SOON_INITIAL 0.1F
#define LATER_INITIAL 1.0F
#define FRESH_INITIAL 3.0F
/* Windows that the initial guess counts for, and the most that a mean is of. */
#define WINDOWS_INITIAL 2.0F
#define WINDOWS_MAX 500.0F
#define STEP 0.02
#define STEEP_INITIAL 1.0F
#define SLOPE_MIN 0.25
#define SLOPE_MAX 4.0
#define OFFSET_MAX 5.0
/* Nothing is certain, and nothing is out of the question. */
#define CHANCE_MIN 1e-9

void rates_init(Rates *rates)
{
    for (int horizon = 0; horizon < HORIZONS; horizon++) {
        Rate *rate = &rates->of[horizon];
        *rate = (Rate){.slope = 1, .slope_steep = STEEP_INITIAL, .offset_steep = STEEP_INITIAL};
        for (int bin = 0; bin < REST_BINS; bin++) {
            rate->windows[bin] = WINDOWS_INITIAL;
            rate->launches[bin] = bin == RATES_FRESH        ? FRESH_INITIAL
                                  : horizon == HORIZON_SOON ? SOON_INITIAL
                                                            : LATER_INITIAL;
        }
    }
}

uint8_t rates_bin(const Model *model)
{
    const Launches *launches = &model->launches;
    return launches->place == 0 ? RATES_FRESH
                                : launches_rest_bin(model->now_usec - launches->last_usec);
}

static double logit(double p)
{
    return log(p / (1 - p));
}

static double within(double p)
{
    return CLAMP(p, CHANCE_MIN, 1 - CHANCE_MIN);
}

double rates_raw(const Rates *rates, Horizon horizon, uint8_t bin, double chance)
{
    double expected = (double)rates->of[horizon].launches[bin] * chance;
    return within(-expm1(-expected));
}

double rates_calibrate(const Rates *rates, Horizon horizon, double raw)
{
    const Rate *rate = &rates->of[horizon];
    double x = (double)rate->slope * logit(within(raw)) + (double)rate->offset;
    return within(1 / (1 + exp(-x)));
}

void rates_learn_number(Rates *rates, Horizon horizon, uint8_t bin, double n_launches)
{
    Rate *rate = &rates->of[horizon];
    rate->windows[bin] = MIN(rate->windows[bin] + 1, WINDOWS_MAX);
    rate->launches[bin] += ((float)n_launches - rate->launches[bin]) / rate->windows[bin];
}

static double step(float *steep, double gradient)
{
    *steep += (float)(gradient * gradient);
    return STEP * gradient / sqrt((double)*steep);
}

void rates_learn_outcome(Rates *rates, Horizon horizon, double raw, bool launched)
{
    Rate *rate = &rates->of[horizon];
    double error = (launched ? 1 : 0) - rates_calibrate(rates, horizon, raw);
    double slope = (double)rate->slope + step(&rate->slope_steep, error * logit(within(raw)));
    double offset = (double)rate->offset + step(&rate->offset_steep, error);
    rate->slope = (float)CLAMP(slope, SLOPE_MIN, SLOPE_MAX);
    rate->offset = (float)CLAMP(offset, -OFFSET_MAX, OFFSET_MAX);
}
