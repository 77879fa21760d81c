/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Prophet: bids. For each Exe that does not run, the probability that it is launched within the
 * horizon; for each Map, that one of the Exes that want it is. Kept as ln P(not), as preload 0.6.4
 * did: more negative is more wanted, and independent reasons add up.
 */
#include "model/model.h"
#include <glib.h>

typedef struct {
    double horizon_sec; /* 1.5 cycles, as 0.6.4 */
    bool usecorrelation;
} ProphetRules;

typedef struct {
    GPtrArray *exes; /* Exe that do not run and were bid for, most wanted first; borrowed */
    GPtrArray *maps; /* Map that such an Exe wants, most wanted first; borrowed. A running Exe may
                        use it as well: other blocks of it, see plan.h */
} Prophecy;

/* Valid until the model changes. Sets lnprob of every Exe and Map. Deterministic. */
Prophecy *prophet_prophesy(Model *model, const ProphetRules *rules);
void prophecy_free(Prophecy *prophecy);

/* P(launched) of an Exe from its lnprob. */
double prophet_probability(double lnprob);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Prophecy, prophecy_free)
