/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "base/durable.h"

#include <errno.h>
#include <fcntl.h>

/* A signal interrupts an operation once; one that is always interrupted is broken. */
#define INTERRUPTIONS_MAX 100

void durable_close(const Io *io, int *fd)
{
    if (*fd >= 0)
        (void)io->close(io->data,
                        *fd); /* nothing unsynced was written: there is no error to lose */
    *fd = -1;
}

int durable_unlink(const Io *io, int dirfd, const char *name)
{
    int r = io->unlinkat(io->data, dirfd, name);
    return r == -ENOENT ? 0 : r;
}

/* EINTR comes from network filesystems only. No other error may be tried again: the kernel reports
 * a failed write-back once and then takes the pages for clean (fsync(2), NOTES). */
static int fsync_retry(const Io *io, int fd)
{
    int r = -EINTR;
    for (int i = 0; r == -EINTR && i < INTERRUPTIONS_MAX; i++)
        r = io->fsync(io->data, fd);
    return r;
}

int durable_sync_dir(const Io *io, int dirfd)
{
    int r = fsync_retry(io, dirfd);
    /* fsync(2): EINVAL where the filesystem knows no sync of directories; there is no better then.
     */
    return r == -EINVAL ? 0 : r;
}

bool durable_no_links(int negative_errno)
{
    /* link(2): EPERM for vfat and under fs.protected_hardlinks, EOPNOTSUPP and ENOSYS from FUSE,
     * EMLINK where the count is at its limit. */
    return negative_errno == -EPERM || negative_errno == -EOPNOTSUPP || negative_errno == -ENOSYS ||
           negative_errno == -EMLINK;
}

static ssize_t write_retry(const Io *io, int fd, const char *content, size_t length)
{
    ssize_t n = -EINTR;
    for (int i = 0; n == -EINTR && i < INTERRUPTIONS_MAX; i++)
        n = io->write(io->data, fd, content, length);
    return n;
}

static int write_all(const Io *io, int fd, const char *content, size_t length)
{
    while (length > 0) {
        ssize_t n = write_retry(io, fd, content, length);
        if (n < 0)
            return (int)n;
        if (n == 0)
            return -EIO; /* write(2) makes progress on a regular file: never loop on none */
        content += n;
        length -= (size_t)n;
    }
    return 0;
}

static int write_sync_close(const Io *io, int fd, const char *content, size_t length)
{
    int r = write_all(io, fd, content, length);
    if (r == 0)
        r = fsync_retry(io, fd);
    int r_close = io->close(io->data, fd);
    /* close(2): after EINTR the descriptor is closed on Linux; the content was synced before. */
    if (r == 0 && r_close != -EINTR)
        r = r_close;
    return r;
}

int durable_create(const Io *io, int dirfd, const char *name, const char *content, size_t length)
{
    int fd = io->openat(io->data, dirfd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                        0600);
    if (fd < 0)
        return fd;
    int r = write_sync_close(io, fd, content, length);
    if (r < 0)
        (void)durable_unlink(io, dirfd, name); /* the first error is the one to tell */
    return r;
}

static ssize_t read_retry(const Io *io, int fd, char *buffer, size_t count)
{
    ssize_t n = -EINTR;
    for (int i = 0; n == -EINTR && i < INTERRUPTIONS_MAX; i++)
        n = io->read(io->data, fd, buffer, count);
    return n;
}

/* Appends up to the end of the file. */
static int read_all(const Io *io, int fd, size_t limit_bytes, GString *content)
{
    enum { CHUNK_BYTES = 65536 };
    for (;;) {
        gsize length = content->len;
        g_string_set_size(content, length + CHUNK_BYTES);
        ssize_t n = read_retry(io, fd, content->str + length, CHUNK_BYTES);
        g_string_set_size(content, length + (n > 0 ? (gsize)n : 0));
        if (n <= 0)
            return (int)n;
        if (content->len > limit_bytes)
            return -EFBIG;
    }
}

static int read_regular(const Io *io, int fd, size_t limit_bytes, GString *content)
{
    struct stat st;
    int r = io->fstat(io->data, fd, &st);
    if (r < 0)
        return r;
    if (!S_ISREG(st.st_mode))
        return -ENOTSUP;
    /* A state of preload 0.6.4 could be read by its group. Not ours to change: it is read all the
     * same. */
    if ((st.st_mode & 077) != 0)
        (void)io->fchmod(io->data, fd, 0600);
    if ((uint64_t)st.st_size > limit_bytes)
        return -EFBIG;
    return read_all(io, fd, limit_bytes, content);
}

int durable_read(const Io *io, int dirfd, const char *name, size_t limit_bytes, GString *content)
{
    /* O_NONBLOCK: a FIFO in its place must not hold us up. */
    int fd = io->openat(io->data, dirfd, name,
                        O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0);
    if (fd < 0)
        return fd;
    int r = read_regular(io, fd, limit_bytes, content);
    durable_close(io, &fd);
    return r;
}
