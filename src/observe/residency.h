/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Residency: which pages of a file are in the page cache.
 *
 * cachestat(2) (Linux 6.5) where there is one, mincore(2) else and for the exact pages. Both refuse
 * files that the caller neither owns nor may write: cachestat with EPERM, mincore by calling
 * everything resident (mm/mincore.c, can_do_mincore, Linux 5.2). CAP_FOWNER lifts that. So it is
 * asked first whether the answer can be believed.
 */
#include "base/blocks.h"
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

/* A part of a file, in bytes, page multiples but for the end of the file. */
typedef struct {
    uint64_t offset_bytes;
    uint64_t length_bytes;
} Range;

typedef struct Residency Residency;

/* Finds out what the kernel offers and what we may. */
Residency *residency_new(void);
void residency_free(Residency *residency);
/* Whether the kernel would tell the truth for this file. */
bool residency_tells(const Residency *residency, const struct stat *st);
/*
 * Appends to `missing` (Range) what of the range, cut at the end of the file, is not resident, and
 * returns the bytes that are. Where the kernel does not tell, all is missing. A page that is being
 * read counts as missing for `settled`, and may count as resident otherwise. Neighbouring ranges
 * are one.
 */
uint64_t residency_missing(const Residency *residency, int fd, const struct stat *st, Range range,
                           bool settled, GArray *missing);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Residency, residency_free)
