/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "model/weight.h"
#include <glib.h>
#include <math.h>

double weight_of_launch(const WeightRules *rules, uint64_t duration_usec, Origin origin)
{
    if (rules->divisor_sec <= 0)
        return 0;
    double sec = (double)duration_usec / G_USEC_PER_SEC;
    double factor = origin == ORIGIN_USER ? rules->user_factor : rules->automated_factor;
    double penalty = sec < rules->short_sec ? rules->short_penalty : 1;
    return rules->base * log(1 + sec / rules->divisor_sec) * factor * penalty;
}
