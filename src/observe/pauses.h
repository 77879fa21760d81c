/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Pauses: how long a thread that events wake up sleeps before it takes the next ones.
 *
 * To be woken up costs more than most events do. So each time is counted against a credit that
 * grows with time: who is woken up now and then takes each event at once, and the longer a storm
 * lasts, the longer are the pauses, up to PAUSES_PAUSE_MAX_USEC: that is how late an exec is heard
 * of then. Pure.
 */
#include <stdint.h>

/* A cold launch takes a hundred times as long; and what the kernel queues meanwhile is a small part
 * of the room that it has (execs.c; 16,384 opens). */
#define PAUSES_PAUSE_MAX_USEC UINT64_C(20000)
/* In the long run so many times a second are free, and so many at once; no more pauses than half of
 * them are without one. */
#define PAUSES_FREE_PER_SEC 20
#define PAUSES_FREE_MAX 40

/* All 0 at first. */
typedef struct {
    uint64_t credit_usec;
    uint64_t granted_usec; /* up to when it was granted */
} Pauses;

/* The events that there were have been taken: for how long the next ones may wait. */
uint64_t pauses_next_usec(Pauses *pauses, uint64_t now_usec);
