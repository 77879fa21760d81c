/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/* Errands, run. Each returns the exit status (exit.h); what there is to be said was said. */
#include "ctl/errand.h"
#include "ctl/goals.h"

int errand_run(const Errand *errand);

int errand_analyze(const Errand *errand);
int errand_residency(const Errand *errand);
int errand_warm(const Errand *errand);
int errand_record(const Errand *errand);
int errand_discover(const Errand *errand);

/* Reads the goals as the errand says, and tells of it. */
int warm_goals(const Errand *errand, const Goals *goals);
/* The same of each when somebody opens it: all of it, or all of its directory. Ends when all were
 * used, or with a signal. */
int warm_on_first_use(const Errand *errand, const Goals *goals);
/* Has the daemon read them. */
int warm_by_daemon(const Errand *errand, const Goals *goals);
