/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Pools: which programs are applications of the user (priority), and which are the system's
 * (observation). All are learnt and bid for; those of the observation pool are read ahead only
 * after all of the priority pool, and only within a share of the budget.
 *
 * Which pool a program is in is learnt by rule, with hysteresis. What the user says of it is kept
 * apart from that (words.h), and counts for more. Pure.
 */
#include <stdbool.h>
#include <stdint.h>

/* In the order in which they are read ahead. */
typedef enum {
    POOL_PRIORITY,
    POOL_OBSERVATION,
} Pool;

typedef enum {
    WORD_NONE,
    WORD_PROMOTE,
    WORD_DEMOTE,
    WORD_IGNORE, /* neither learnt nor bid for nor assisted */
} Word;

/* An application (it has a desktop entry, or is where applications are) is promoted by the first
 * launch of the user's; any other program by so many of them, with so much weight in all: that is
 * three launches of a minute. Where no origin is known, by as many of any. */
#define POOL_LAUNCHES 3
#define POOL_WEIGHT 4.0
/* Demoted when it was not used for so long, or only by what is automated. */
#define POOL_UNUSED_DAYS 30
#define POOL_AUTOMATED_DAYS 14

typedef struct {
    bool application;
    uint64_t launches;           /* in all; */
    uint64_t user_launches;      /* of these, the user's, */
    uint64_t automated_launches; /* and others; what is left is not known */
    double weight;               /* weighted launches in all */
    uint64_t unused_usec;        /* since it ran last, 0 while it runs */
    uint64_t user_usec;          /* since the user launched it last, or since it is known */
} PoolFacts;

/* The pool that it belongs to by rule, having been in that one. */
Pool pool_judge(Pool pool, const PoolFacts *facts);
/* What counts: the user's word, or what was learnt. */
Pool pool_effective(Pool learnt, Word word);
/*
 * How many bytes of a budget may go to the observation pool when the priority pool takes
 * priority_bytes of it: what is left, but not more than the share. share_percent: 0 to 100.
 */
uint64_t pool_observation_bytes(uint64_t budget_bytes, uint64_t priority_bytes,
                                unsigned share_percent);

/* "promote", "demote", "ignore", in the state as well; "" of WORD_NONE; static. */
const char *word_name(Word word);
/* "priority", "observation"; static. */
const char *pool_name(Pool pool);
