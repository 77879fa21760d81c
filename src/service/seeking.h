/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Seeking: "rotational" alone is not believed. Whether disks have a head is measured once for each
 * (prefetch/seek.h), by the thread of the class bulk, when a cycle had nothing to read and nothing
 * holds it back; unless the configuration says it. What comes of it is kept in memory, and counts
 * from the next plan on. A disk that could not be measured is tried again, ever later.
 */
#include "prefetch/seek.h"
#include "service/daemon.h"

/* In cycles: the rest behind an attempt in vain doubles up to this, about an hour. */
#define SEEKING_REST_MAX 180

/* Pure: whether one is due. */
bool seeking_take(Seeking *seeking);
/* What came of it: after a disk was decided upon the next one is looked at at once. */
void seeking_note(Seeking *seeking, const SeekReport *report);
/* For the log; NULL: nothing to be said. To be freed. */
char *seeking_sentence(const SeekReport *report);

/* A cycle's plan was read. */
void seeking_idle(Daemon *daemon, const ReadaheadReport *report);
