/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Weight: what a launch counts for, as preheat has it (1.0.1, src/monitor/spy.c and its
 * documentation):
 *
 *     base x log(1 + duration / divisor) x (user or automated factor) x short-lived penalty
 *
 * of the whole time that the program runs; preheat's code adds the logarithm of each cycle's time
 * instead, which makes the weight grow in proportion to the time and with the length of the cycle.
 * The weight of a launch that is under way is that of the time up to now; it never falls. Pure.
 */
#include "observe/origin.h"
#include <stdint.h>

/* More than any sum of weights comes to. */
#define WEIGHT_MAX 1e18

typedef struct {
    double base;
    double divisor_sec; /* 0 or less: nothing has any weight */
    double user_factor;
    double automated_factor; /* also where the origin is not known, as in preheat */
    double short_penalty;    /* factor of what ends within short_sec, at most 1 */
    double short_sec;
} WeightRules;

/* At least 0, finite for finite rules. */
double weight_of_launch(const WeightRules *rules, uint64_t duration_usec, Origin origin);
