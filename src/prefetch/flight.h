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

/* 7 ms of a disk of 150 MB/s, 5 ms of one of 3000 requests a second: what others wait at most for
 * one thread of ours; and enough for the disk to have something to do meanwhile. */
#define FLIGHT_BYTES (UINT64_C(1) << 20)
#define FLIGHT_REQUESTS_MAX 16

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
