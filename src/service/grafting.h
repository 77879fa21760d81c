/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Grafting: takes profiles (model/profile.h) over into the model: those of profiles.d once, when
 * the daemon starts, and those that preloadctl imports. A worker reads and compares them; there is
 * none while there are no profiles.
 */
#include "service/daemon.h"

/* /usr/share/preload/profiles.d and /etc/preload/profiles.d; NULL-terminated. What the later says
 * of a program counts. */
extern const char *const grafting_directories[];

void grafting_start(Daemon *daemon, const char *const *directories);
/* The file is opened now and may go when this returns; what becomes of it is said in the log. False
 * with an error of CONTROL_ERROR if it cannot be. */
bool grafting_import(Daemon *daemon, const char *path, GError **error);
/* Waits for the worker's end; daemon->cancel is set. */
void grafting_stop(Daemon *daemon);
