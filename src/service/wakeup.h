/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Wakeup: after suspend or hibernation nothing is known of what is in memory. What we had read
 * ahead is looked at again, in the reader's thread: what is gone was neither useful nor wasted.
 * Then a cycle follows at once, which reads what of it is still wanted.
 */
#include "service/daemon.h"

/* The machine woke up, having slept so long. */
void wakeup_begin(Daemon *daemon, uint64_t slept_usec);
