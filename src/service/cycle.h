/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/* The cycle: a pass over /proc, what the model makes of it, bids, and what is read ahead. */
#include "service/daemon.h"

/* Opens the observer; its thread has the priority of the caller. */
void cycle_open(Daemon *daemon);
/* Starts the timer, with a first cycle at once. */
void cycle_start(Daemon *daemon);
void cycle_stop(Daemon *daemon);
/* The configuration changed: the scanner and the timer follow. */
void cycle_reconfigure(Daemon *daemon);
/* The scanner judges all programs anew, also those that were too small. */
void cycle_look_anew(Daemon *daemon);
/* Lets model time pass up to now. */
void cycle_advance(Daemon *daemon);
/* What prediction may take of memory by this configuration. */
BudgetRules cycle_budget_rules(const Config *config);
/* How what is of that class is read by this configuration. */
ReadaheadRules cycle_read_rules(const Daemon *daemon, ReadClass class);
/* How the prophet bids by this configuration. */
ProphetRules cycle_prophet_rules(const Config *config);
