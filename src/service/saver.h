/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/* The saver: the state, from and to its file. */
#include "service/daemon.h"

/*
 * Opens the state file and fills the model from it, from its previous generation when it is
 * damaged, or from the state of a preload 0.6.4, preload-ng or preheat. False with error set only
 * if the state is in use by another process; anything else is logged, and the daemon goes on with
 * what there is.
 */
bool saver_open(Daemon *daemon, GError **error);
void saver_start(Daemon *daemon);
/* Saves if there is anything new; the writing is done by a worker. */
void saver_save(Daemon *daemon, const char *why);
/* Saves, and waits until it is done. */
void saver_finish(Daemon *daemon);
