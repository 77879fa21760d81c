/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Signals: those that the daemon answers. From its first step on they wait until somebody listens,
 * for what a signal does by itself is to kill it: there would be neither a log line nor the exit
 * status of a daemon that was asked to end.
 */
#include <glib.h>
#include <stdbool.h>

typedef enum { SIGNAL_END, SIGNAL_RELOAD, SIGNAL_DUMP, SIGNAL_SAVE } SignalWish;

typedef struct {
    int number;
    SignalWish wish;
} AnsweredSignal;

/* SIGTERM and SIGINT, SIGHUP, SIGUSR1, SIGUSR2. */
#define ANSWERED_SIGNALS 5
extern const AnsweredSignal signals_answered[ANSWERED_SIGNALS];

/* Of this thread and those that it makes: before any other is made. */
void signals_hold(void);
/* Whether an end was asked for since then. A child does not inherit that (fork(2)): ask before. */
bool signals_end_waits(void);
/* Somebody listens: what waited comes now. */
void signals_release(void);
