/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Io: the file operations of a save, replaceable, so that a test can record, fail, tear and reorder
 * them. Each has the semantics of its system call but returns a negative errno in place of -1.
 */
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

typedef struct Io {
    int (*openat)(void *data, int dirfd, const char *path, int flags, mode_t mode);
    int (*flock)(void *data, int fd, int operation);
    ssize_t (*read)(void *data, int fd, void *buffer, size_t count);
    ssize_t (*write)(void *data, int fd, const void *buffer, size_t count);
    int (*fstat)(void *data, int fd, struct stat *ret_st);
    int (*fchmod)(void *data, int fd, mode_t mode);
    int (*fsync)(void *data, int fd);
    int (*close)(void *data, int fd);
    int (*mkdir)(void *data, const char *path, mode_t mode);
    int (*linkat)(void *data, int dirfd, const char *from, const char *to);
    int (*renameat)(void *data, int dirfd, const char *from, const char *to);
    int (*unlinkat)(void *data, int dirfd, const char *path);
    void *data;
} Io;

extern const Io io_system;
