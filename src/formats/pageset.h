/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * PageSet: which pages of a file were taken already, so that each is taken once, whatever order and
 * overlap they are asked for in. A bit for each 4 KiB; files above 256 GiB have coarser pages, so
 * that a set never takes more than 8 MiB, whatever a sparse file claims to be.
 */
#include "observe/residency.h"
#include <glib.h>
#include <stdint.h>

#define PAGE_SET_PAGE_BYTES UINT64_C(4096)
#define PAGE_SET_PAGES_MAX (UINT64_C(1) << 26)

typedef struct PageSet PageSet;

PageSet *page_set_new(uint64_t size_bytes);
void page_set_free(PageSet *set);
/*
 * Takes the pages that overlap the range; those that were not taken before are appended to fresh
 * (Range; NULL: not wanted), rising, cut at the end of the file.
 */
void page_set_take(PageSet *set, Range range, GArray *fresh);
/* The same of the pages that lie within the range wholly. */
void page_set_take_within(PageSet *set, Range range, GArray *fresh);
/* Bytes of pages that were taken. */
uint64_t page_set_bytes(const PageSet *set);
/* Appends what was taken, as ranges, rising. */
void page_set_ranges(const PageSet *set, GArray *ret);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PageSet, page_set_free)
