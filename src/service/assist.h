/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Assist: at the moment that a known program starts, what of its footprint is not in memory is read
 * ahead at once, at normal priority; and what was found is what the metrics of the launch are.
 */
#include "service/daemon.h"

typedef struct Assist Assist;

Assist *assist_new(Daemon *daemon);
/* After the queue, which calls back. */
void assist_free(Assist *assist);
/* What an event told. Of a launch, also those that follow it at once (predict/followers.h) are read
 * ahead; when the last process of a program has ended, nobody waits for its files any more. */
void assist_take_event(Assist *assist, const Observation *observation);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Assist, assist_free)
