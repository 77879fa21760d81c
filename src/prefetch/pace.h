/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Pace: when predicted reading may ask a disk for something. Listens before it talks, as stations
 * on a shared wire do, for a disk does not tell whose requests it works on: only while we have none
 * there is what it does everybody else's.
 *
 * Reading goes in slices. At the end of each its requests are awaited, and then it is listened.
 * While the disk stays quiet, slices grow up to some 50 ms of the disk's time, with 2 ms between
 * them. When others are heard, the next slice is the smallest there is, and waits for a quiet time
 * that doubles, up to half a second; so a program that reads, thinks, and reads on is not
 * disturbed. What reads little, and waits for the disk next to never, does not count. Pure; one
 * disk's.
 */
#include <stdbool.h>
#include <stdint.h>

typedef struct {
    uint64_t slice_bytes;
    uint64_t left_bytes; /* of the slice; 0: it is over */
    uint64_t begun_usec; /* when it was */
    uint32_t backoff;    /* the time to listen doubles with each */
} Pace;

/* What was heard while nothing of ours was on its way to the disk. */
typedef struct {
    uint64_t usec;        /* how long it was listened */
    bool disk_told;       /* the two below are known */
    uint64_t n_requests;  /* that others completed in that time */
    uint64_t n_in_flight; /* at its end */
    bool waits_told;      /* the one below is known */
    uint64_t waited_usec; /* that somebody waited for some disk (psi.h) */
} PaceHeard;

/* Its slice is over: it has to be listened first. */
Pace pace_make(void);
/* True if so many bytes (0: metadata) may be asked for now; they are of the slice then. A slice has
 * room for one request of any size. False: it is over. */
bool pace_send(Pace *pace, uint64_t bytes, uint64_t now_usec);
/* All of the slice has come. */
void pace_drained(Pace *pace, uint64_t now_usec);
uint64_t pace_listen_usec(const Pace *pace);
/* True: the next slice has begun. False: it has to be listened again. */
bool pace_hear(Pace *pace, const PaceHeard *heard, uint64_t now_usec);
