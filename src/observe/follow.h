/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Follow: to files by paths that others control, without being led to where a look never comes back
 * from (a dead NFS server, a FUSE file system that does not answer) by a symbolic link.
 */
#include "observe/mounts.h"
#include <fcntl.h>
#include <glib.h>
#include <stdbool.h>
#include <sys/stat.h>

/* Whether the path is, by its text, on a file system on a disk of this machine. */
bool follow_is_local(const Mounts *mounts, const char *path);

/* stat(2) of a path relative to dirfd in which no component is a link: 0 or a negative errno,
 * -ELOOP if one is. Before Linux 5.6 only the last one is looked at. */
int follow_stat(int dirfd, const char *path, struct stat *ret);

/*
 * The path, absolute, without the links that are in it, to be freed. NULL if it does not lead to a
 * directory, or comes on its way, as far as the mounts tell, through anything but local disks and
 * tmpfs.
 */
char *follow_links(const Mounts *mounts, const char *path);

/* The same for a path that leads to a regular file; *ret_st is what stat(2) says of that. */
char *follow_file(const Mounts *mounts, const char *path, struct stat *ret_st);
/* The content of that; NULL if it is more than so much, or cannot be read. */
GString *follow_read(const Mounts *mounts, const char *path, size_t limit_bytes);
