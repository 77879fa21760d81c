/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * File descriptors: owned ones, and the opening of files that others control.
 *
 * Paths that come from /proc, a state file or a prediction are foreign: between the moment we
 * learnt them and now anybody may have put a FIFO, a device or a symbolic link there.
 */
#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

static inline void fd_close(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd); /* nothing was written through it: there is no error to lose */
    *fd = -1;
}

static inline int fd_steal(int *fd)
{
    int stolen = *fd;
    *fd = -1;
    return stolen;
}

/* An owned descriptor: closed at the end of its scope. */
#define autofd __attribute__((cleanup(fd_close))) int

/*
 * Opens the regular file at an absolute path for reading, without blocking, without following a
 * symbolic link in the last component and, where we may, without touching its access time.
 * Returns the descriptor and fills ret_st (may be NULL), or a negative errno; -ENOTSUP for what is
 * not a regular file.
 */
int fd_open_foreign(const char *path, struct stat *ret_st);
/*
 * As fd_open_foreign, but -EAGAIN where the name or the inode is not in memory, so that the disk
 * would have to be waited for (openat2(2), RESOLVE_CACHED, Linux 5.12; older ones wait).
 */
int fd_open_foreign_cached(const char *path, struct stat *ret_st);
/* As fd_open_foreign, for a directory; -ENOTSUP for what is none. */
int fd_open_foreign_directory(const char *path, struct stat *ret_st);
/*
 * As fd_open_foreign and fd_open_foreign_directory, for a relative path below a directory: no
 * component of it may be a symbolic link, and none may lead out of the directory or onto another
 * mount (openat2(2), Linux 5.6; -ENOSYS before).
 */
int fd_open_beneath(int dirfd, const char *path, struct stat *ret_st);
int fd_open_beneath_directory(int dirfd, const char *path, struct stat *ret_st);
/* False if the disk would have to be asked for what the name is. True as well if nothing has that
 * name, and where the kernel does not tell. */
bool fd_is_name_cached(const char *path);

/* The names in a directory, without hidden ones, sorted by their bytes, at most so many: char *, to
 * be freed. Takes the descriptor. NULL with errno set on an error. */
GPtrArray *fd_list(int taken_fd, guint most);

/*
 * Exactly so many bytes from there, whatever the position is: 0, or -EBADMSG where the file ends
 * before, another negative errno of pread(2).
 */
int fd_read_at(int fd, uint64_t offset_bytes, void *buffer, size_t length_bytes);

/*
 * Reads from the current position to the end of file, at most limit_bytes. NULL with errno set on
 * an error; EFBIG when there is more. The result is NUL-terminated behind its length.
 */
GString *fd_read_all(int fd, size_t limit_bytes);

/* As fd_read_all, for a path relative to dirfd (AT_FDCWD for none). */
GString *fd_read_file(int dirfd, const char *path, size_t limit_bytes);
