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
/* A launch was seen as it happened. Those that follow it at once (predict/followers.h) are read
 * ahead, too. starter and starter_usec: as followers_note() has
 * them. */
void assist_launch(Assist *assist, ExeKey *key, const ExeKey *starter, uint64_t starter_usec);
/* The last process of the program ended: nobody waits for its files any more. */
void assist_stop(Assist *assist, const ExeKey *key);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Assist, assist_free)
