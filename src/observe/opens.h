/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Opens: which files and directories are opened, and by which process, while it is armed
 * (fanotify(7), FAN_OPEN and FAN_OPEN_EXEC with FAN_ONDIR on whole file systems).
 *
 * Armed it costs everybody who opens a file a microsecond, so it is armed only while something is
 * being learnt; and what waits in the queue keeps its file system from being unmounted, so it is
 * read soon. Needs CAP_SYS_ADMIN, or somebody who has it (opens_adopt). A file system that cannot
 * be marked is left out and counted. Belongs to one thread. Events of our own process are passed
 * over, as are those of processes that are not in our pid namespace.
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
    struct stat st;   /* a regular file or a directory, that has a name still */
} OpenEvent;

typedef struct {
    /* Asked first, as it costs nothing: whether events of that process are wanted. It may have
     * ended already. */
    bool (*wants)(uint32_t pid, gpointer data);
    void (*take)(const OpenEvent *event, gpointer data);
    gpointer data; /* the sink may disarm; it is told nothing then. It may not free the Opens */
} OpensSink;

typedef enum {
    OPENS_DRAINED,  /* nothing more for now */
    OPENS_MORE,     /* there may be more */
    OPENS_OVERFLOW, /* events were lost (FAN_Q_OVERFLOW, no descriptors left); there may be more */
    OPENS_BROKEN,   /* of no use any more */
} OpensResult;

/* Not armed. NULL with *ret_error a negative errno (-EPERM). */
Opens *opens_new(int *ret_error);

/* Who marks for us; called on the thread of the Opens. */
typedef struct {
    /* As open_group_mark(); returns how many are marked, or a negative errno. */
    int (*arm)(gpointer data, uint32_t *ret_unmarked, char **ret_why);
    void (*disarm)(gpointer data); /* as open_group_unmark() */
    gpointer data;                 /* outlives the Opens */
} OpensMarker;

/* A group that somebody else has made as open_group_new() does (a privileged helper); owned from
 * now on. The marker is copied; its mounts are its own affair. Not armed. */
Opens *opens_adopt(int fd, const OpensMarker *marker);
void opens_free(Opens *opens);
int opens_fd(const Opens *opens); /* to poll for G_IO_IN */

/* Marks each file system of a local disk once; the paths of mount points are opened safely. Returns
 * how many are marked; with none it is not armed. Armed anew it follows what was mounted since;
 * what refused is tried again, as that costs some microseconds. mounts: not looked at if adopted.
 */
uint32_t opens_arm(Opens *opens, const Mounts *mounts);
/* Nothing is told from now on, and what was not read yet never. */
void opens_disarm(Opens *opens);
bool opens_armed(const Opens *opens);
/* How many local file systems could not be marked when last armed, and why the first: a text for
 * people, NULL if none; the opens' own. */
uint32_t opens_unmarked(const Opens *opens, const char **ret_why);

/* Gives at most some hundred events to the sink, without blocking. To be called, also when it is
 * not armed, as long as opens_fd() has something: openings of before may still come in, to be let
 * go. */
OpensResult opens_read(Opens *opens, const OpensSink *sink);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Opens, opens_free)
