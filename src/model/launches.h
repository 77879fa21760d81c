/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Launches: the latest launches of all Exes, in their order: the memory that the experts of
 * predict/ look things up in. Bounded: the oldest is overwritten. Belongs to the model.
 *
 * Also what each Exe keeps of all its launches (Habit): two counts that fade, the slow one over
 * months and the fast one over a day or two of use. Both fade with launches, not with time: a
 * holiday, a suspended machine or a clock that jumps changes nothing.
 *
 * What is asked at each launch is counted as launches come and go, not looked for in the ring: the
 * numbers of rests. They are whole numbers, so that they are the same when they are counted anew
 * from a saved ring.
 */
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct Exe Exe;
typedef struct Model Model;

#define LAUNCHES_MAX 4096
/* Half of a count is forgotten after so many launches of any program. */
#define LAUNCHES_SLOW_HALF 600.0
#define LAUNCHES_FAST_HALF 40.0
/* Of what a program saw start while it ran (Habit.seen) half is forgotten after so many. */
#define LAUNCHES_SEEN_HALF 700.0

/* Time since a stop, by powers of two: below 4 s, below 8 s, ..., and the last: it never ran. */
#define REST_BINS 16
#define REST_NEVER (REST_BINS - 1)
/* In units of an eighth of a power of two: so that both fit a byte. */
#define LOG_STEPS 8

typedef struct {
    Exe *exe;            /* NULL: it left the model */
    uint64_t before;     /* serial of the launch before of the same Exe; 0: none */
    int64_t local_sec;   /* seconds since 1970 by the clock on the wall: local time */
    uint32_t session;    /* which session it was in */
    uint8_t place_log;   /* its place in the session, launches_log() */
    uint8_t session_log; /* seconds since the session began, launches_log() */
    uint8_t rest_bin;    /* time since it ran last, launches_rest_bin() */
    uint16_t week_bin;   /* of local_sec, wallclock_week_bin() */
    bool used;           /* there is a launch in this place of the ring */
} Launch;

typedef struct {
    Launch *ring;              /* owned; LAUNCHES_MAX of them, by serial modulo that */
    uint64_t n_launches;       /* the serial of the last one; counts from 1 */
    uint64_t last_usec;        /* model time of the last one */
    uint64_t began_usec;       /* model time when the session began */
    uint32_t session;          /* the present one */
    uint32_t place;            /* launches in it so far */
    uint32_t rests[REST_BINS]; /* of all launches in the ring, how many have this rest_bin */
} Launches;

typedef struct {
    float slow; /* as of the launch `counted` */
    float fast;
    float seen;       /* launches of others while it ran */
    uint64_t counted; /* serial of the launch that the counts are of; 0: never */
    uint64_t last;    /* serial of its last launch that is remembered; see launches_get() */
    uint16_t rests[REST_BINS]; /* of its launches in the ring, how many have this rest_bin */
} Habit;

void launches_init(Launches *launches);
void launches_clear(Launches *launches);

/* The launch with this serial; NULL if it is not remembered. */
static inline const Launch *launches_get(const Launches *launches, uint64_t serial)
{
    if (serial == 0 || serial > launches->n_launches ||
        serial + LAUNCHES_MAX <= launches->n_launches)
        return NULL;
    return &launches->ring[serial % LAUNCHES_MAX];
}

/* The oldest serial that is remembered; 1 if none is. */
static inline uint64_t launches_oldest(const Launches *launches)
{
    return launches->n_launches < LAUNCHES_MAX ? 1 : launches->n_launches - LAUNCHES_MAX + 1;
}

/* The Exe is launched now. Those that run see it. To be called before its run begins. */
void launches_note(Model *model, Exe *exe);
/* Puts a launch with this serial, the highest so far, into the ring: in the place of the oldest if
 * that is full. Sets what follows from the rest of it: before, week_bin. For what is loaded. */
void launches_put(Launches *launches, uint64_t serial, const Launch *launch);
/* The Exe leaves: nothing refers to it any more. */
void launches_forget(Launches *launches, const Exe *exe);
/* The machine was booted, or somebody logged in. */
void launches_begin_session(Launches *launches, uint64_t now_usec);

/* Counts of an Exe as of now: before the next launch. */
double launches_slow(const Launches *launches, const Habit *habit);
double launches_fast(const Launches *launches, const Habit *habit);

/* log2(2 + value) in steps, at most 255. */
uint8_t launches_log(uint64_t value);
uint8_t launches_rest_bin(uint64_t rest_usec);
/* How long the bin is, in seconds: what a chance to be launched in it has to be divided by. */
double launches_rest_width_sec(uint32_t bin);
/* The bin of an Exe that does not run, now. */
uint8_t launches_rest_of(const Model *model, const Exe *exe);
