/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

static int outcome(int result)
{
    return result < 0 ? -errno : result;
}

static int system_openat(void *data, int dirfd, const char *path, int flags, mode_t mode)
{
    return outcome(openat(dirfd, path, flags, mode));
}

static int system_flock(void *data, int fd, int operation)
{
    return outcome(flock(fd, operation));
}

static ssize_t system_read(void *data, int fd, void *buffer, size_t count)
{
    ssize_t result = read(fd, buffer, count);
    return result < 0 ? -errno : result;
}

static ssize_t system_write(void *data, int fd, const void *buffer, size_t count)
{
    ssize_t result = write(fd, buffer, count);
    return result < 0 ? -errno : result;
}

static int system_fstat(void *data, int fd, struct stat *ret_st)
{
    return outcome(fstat(fd, ret_st));
}

static int system_fchmod(void *data, int fd, mode_t mode)
{
    return outcome(fchmod(fd, mode));
}

static int system_fsync(void *data, int fd)
{
    return outcome(fsync(fd));
}

static int system_close(void *data, int fd)
{
    return outcome(close(fd));
}

static int system_mkdir(void *data, const char *path, mode_t mode)
{
    return outcome(mkdir(path, mode));
}

static int system_linkat(void *data, int dirfd, const char *from, const char *to)
{
    return outcome(linkat(dirfd, from, dirfd, to, 0));
}

static int system_renameat(void *data, int dirfd, const char *from, const char *to)
{
    return outcome(renameat(dirfd, from, dirfd, to));
}

static int system_unlinkat(void *data, int dirfd, const char *path)
{
    return outcome(unlinkat(dirfd, path, 0));
}

const Io io_system = {
    .openat = system_openat,
    .flock = system_flock,
    .read = system_read,
    .write = system_write,
    .fstat = system_fstat,
    .fchmod = system_fchmod,
    .fsync = system_fsync,
    .close = system_close,
    .mkdir = system_mkdir,
    .linkat = system_linkat,
    .renameat = system_renameat,
    .unlinkat = system_unlinkat,
};
