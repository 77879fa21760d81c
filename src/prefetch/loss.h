/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Loss: what of files that were in memory is no more: hibernation frees most of the page cache
 * before it writes memory to disk. Looks only: asks no disk for anything.
 */
#include "base/blocks.h"
#include "observe/residency.h"
#include <glib.h>

typedef struct {
    GRefString *path; /* owned */
    BlockSet blocks;  /* owned: that were in memory */
    BlockSet lost;    /* owned: of these, those of which something is missing now */
} LossItem;

/* Of LossItem, which it clears. */
GArray *loss_items_new(void);
/*
 * Finds out what is lost. A file whose name or inode is not in memory is lost as a whole; one whose
 * residency the kernel does not tell us has lost nothing. Any thread. cancel: as readahead_run()
 * has it.
 */
void loss_look(GArray *items, const Residency *residency, const int *cancel);
