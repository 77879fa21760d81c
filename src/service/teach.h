/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Teach: what goes back from what was done to what is known: the metrics of reading ahead, and to
 * the observer which launches need not be learnt from.
 */
#include "service/daemon.h"

/* A prediction was read ahead. */
void teach_reading(Daemon *daemon, const ReadaheadReport *report);
/* A launch of the Exe was looked at, and helped. */
void teach_launch(Daemon *daemon, Exe *exe, const ReadaheadReport *report);
/* These launches were learnt from: what the observer was told of their programs is used up. It is
 * told to leave alone those that are ignored. */
void teach_learnt(Daemon *daemon, const GPtrArray *sightings);
/* Tells the observer of each Exe whose footprint needs learning more, or less, than it was told. */
void teach_observer(Daemon *daemon);
