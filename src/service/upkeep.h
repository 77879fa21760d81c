/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Upkeep: the names of all that is known are kept in memory: dentries, inodes and where the files
 * lie, which are small, and each of which costs a launch a wait of its own. Only when a cycle had
 * nothing to read and nothing holds it back; a few hundred at a time, round and round; below all
 * else that reads. A name that is in memory costs a look. When a whole round found all there, the
 * next one comes later, and later.
 */
#include "service/daemon.h"

/* What of a round is looked at in one cycle. */
#define UPKEEP_NAMES 256
/* Rounds in vain: the rest behind them doubles up to this, about an hour. */
#define UPKEEP_REST_MIN 8
#define UPKEEP_REST_MAX 180

/* Pure: how many names are to be looked at now, of so many that are known. */
guint upkeep_take(Upkeep *upkeep, guint n_known);
/* So many were, of which so many were not in memory. */
void upkeep_note(Upkeep *upkeep, guint n_names, guint n_missing, guint n_known);

/* Whether nobody wants anything: that plan had nothing to read, and nothing holds reading back. */
bool upkeep_may(const Daemon *daemon, const ReadaheadReport *report);
/* A cycle's plan was read. */
void upkeep_idle(Daemon *daemon, const ReadaheadReport *report);
