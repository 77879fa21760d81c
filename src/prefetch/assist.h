/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Assist: reads ahead for a launch that is under way. Private to prefetch.
 *
 * First it looks, in this thread and without waiting for a disk, whether anything is missing: the
 * launch of a warm program costs that look. From the first item on of which something is missing,
 * threads of their own look up the metadata of what follows, while others ask for the data, item by
 * item, with just so much on its way that the launch's own reads do not wait for it.
 *
 * On disks with a head one thread does it all, a batch of items after the other, the data of each
 * by physical place.
 *
 * Requests are not enlarged by what lies between two wanted blocks: a disk of 3000 requests and 150
 * MB a second reads 50 KiB in the time of a request, one of 9000 and 500 MB 55 KiB: less than the
 * smallest gap, a block.
 */
#include "prefetch/run.h"

/* Returns when all is asked for; adds to the run's report. */
void assist_run(Run *run);
