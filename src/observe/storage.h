/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Storage: the disk under a file, and what it wants: physical order or not, and how large a single
 * read-ahead request may be before the kernel cuts it off.
 *
 * mm/readahead.c, force_page_cache_ra(): one call reads at most max(bdi->io_pages, ra->ra_pages)
 * pages, the rest is dropped and success reported. io_pages follows queue/max_sectors_kb, ra_pages
 * queue/read_ahead_kb. Belongs to one thread; others may ask storage_is_local() as long as that one
 * does not refresh.
 */
#include "observe/heads.h"
#include "observe/mounts.h"
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Never more at once: a request is also the unit of stopping. */
#define REQUEST_MAX_BYTES (UINT64_C(1) << 20)
/* When the disk does not tell: the kernel's default read_ahead_kb. */
#define REQUEST_FALLBACK_BYTES (UINT64_C(128) << 10)

/* More disks than this are not listened to one by one: the array counts for them. */
#define DISK_LEGS_MAX 8

typedef struct {
    uint32_t major;
    uint32_t minor;
} DiskLeg;

/*
 * What lies on an array (md, LVM, btrfs of several devices) has one address, that of the array, and
 * is read in the order of that: RAID levels and stripes deal chunks out in turns (drivers/md/
 * raid0.c, dm-stripe.c: chunk n of s legs is chunk n / s of leg n % s), so that what rises on the
 * array rises on each leg; linear ones have one leg behind the other. A request is asked for and
 * not waited for, so that several legs work at once for one thread. An array is one disk to our own
 * threads; others may use its legs beside it, so it is listened to these.
 */
typedef struct {
    uint32_t major; /* of the whole disk at the bottom (sysdisk.h); 0:0 if it could not be told */
    uint32_t minor;
    bool rotational;
    uint64_t request_bytes; /* page multiple, 4096 ... REQUEST_MAX_BYTES */
    uint64_t identity;      /* tells disks apart that have that number one after the other (diskseq,
                               Linux 5.15; its size before); 0: not told */
    uint32_t n_legs;        /* 0: it is made of one or none, or of more than DISK_LEGS_MAX */
    DiskLeg legs[DISK_LEGS_MAX];
} Disk;

/* Who decides whether disks have a head. */
typedef enum {
    HEAD_AUTO, /* what was measured; else each disk, but virtual ones, which have none */
    HEAD_YES,  /* the user: all have */
    HEAD_NO,   /* none has */
} HeadBelief;

typedef struct Storage Storage;

/* sys_path: "/sys" but in tests. mountinfo_path: "/proc/self/mountinfo". */
Storage *storage_new(const char *sys_path, const char *mountinfo_path);
void storage_free(Storage *storage);

/* Re-reads mounts when they changed and forgets what was known of disks: once before each plan. */
void storage_refresh(Storage *storage);
/*
 * HEAD_AUTO to begin with. Forgets what was known of disks if it changes. heads: what was measured,
 * borrowed until it is told another one; NULL: nothing was.
 */
void storage_believe(Storage *storage, HeadBelief belief, Heads *heads);
/* Whether the path is on a local disk, and reached through no remote mount; false as well if its
 * mount is unknown. */
bool storage_is_local(const Storage *storage, const char *path);
/* Whether to touch the path could wait for another machine or a process, for ever maybe. */
bool storage_is_remote(const Storage *storage, const char *path);
/*
 * Never NULL; valid until the next refresh. `path` finds the disk when dev is anonymous (btrfs);
 * the limit is then that of the file system's own bdi, or the fallback.
 */
const Disk *storage_disk(Storage *storage, dev_t dev, const char *path);
/* The disk below a path as its mount tells, without touching the path; NULL if it is not local. */
const Disk *storage_disk_of(Storage *storage, const char *path);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Storage, storage_free)
