/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Touched: which blocks of the files that a process has mapped it has touched, from its page tables
 * (/proc/PID/pagemap; the ioctl PAGEMAP_SCAN of Linux 6.7 where there is one, bits 63 and 62 else;
 * Documentation/admin-guide/mm/pagemap.rst).
 *
 * A page that is present or swapped counts, whether it is the file's or a private copy that was
 * written: to write the copy the file's page was read. Of a process that has mapped more than
 * 256 GiB of files (256 TiB with PAGEMAP_SCAN, which passes over what is empty), what lies behind
 * is not looked at. Belongs to one thread.
 */
#include "base/blocks.h"
#include "observe/mappings.h"
#include <glib.h>
#include <stdint.h>

typedef struct Touched Touched;

typedef enum {
    TOUCHED_SCAN, /* by PAGEMAP_SCAN */
    TOUCHED_READ, /* by read(2), 8 bytes a page */
} TouchedMode;

/* Finds out what the kernel offers. root is borrowed. */
Touched *touched_new(ProcRoot *root);
/* For tests: that way, whatever the kernel offers. */
Touched *touched_new_mode(ProcRoot *root, TouchedMode mode);
void touched_free(Touched *touched);
TouchedMode touched_mode(const Touched *touched);

/* Where a look at a large process goes on; all 0 at first. */
typedef struct {
    guint span;
    uint64_t offset_bytes; /* in that span */
} TouchedPlace;

/*
 * Adds the touched blocks of each span (Span) to the BlockSet of its region in `blocks` (GArray of
 * as many BlockSets as there are regions, by Span.region). Stops after the step (of a bounded
 * length) in which it has taken slice_usec; with 0, after one. Returns 1 if the end was reached, 0
 * if *place is where to go on, or a negative errno: -ENOENT, -ESRCH when the process has ended,
 * -EACCES when we may not look. What was found before an error stays in `blocks`.
 *
 * The mappings are to be fresh: where the process has mapped something else meanwhile (an exec), it
 * is taken for what was there.
 */
int touched_look(Touched *touched, uint32_t pid, const Mappings *mappings, uint64_t slice_usec,
                 TouchedPlace *place, GArray *blocks);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Touched, touched_free)
