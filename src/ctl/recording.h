/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Recording: which files a traced command touched, in the order of first touch, and which parts of
 * them. Of what it had mapped these are the pages in its page tables (observe/touched.h); of what
 * it only opened, what of it is in memory then, as reading leaves it there; where the kernel does
 * not tell that, the beginning.
 */
#include "ctl/tracer.h"
#include "formats/list.h"

typedef struct Recording Recording;

/* NULL with errno if /proc cannot be read. */
Recording *recording_new(void);
void recording_free(Recording *recording);
/* For tracer_run(); as long as the recording lives. */
TracerSink recording_sink(Recording *recording);
/* What was recorded, of files that still are there and on a disk of this machine; to be freed. */
List *recording_list(Recording *recording);
/* Of a process the mappings could not be looked at: another user's, or a protected one. */
bool recording_is_partial(const Recording *recording);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Recording, recording_free)
