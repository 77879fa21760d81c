/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/* What is said of a cycle, and of the model: text for people. Pure. */
#include "base/log.h"
#include "model/model.h"
#include "observe/observation.h"
#include "predict/budget.h"
#include "predict/prophet.h"
#include "predict/stance.h"
#include "prefetch/accounting.h"
#include "prefetch/readahead.h"

/* What is known of a cycle when its bids are made; the reading is told later. */
char *report_observed(const Model *model, const Observation *observation);
/* The programs most likely to come next. */
char *report_predicted(const Prophecy *prophecy);
/* What reading ahead did. */
char *report_read(const ReadaheadReport *report, const Budget *budget);
/* What was found, and done, for a program that started. */
char *report_assist(const char *label, const ReadaheadReport *report);
/* Which events are not told, why, and what is lost by it; NULL: all that are wanted are. */
char *report_events(const ObserverHealth *health);
/* How much prediction may do now, and why; NULL: as usual. */
char *report_stance(const Stance *stance);
/* "1.5 GiB" */
char *report_bytes(uint64_t bytes);
/* "1 program, 20 files, 0 chains" */
char *report_counts(guint n_exes, guint n_maps, guint n_chains);
/* "312 files of 84 MiB, learnt from 3 launches, not converged, at 1 launch 92 % in memory, ..." */
char *report_footprint(const Exe *exe);

/* What reading ahead did, a message a class that did anything (SIGUSR1). */
void report_accounting(Log *log, const Accounting *accounting);
/* The whole model, readably, a message a line (SIGUSR1). */
void report_model(Log *log, const Model *model);
