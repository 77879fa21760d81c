/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Pause: for some time nothing is read ahead, neither for what is predicted nor for what starts;
 * what is under way is stopped. What programs do is learnt as ever. It is not kept over a restart.
 */
#include "service/daemon.h"

/* As long as anybody may ask for; longer is a matter for the configuration (dopredict, assist). */
#define PAUSE_MAX_SEC (7 * 24 * 3600)

/* seconds: 1 to PAUSE_MAX_SEC; from now on, whatever was said before. `who` is for the log. */
void pause_begin(Daemon *daemon, uint32_t seconds, const char *who);
/* Nothing to do if there is none. */
void pause_end(Daemon *daemon, const char *who);
bool pause_active(const Daemon *daemon);
/* Seconds until it ends by itself, at least 1; 0: there is none. */
uint32_t pause_left_sec(const Daemon *daemon);
