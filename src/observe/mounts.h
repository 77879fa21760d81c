/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Mounts: which mount, so which kind of file system, a path is on, without touching the path: even
 * stat(2) on a dead NFS server or a FUSE file system that does not answer hangs for ever.
 */
#include "base/parse.h"
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum {
    MOUNT_LOCAL,  /* a file system on a disk: read ahead */
    MOUNT_MEMORY, /* tmpfs, ramfs, proc, sysfs, DAX...: nothing to read ahead */
    MOUNT_REMOTE, /* network and FUSE: never touched */
} MountKind;

typedef struct {
    char *path;   /* mount point, decoded */
    char *type;   /* "ext4", "fuse.sshfs" */
    char *source; /* "/dev/sda1", "none" */
    uint32_t dev_major;
    uint32_t dev_minor;
    MountKind kind;
} Mount;

typedef struct Mounts Mounts;

/* text: the bytes of /proc/self/mountinfo (proc_pid_mountinfo(5)); lines of another form are
 * skipped. */
Mounts *mounts_parse(Cursor text);
void mounts_free(Mounts *mounts);
/* The mount that a path is on, by the longest mount point that is a parent of it; of several
 * mounted on one point the last. NULL if there is none. */
const Mount *mounts_find(const Mounts *mounts, const char *path);
/* A mount of that device number (st_dev), for what the path does not tell. */
const Mount *mounts_find_dev(const Mounts *mounts, uint32_t dev_major, uint32_t dev_minor);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Mounts, mounts_free)
