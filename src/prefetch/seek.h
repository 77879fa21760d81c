/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Seek: whether it costs time on a disk to go to another place. Disks do not tell: virtual ones,
 * USB adapters and RAID controllers say "rotational" of flash, and the other way round.
 *
 * It is measured: single blocks of 4 KiB are read in turns, one of the first third of all that are
 * known of the disk and one of the last, and behind each of them another one, 64 KiB further on. A
 * head needs milliseconds for the way to the far one (the seek, and half a turn on average: 2 ms at
 * 15,000 turns a minute) and passes the near one within the same turn, if the disk has not read it
 * already. Flash and memory know no way.
 *
 * What it costs: 24 pairs, so 48 blocks, 192 KiB, in two seconds at most (a third of a second on a
 * disk with a head, milliseconds on flash), and where files lie is asked for of 256 files at most.
 * Only files that are given are read, and of them what is not in memory: past the page cache
 * (O_DIRECT), so that nothing comes in and nothing goes out; where a file system cannot do that,
 * the 48 pages come in. Files whose names are not in memory are left alone.
 *
 * Others come first: it begins only when the disk did nothing for 200 ms, and ends as soon as the
 * disk has done anything that we did not ask for, which is looked at before each block.
 */
#include "observe/residency.h"
#include "observe/storage.h"
#include "prefetch/limiter.h"
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define SEEK_PAIRS 24
/* Nothing is said by fewer. */
#define SEEK_PAIRS_LEAST 12
/* Between the two thirds, at least: less is no way for a head. */
#define SEEK_WAY_BYTES (UINT64_C(256) << 20)

typedef enum {
    SEEK_UNKNOWN, /* between the two: what the disk says of itself stands */
    SEEK_FREE,    /* one place is as good as another */
    SEEK_DEAR,    /* there is a head, or it is as if there were one */
} SeekVerdict;

typedef struct {
    guint n; /* pairs */
    uint64_t far_usec[SEEK_PAIRS];
    uint64_t near_usec[SEEK_PAIRS];
} SeekTimes;

/*
 * By quartiles, so that a few blocks that took long for another reason do not count. Dear: the fast
 * ones of the far take 2 ms and four times what the slow ones of the near do. Free: the slow ones
 * of the far take less than 1 ms, or within a quarter what the fast ones of the near do. Pure.
 */
SeekVerdict seek_judge(const SeekTimes *times);
/* Medians. */
void seek_typical(const SeekTimes *times, uint64_t *ret_far_usec, uint64_t *ret_near_usec);

typedef enum {
    SEEK_MEASURED,
    SEEK_NOTHING, /* no disk under any of the files but those that were measured */
    SEEK_NOWHERE, /* too few places are known on the disk, or they lie too near to one another */
    SEEK_BUSY,    /* others use the disk */
    SEEK_UNSURE,  /* the blocks did not come from that disk, or it does not tell what it does */
    SEEK_FAILED,  /* a block could not be read */
    SEEK_CANCELLED,
} SeekOutcome;

typedef struct {
    Storage *storage; /* of this thread; refreshed */
    const Residency *residency;
    Heads *heads;       /* what was measured before */
    LimiterHost host;   /* the clock, sleep and disk of it */
    uint64_t way_bytes; /* SEEK_WAY_BYTES but in tests */
    /* seek_read_block() but in tests. */
    int (*read)(gpointer data, int fd, uint64_t offset_bytes);
    gpointer read_data;
    const int *cancel; /* g_atomic_int */
} SeekSetup;

typedef struct {
    SeekOutcome outcome;
    Disk disk; /* which; not of SEEK_NOTHING */
    SeekVerdict verdict;
    SeekTimes times; /* as far as it went */
} SeekReport;

/* 4 KiB of a file that was opened for O_DIRECT, if that can be; 0 or a negative errno. */
int seek_read_block(gpointer data, int fd, uint64_t offset_bytes);
/*
 * Measures one disk: the first that was not yet, of those that the paths (char *, absolute,
 * foreign) are on, from path `from` on and round again. What it finds is not noted. Blocks; a
 * worker's thread of the idle I/O class.
 */
void seek_measure(const GPtrArray *paths, guint from, const SeekSetup *setup,
                  SeekReport *ret_report);
