/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/* A service manager of our own: the datagrams that sd_notify(3) sends. */

/*
 * Listens at that name, and has the daemons that are started from now on told of it, and that their
 * watchdog bites after so long. To be closed. Who waits for more than a minute fails.
 */
int manager_listen(const char *path, const char *watchdog_usec);
/* Waits until something is told that contains the text. */
void manager_await(int fd, const char *text);
/* All that came so far is of the past. */
void manager_forget(int fd);
