/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Watcher: tells when a tracked file is deleted, moved or replaced (inotify(7) on its directory).
 *
 * Has a file descriptor for a main loop, owns no loop. Watches are on directories, one however many
 * files of it are tracked, and bounded; directories beyond the bound are only counted, and the
 * hourly check is what remains for them.
 */
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct Watcher Watcher;

typedef enum {
    WATCH_GONE,      /* the file was deleted or moved away */
    WATCH_REPLACED,  /* another file took its name, or its content was rewritten */
    WATCH_DIRECTORY, /* the directory itself went: whatever was below it */
    WATCH_OVERFLOW,  /* events were lost: everything must be checked; path is NULL */
} WatchEvent;

typedef void (*WatchFunc)(WatchEvent event, const char *path, gpointer data);

/* NULL with errno set if inotify is not to be had. max_watches bounds the directories. */
Watcher *watcher_new(uint32_t max_watches);
/*
 * Asked before a directory is touched: to watch one on a file system that does not answer would
 * wait for ever. One that may not be is not watched, until a file of it is tracked again. NULL (the
 * default): all may.
 */
void watcher_set_guard(Watcher *watcher, bool (*may_touch)(const char *directory, gpointer data),
                       gpointer data);
void watcher_free(Watcher *watcher);
int watcher_fd(const Watcher *watcher);

/* Counted: a directory is watched as long as a file of it is tracked. */
void watcher_track(Watcher *watcher, const char *path);
void watcher_untrack(Watcher *watcher, const char *path);
/* Reads what is there, without blocking, and calls func for tracked files only (and overflow). A
 * rewrite in place is reported for a path as WATCH_REPLACED when its writer closes it. */
void watcher_dispatch(Watcher *watcher, WatchFunc func, gpointer data);

uint32_t watcher_directories(const Watcher *watcher);
/* Directories that are not watched because the bound or the kernel's limit was reached,
 * or that may not be touched. */
uint32_t watcher_unwatched(const Watcher *watcher);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Watcher, watcher_free)
