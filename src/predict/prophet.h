/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Prophet: bids. For each Exe that does not run, its chance to be the next one that is launched,
 * and the probabilities that it is launched within each horizon; for each Map, that one of the Exes
 * that want it is. These are kept as ln P(not), as preload 0.6.4 did: more negative is more wanted,
 * and independent reasons add up.
 *
 * The prophet learns from each launch (prophet_listen()) and from what its bids came to
 * (predict/windows.h). Deterministic: the same observations give the same bids.
 */
#include "model/model.h"
#include "predict/windows.h"
#include <glib.h>

typedef struct {
    double horizon_sec; /* HORIZON_SOON: 1.5 cycles, as 0.6.4 */
    bool usecorrelation;
    unsigned experts;   /* a set of bits, see model/mixture.h */
    double least;       /* an Exe of which neither the chance nor the bid for ten minutes reaches
                           this is not worth reading ahead: its Maps are not bid for */
    uint32_t top;       /* so many of the most likely Exes are worth it, however unlikely */
    bool priority_only; /* only Exes of the priority pool are */
} ProphetRules;

typedef struct {
    ProphetRules rules; /* may be changed at any time */
    Model *model;       /* borrowed */
    Windows windows;
} Prophet;

typedef struct {
    GPtrArray *exes; /* Exe that do not run and were bid for, most wanted first; borrowed */
    GPtrArray *maps; /* Map that such an Exe wants that is worth it: those of the priority pool
                        before those of the observation pool, most wanted first; borrowed. A running
                        Exe may use it as well: other blocks of it, see plan.h */
} Prophecy;

/* Begins to learn from the launches that the model is told of, until it is freed. One a model. */
Prophet *prophet_new(Model *model, const ProphetRules *rules);
void prophet_free(Prophet *prophet);

/* Valid until the model changes. Sets chance, raw, bid and lnprob of every Exe, and lnprob of every
 * Map. */
Prophecy *prophet_prophesy(Prophet *prophet);
void prophecy_free(Prophecy *prophecy);

/* The place of an Exe that does not run among those that are most likely to be launched next: 1 is
 * the first. Changes nothing. */
guint prophet_rank(const Prophet *prophet, const Exe *exe);

/* The machine was booted or somebody logged in; `lost`: and time was lost before that. */
void prophet_begin_session(Prophet *prophet, bool lost);

/* P(launched) of an Exe from its lnprob. */
double prophet_probability(double lnprob);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Prophet, prophet_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Prophecy, prophecy_free)
