/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Flight: the requests of one thread that are on their way, of which there may be so many and no
 * more. A disk that has a queue for everything would else take all of a plan at once, and what a
 * program that starts asks for itself would wait behind it.
 */
#include "observe/residency.h"
#include <glib.h>
#include <stdint.h>

/*
 * A page fault on a page that is on its way waits for that page; on one that is not, the kernel
 * reads all around it (mm/filemap.c, do_sync_mmap_readahead(): read_ahead_kb), most of it in vain,
 * and it waits for all that was asked for before. So there are two ways to lose, and the best is
 * broad: on a disk of 3000 requests and 150 MB a second, launches of four applications took 0.84 of
 * the time of cold ones with 4 MiB of each thread on its way, 0.84 with 1 and 0.88 with 64 (with
 * names looked up 64 ahead). What is on its way cannot be called back when the program ends.
 */
#define FLIGHT_BYTES (UINT64_C(4) << 20)
#define FLIGHT_REQUESTS_MAX 256

typedef struct {
    int fd; /* owned */
    Range range;
} FlightRequest;

typedef struct {
    FlightRequest requests[FLIGHT_REQUESTS_MAX]; /* a ring */
    guint first;
    guint n;
    uint64_t bytes;
} Flight; /* begins as {0} */

/* The request was made through fd, which stays the caller's. Waits for older ones if these are now
 * too many; the new one alone is never waited for. */
void flight_add(Flight *flight, int fd, Range request);
/* Waits for nothing. */
void flight_clear(Flight *flight);
