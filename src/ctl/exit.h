/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/* Exit statuses of preloadctl, as preloadctl(1) has them. */
#include <stdlib.h>
#include <sysexits.h>

#define EXIT_REFUSED 1             /* the daemon would not, or could not */
#define EXIT_USAGE EX_USAGE        /* wrong words */
#define EXIT_ABSENT EX_UNAVAILABLE /* the daemon does not answer */
/* Of health: 0 all is well, 1 something works less well, and */
#define EXIT_BROKEN 2 /* nothing works, or the daemon does not answer */
/* Of what SIGINT, SIGTERM or SIGHUP ended: as shells have it of the first. */
#define EXIT_INTERRUPTED 130
