/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Opens: which files and directories are opened, and by which process, while it is armed
 * (fanotify(7), FAN_OPEN and FAN_OPEN_EXEC with FAN_ONDIR on whole file systems).
 *
 * Armed it costs everybody who opens a file a microsecond, so it is armed only while something is
 * being learnt. Needs CAP_SYS_ADMIN. A file system that cannot be marked is left out and counted.
 * Belongs to one thread. Events of our own process are passed over.
 */
#include "observe/mounts.h"
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

typedef struct Opens Opens;

typedef struct {
    uint32_t pid;
    int fd;           /* the very file; the reader's, closed after the call */
    const char *path; /* as the kernel tells it; another mount namespace's means nothing here */
    struct stat st;   /* a regular file or a directory */
} OpenEvent;

typedef struct {
    /* Asked first, as it costs nothing: whether events of that process are wanted. */
    bool (*wants)(uint32_t pid, gpointer data);
    void (*take)(const OpenEvent *event, gpointer data);
    gpointer data;
} OpensSink;

typedef enum {
    OPENS_DRAINED,  /* nothing more for now */
    OPENS_MORE,     /* there may be more */
    OPENS_OVERFLOW, /* events were lost (FAN_Q_OVERFLOW) */
    OPENS_BROKEN,   /* of no use any more */
} OpensResult;

/* Not armed. NULL with *ret_error a negative errno (-EPERM). */
Opens *opens_new(int *ret_error);
void opens_free(Opens *opens);
int opens_fd(const Opens *opens); /* to poll for G_IO_IN */

/* Marks each file system of a local disk once; the paths of mount points are opened safely. Those
 * that refuse (-EXDEV of a btrfs subvolume, ...) are not tried again for the same mounts. Returns
 * how many are marked. Armed anew it follows what was mounted since. */
uint32_t opens_arm(Opens *opens, const Mounts *mounts);
void opens_disarm(Opens *opens);
bool opens_armed(const Opens *opens);
/* How many local file systems could not be marked when last armed, and why the first: a text for
 * people, NULL if none; the opens' own. */
uint32_t opens_unmarked(const Opens *opens, const char **ret_why);

/* Gives at most some hundred events to the sink, without blocking. */
OpensResult opens_read(Opens *opens, const OpensSink *sink);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Opens, opens_free)
