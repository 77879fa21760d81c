/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Launch: what one launch of a program has needed so far, gathered from page tables (what it
 * mapped and touched) and from open events (what it read and listed).
 *
 * A file that was opened but is not mapped was read: small files whole, of large ones what is in
 * memory afterwards; that is what it read, but for what was in memory before for another reason. So
 * of a file that was resident as a whole at its opening no more than READ_WARM_BYTES is taken.
 * Belongs to one thread.
 */
#include "base/exekey.h"
#include "observe/mappings.h"
#include "observe/observation.h"
#include "observe/opens.h"
#include "observe/residency.h"
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* Files of one launch; what comes behind them is not recorded. */
#define LAUNCH_FILES_MAX 4096
/* A file of at most so many bytes is read ahead as a whole. */
#define READ_SMALL_BYTES (UINT64_C(256) << 10)
/* Of a larger one that was in memory as a whole when it was opened, so much at most. */
#define READ_WARM_BYTES (UINT64_C(16) << 20)

typedef struct Launch Launch;

/* serial as Program.launch; begun_usec: CLOCK_MONOTONIC of the exec. */
Launch *launch_new(ExeKey *key, const FileId *id, uint64_t serial, uint64_t begun_usec);
void launch_free(Launch *launch);

ExeKey *launch_key(const Launch *launch); /* borrowed */
uint64_t launch_begun_usec(const Launch *launch);
/* Events were lost: what is not seen may have been all the same. */
void launch_lost_events(Launch *launch);

/* One process of it: `blocks` as touched_look() has them, touched at `step` or before. */
void launch_touch(Launch *launch, const Mappings *mappings, const GArray *blocks, uint8_t step);
/* Whether a file is known already: then an open of it tells nothing new. */
bool launch_opened(const Launch *launch, const char *path);
/* An open of a regular file or a directory; path as it is found from here. */
void launch_open(Launch *launch, const char *path, const struct stat *st, int fd, uint8_t step,
                 const Residency *residency);

/* All that is known by now, as a new Sighting; asks what of the large files that were read is in
 * memory. mapped_bytes is the most that one process was seen to map. */
Sighting *launch_sighting(Launch *launch, const Residency *residency);
uint64_t launch_mapped_bytes(const Launch *launch);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Launch, launch_free)
