/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Plan: what to have in memory, most wanted first, and how much it may cost. Owns all it needs: it
 * goes to the reader's thread while the model lives on.
 */
#include "base/blocks.h"
#include "predict/budget.h"
#include "predict/prophet.h"
#include <glib.h>
#include <sys/types.h>

typedef struct {
    GRefString *path;
    BlockSet blocks; /* union of what the Exes that were bid for use of it; may be empty: only its
                        metadata is wanted */
    GArray *ranges;  /* Range, owned: exactly these parts of the file, in their order, instead of
                        blocks; NULL: the blocks */
    dev_t dev;       /* dev and ino: only if the path is this file; ino 0: whatever it is */
    ino_t ino;
    bool directory; /* to be listed, so that its entries are in memory */
    float lnprob;   /* 0 in the plan of a launch */
} PlanItem;

typedef struct {
    GArray *items; /* PlanItem */
    Budget budget;
} Plan;

/*
 * Takes the Maps of the prophecy, in its order: what does not fit is for the reader to cut, who
 * alone knows what is in memory already. Without a budget the plan is empty.
 *
 * A Map is left out if running Exes want all the blocks of it that the others do: it is in use, so
 * most likely in memory, and each file of a plan costs its opening in each cycle. A library of
 * which a running Exe uses one half and another the rest comes with all that the other wants: what
 * of it is resident costs no more than the question.
 */
Plan *plan_new(const Model *model, const Prophecy *prophecy, const Budget *budget);
/* What the launch of an Exe that is under way needs, in the order in which it will touch it: a file
 * may come several times, with other blocks. */
Plan *plan_of_launch(const Exe *exe, const Budget *budget);
/* The names alone of so many Maps of the model, from that one on; metadata is not charged to the
 * budget, which is that of one block. */
Plan *plan_of_names(const Model *model, guint first, guint n_names);
/* A plan of nothing, for whoever knows himself what he wants: */
Plan *plan_of_ranges(const Budget *budget);
/* these parts of a file, in their order; the plan keeps a reference to the array (of Range). */
void plan_add_ranges(Plan *plan, const char *path, GArray *ranges);
/* As plan_add_ranges(), but read only if the path is still the file of this identity. */
void plan_add_ranges_of(Plan *plan, const char *path, dev_t dev, ino_t ino, GArray *ranges);
void plan_free(Plan *plan);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Plan, plan_free)
