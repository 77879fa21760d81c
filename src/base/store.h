/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Store: one file that is always whole, with one previous generation.
 *
 * Guarantees: after a crash or a power cut at any moment, store_load() finds the old content or the
 * new one, never a mixture (write to a temporary file, fsync, rename, fsync of the directory; each
 * checked). The content before the last replace is kept as NAME.prev, where the filesystem has hard
 * links. Nobody but the owner may read the files (mode 0600). Only one Store of a path exists at a
 * time (flock on NAME.lock, which stays). Files: NAME, NAME.prev, NAME.lock, NAME.tmp and
 * NAME.prev.tmp while saving, NAME.bad-DATE for what was set aside. NAME is never reached through a
 * symbolic link.
 *
 * All but store_open() and store_close() may be called from any thread.
 */
#include "base/io.h"
#include <glib.h>
#include <stdbool.h>

typedef struct Store Store;

#define STORE_ERROR store_error_quark()
GQuark store_error_quark(void);
typedef enum {
    STORE_ERROR_BUSY,    /* another process holds the lock */
    STORE_ERROR_MISSING, /* there is no such file */
    STORE_ERROR_TOO_BIG, /* larger than STORE_LIMIT_BYTES */
    STORE_ERROR_READ,    /* not readable, I/O error */
    STORE_ERROR_KIND,    /* a link, a directory, a FIFO, ... has its name */
    STORE_ERROR_WRITE,   /* could not be replaced; the old content is untouched */
} StoreError;

#define STORE_LIMIT_BYTES (256 * 1024 * 1024)

typedef enum { STORE_CURRENT, STORE_PREVIOUS } StoreGeneration;

/*
 * Opens the directory of `path` (made with mode 0700 if only it is missing), takes the lock and
 * sweeps temporary files that a crash left. io is kept by reference. A directory that is not there
 * or not writable is no error here (store_writable() tells): it can be read from, and each replace
 * tries to take the lock anew and fails with the reason. So NULL means STORE_ERROR_BUSY, or
 * STORE_ERROR_READ for a path that names no file.
 */
Store *store_open(const char *path, const Io *io, GError **error);
void store_close(Store *store);
bool store_writable(const Store *store);
const char *store_path(const Store *store);

/* The whole content, to be freed with g_string_free(). If others may read the file, they may not
 * from now on. */
GString *store_load(Store *store, StoreGeneration generation, GError **error);
/*
 * Durably replaces the content. If false the old content is untouched; but for a directory that
 * cannot be synced: then the new content is in place and may be lost by a power cut, the old one
 * taking its place.
 */
bool store_replace(Store *store, const char *content, size_t length, GError **error);
/*
 * Renames a damaged generation to NAME.bad-YYYYMMDDTHHMMSSZ (with a counter behind it when that
 * exists). Returns the new path, to be freed, or NULL with error set.
 */
char *store_set_aside(Store *store, StoreGeneration generation, gint64 unix_sec, GError **error);
/* Keeps a second name, NAME.suffix, for the current content; an existing one is left as it is. */
bool store_keep_copy(Store *store, const char *suffix, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Store, store_close)
