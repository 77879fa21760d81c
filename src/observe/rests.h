/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Rests: which launches need not be learnt.
 *
 * Those of a program that is known well, as whoever knows says; of one whose launches end before
 * anybody can look at them, three in a row: the next 64; and of one that is launched many times a
 * minute, and never twice alike (a compiler): 8 are learnt at once, and in the long run one a
 * minute. A person who uses a new application for the first time does not start it more often.
 * Bounded: who is forgotten is learnt once more. Belongs to one thread.
 */
#include "base/exekey.h"
#include <stdbool.h>
#include <stdint.h>

typedef struct Rests Rests;

Rests *rests_new(void);
void rests_free(Rests *rests);

/* The next n launches of the program need not be learnt; the last word counts. */
void rests_set(Rests *rests, ExeKey *key, uint32_t n);
/* Whether this launch is to be learnt; it counts, either way. Times never go back. */
bool rests_take_turn(Rests *rests, ExeKey *key, uint64_t now_usec);
/* A launch that was learnt has ended, and was looked at or not. */
void rests_note_end(Rests *rests, ExeKey *key, bool looked);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Rests, rests_free)
