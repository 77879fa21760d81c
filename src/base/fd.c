/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "base/fd.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>

/* Of Linux 5.12; not in all headers. */
#ifndef RESOLVE_CACHED
#define RESOLVE_CACHED 0x20
#endif

/* O_NOATIME is for the owner of a file and CAP_FOWNER only (open(2)); others are refused with
 * EPERM. */
static int open_unnoticed(const char *path, int flags)
{
    int fd = open(path, flags | O_NOATIME);
    if (fd < 0 && errno == EPERM)
        fd = open(path, flags);
    return fd;
}

/* A handle to the name, not to what it names. */
static int open_name(const char *path)
{
    return open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
}

/* As open_name, but EAGAIN where the disk would have to be asked. Kernels that cannot tell ask it.
 */
static int open_cached_name(const char *path)
{
    const struct open_how how = {.flags = O_PATH | O_NOFOLLOW | O_CLOEXEC,
                                 .resolve = RESOLVE_CACHED};
    int handle = (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof how);
    bool refused = handle < 0 && (errno == ENOSYS || errno == EINVAL || errno == EPERM);
    return refused ? open_name(path) : handle;
}

/* Takes the handle. */
static int open_handle(int taken_handle, mode_t type, int flags, struct stat *ret_st)
{
    autofd handle = taken_handle;
    if (handle < 0)
        return -errno;
    struct stat st;
    if (fstat(handle, &st) < 0)
        return -errno;
    if ((st.st_mode & S_IFMT) != type)
        return -ENOTSUP;
    char proc_path[32]; /* "/proc/self/fd/" and at most 10 digits */
    (void)g_snprintf(proc_path, sizeof proc_path, "/proc/self/fd/%d", handle);
    autofd fd = open_unnoticed(proc_path, flags | O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    if (ret_st != NULL)
        *ret_st = st;
    return fd_steal(&fd);
}

/*
 * First only a handle to the name (O_PATH): to open a device may be to act on it (a watchdog starts
 * to run), whatever is found out afterwards. What was checked is what is then opened, by its
 * handle.
 */
int fd_open_foreign(const char *path, struct stat *ret_st)
{
    return open_handle(open_name(path), S_IFREG, 0, ret_st);
}

int fd_open_foreign_cached(const char *path, struct stat *ret_st)
{
    return open_handle(open_cached_name(path), S_IFREG, 0, ret_st);
}

int fd_open_foreign_directory(const char *path, struct stat *ret_st)
{
    return open_handle(open_name(path), S_IFDIR, O_DIRECTORY, ret_st);
}

/* A handle to the name below the directory. */
static int open_name_beneath(int dirfd, const char *path)
{
    const struct open_how how = {
        .flags = O_PATH | O_NOFOLLOW | O_CLOEXEC,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV,
    };
    return (int)syscall(SYS_openat2, dirfd, path, &how, sizeof how);
}

int fd_open_beneath(int dirfd, const char *path, struct stat *ret_st)
{
    return open_handle(open_name_beneath(dirfd, path), S_IFREG, 0, ret_st);
}

int fd_open_beneath_directory(int dirfd, const char *path, struct stat *ret_st)
{
    return open_handle(open_name_beneath(dirfd, path), S_IFDIR, O_DIRECTORY, ret_st);
}

bool fd_is_name_cached(const char *path)
{
    autofd handle = open_cached_name(path);
    return handle >= 0 || errno != EAGAIN;
}

static gint by_bytes(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

GPtrArray *fd_list(int taken_fd, guint most)
{
    autofd fd = taken_fd;
    DIR *dir = fdopendir(fd);
    if (dir == NULL)
        return NULL;
    (void)fd_steal(&fd); /* it is dir's now */
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    for (const struct dirent *entry = NULL; names->len < most && (entry = readdir(dir)) != NULL;)
        if (entry->d_name[0] != '.')
            g_ptr_array_add(names, g_strdup(entry->d_name));
    (void)closedir(dir); /* nothing was written */
    g_ptr_array_sort(names, by_bytes);
    return names;
}

/* Reads once into the tail of text; 0 at the end of the file, -1 with errno set. */
static ssize_t read_chunk(int fd, GString *text, size_t chunk_bytes)
{
    size_t before = text->len;
    g_string_set_size(text, before + chunk_bytes);
    ssize_t n = 0;
    do {
        n = read(fd, text->str + before, chunk_bytes);
    } while (n < 0 && errno == EINTR);
    int error = errno;
    g_string_set_size(text, before + (n > 0 ? (size_t)n : 0));
    errno = error;
    return n;
}

GString *fd_read_all(int fd, size_t limit_bytes)
{
    const size_t chunk_bytes = 16384;
    GString *text = g_string_sized_new(256);
    for (;;) {
        size_t room = limit_bytes - text->len;
        /* One byte more than allowed tells whether there is more. */
        ssize_t n = read_chunk(fd, text, MIN(chunk_bytes, room + 1));
        if (n == 0)
            return text;
        if (n > 0 && text->len <= limit_bytes)
            continue;
        int error = n < 0 ? errno : EFBIG;
        g_string_free(text, TRUE);
        errno = error;
        return NULL;
    }
}

GString *fd_read_file(int dirfd, const char *path, size_t limit_bytes)
{
    autofd fd = openat(dirfd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    return fd_read_all(fd, limit_bytes);
}

int fd_read_at(int fd, uint64_t offset_bytes, void *buffer, size_t length_bytes)
{
    if (offset_bytes > INT64_MAX - length_bytes)
        return -EBADMSG;
    for (size_t done = 0; done < length_bytes;) {
        ssize_t n =
            pread(fd, (char *)buffer + done, length_bytes - done, (off_t)(offset_bytes + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? -errno : -EBADMSG;
        done += (size_t)n;
    }
    return 0;
}
