/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Durable: whole-file reading and writing over an Io, the steps of which a Store is made.
 *
 * All names are relative to a directory that the caller holds open; none is followed if it is a
 * symbolic link. All return 0 or a negative errno, and leave no descriptor open.
 */
#include "base/io.h"
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * Makes the file, which must not exist, with mode 0600: written in full, synced and closed, each
 * checked. On failure it is removed again.
 */
int durable_create(const Io *io, int dirfd, const char *name, const char *content, size_t length);
/* Appends the whole content of a regular file; -EFBIG above the limit, -ENOTSUP for what is no
 * file. */
int durable_read(const Io *io, int dirfd, const char *name, size_t limit_bytes, GString *content);
/* That it is not there is no error. */
int durable_unlink(const Io *io, int dirfd, const char *name);
/* Makes the names of the directory durable. */
int durable_sync_dir(const Io *io, int dirfd);
/* Closes what nothing unsynced was written through, and sets it to -1. */
void durable_close(const Io *io, int *fd);
/* Whether this error of linkat says that hard links cannot be had here. */
bool durable_no_links(int negative_errno);
