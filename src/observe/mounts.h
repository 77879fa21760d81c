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
    char *root;   /* which directory of the file system is mounted, decoded; "/": all of it */
    char *layers; /* of an overlay its options, not decoded (overlay.h); else NULL */
    uint32_t dev_major;
    uint32_t dev_minor;
    MountKind kind;
} Mount;

typedef struct Mounts Mounts;

/* text: the bytes of /proc/self/mountinfo (proc_pid_mountinfo(5)); lines of another form are
 * skipped. */
Mounts *mounts_parse(Cursor text);
/* The same, with Mount.layers, which take much memory where there are many containers. */
Mounts *mounts_parse_layers(Cursor text);
void mounts_free(Mounts *mounts);
/* The mount that a path is on, by the longest mount point that is a parent of it; of several
 * mounted on one point the last. NULL if there is none. */
const Mount *mounts_find(const Mounts *mounts, const char *path);
/* Whether the path is on a remote mount, or on one that is reached through a remote one only. */
bool mounts_is_remote(const Mounts *mounts, const char *path);
/* The mounts in the order of the text, those that others cover as well. */
uint32_t mounts_count(const Mounts *mounts);
const Mount *mounts_get(const Mounts *mounts, uint32_t index);
/* A mount of that device number (st_dev), for what the path does not tell. */
const Mount *mounts_find_dev(const Mounts *mounts, uint32_t dev_major, uint32_t dev_minor);
/* The next character of text in which blank, tab, newline, '\', '#' and others are \ooo; c must not
 * be at its end. */
char mounts_decode(Cursor *c);

/*
 * Whether the mount's own mount point may be touched: it leads to this mount, none other covers it,
 * and nothing on the way there is remote. (Whether the mount itself is, its kind tells.)
 */
bool mounts_reachable(const Mounts *mounts, const Mount *mount);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Mounts, mounts_free)
