/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "base/store.h"
#include "base/durable.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>

/* A damaged file a second for a thousand times: somebody plays with us. */
#define SET_ASIDE_TRIES 1000

struct Store {
    const Io *io;
    char *path;
    char *directory;
    char *name; /* of the content, within the directory; so are the next four */
    char *prev;
    char *prev_tmp;
    char *tmp;
    char *lock;
    GMutex mutex; /* one operation at a time: guards the two descriptors */
    int dirfd;    /* -1: could not be opened */
    int lock_fd;  /* -1: not held */
    gint denied;  /* atomic; errno that keeps us from writing, 0 if nothing does */
};

G_DEFINE_QUARK(preload - store - error - quark, store_error)

G_GNUC_PRINTF(4, 5)
static void fail(GError **error, StoreError code, int negative_errno, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *what = g_strdup_vprintf(format, args);
    va_end(args);
    g_set_error(error, STORE_ERROR, (gint)code, "%s: %s", what, g_strerror(-negative_errno));
}

static int open_directory(Store *store)
{
    const Io *io = store->io;
    const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
    if (store->dirfd >= 0)
        return 0;
    int fd = io->openat(io->data, AT_FDCWD, store->directory, flags, 0);
    if (fd == -ENOENT) {
        int r = io->mkdir(io->data, store->directory, 0700);
        if (r < 0 && r != -EEXIST)
            return r;
        fd = io->openat(io->data, AT_FDCWD, store->directory, flags, 0);
    }
    if (fd < 0)
        return fd;
    store->dirfd = fd;
    return 0;
}

/* The lock file is never removed: a lock on a file that is gone would lock nobody out. */
static int open_lock(Store *store)
{
    const Io *io = store->io;
    int fd = io->openat(io->data, store->dirfd, store->lock,
                        O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600);
    if (fd < 0)
        return fd;
    int r = io->flock(io->data, fd, LOCK_EX | LOCK_NB); /* does not wait, so is not interrupted */
    if (r < 0) {
        durable_close(io, &fd);
        return r;
    }
    store->lock_fd = fd;
    return 0;
}

/* What a crash left half-written is of no use: it was never renamed to a name that is read. */
static int sweep(Store *store)
{
    int r = durable_unlink(store->io, store->dirfd, store->tmp);
    int r_prev = durable_unlink(store->io, store->dirfd, store->prev_tmp);
    return r < 0 ? r : r_prev;
}

/* 0 if we hold the directory and the lock, or do now. */
static int acquire(Store *store)
{
    int r = open_directory(store);
    if (r == 0 && store->lock_fd < 0) {
        r = open_lock(store);
        if (r == 0)
            r = sweep(store);
    }
    g_atomic_int_set(&store->denied, -r);
    return r;
}

static void fail_busy(Store *store, GError **error)
{
    g_set_error(error, STORE_ERROR, STORE_ERROR_BUSY, "another preload is using the state %s",
                store->path);
}

Store *store_open(const char *path, const Io *io, GError **error)
{
    if (*path == '\0' || g_str_has_suffix(path, "/")) {
        g_set_error(error, STORE_ERROR, STORE_ERROR_READ, "\"%s\" does not name a file", path);
        return NULL;
    }
    g_autoptr(Store) store = g_new0(Store, 1);
    store->io = io;
    store->dirfd = -1;
    store->lock_fd = -1;
    g_mutex_init(&store->mutex);
    store->path = g_strdup(path);
    store->directory = g_path_get_dirname(path);
    store->name = g_path_get_basename(path);
    store->prev = g_strconcat(store->name, ".prev", NULL);
    store->prev_tmp = g_strconcat(store->name, ".prev.tmp", NULL);
    store->tmp = g_strconcat(store->name, ".tmp", NULL);
    store->lock = g_strconcat(store->name, ".lock", NULL);
    if (acquire(store) == -EWOULDBLOCK) {
        fail_busy(store, error);
        return NULL;
    }
    return g_steal_pointer(&store);
}

void store_close(Store *store)
{
    if (store == NULL)
        return;
    durable_close(store->io, &store->lock_fd);
    durable_close(store->io, &store->dirfd);
    g_mutex_clear(&store->mutex);
    g_free(store->lock);
    g_free(store->tmp);
    g_free(store->prev_tmp);
    g_free(store->prev);
    g_free(store->name);
    g_free(store->directory);
    g_free(store->path);
    g_free(store);
}

bool store_writable(const Store *store)
{
    return g_atomic_int_get(&store->denied) == 0;
}

const char *store_path(const Store *store)
{
    return store->path;
}

/* Before any change: the lock, or why not. */
static bool want_write(Store *store, GError **error)
{
    int r = acquire(store);
    if (r == -EWOULDBLOCK)
        fail_busy(store, error);
    else if (r < 0)
        fail(error, STORE_ERROR_WRITE, r, "cannot write to %s", store->directory);
    return r == 0;
}

static const char *generation_name(const Store *store, StoreGeneration generation)
{
    return generation == STORE_CURRENT ? store->name : store->prev;
}

static void fail_read(const char *path, int r, GError **error)
{
    if (r == -ENOENT)
        fail(error, STORE_ERROR_MISSING, r, "%s", path);
    else if (r == -EFBIG)
        g_set_error(error, STORE_ERROR, STORE_ERROR_TOO_BIG, "%s: larger than %d MiB", path,
                    STORE_LIMIT_BYTES / (1024 * 1024));
    else if (r == -ENOTSUP)
        g_set_error(error, STORE_ERROR, STORE_ERROR_KIND, "%s: not a regular file", path);
    else if (r == -ELOOP)
        g_set_error(error, STORE_ERROR, STORE_ERROR_KIND, "%s: a symbolic link, not followed",
                    path);
    else
        fail(error, STORE_ERROR_READ, r, "cannot read %s", path);
}

static GString *load(Store *store, const char *name, GError **error)
{
    g_autofree char *path = g_build_filename(store->directory, name, NULL);
    g_autoptr(GString) content = g_string_new(NULL);
    int r = open_directory(store);
    if (r == 0)
        r = durable_read(store->io, store->dirfd, name, STORE_LIMIT_BYTES, content);
    if (r < 0) {
        fail_read(path, r, error);
        return NULL;
    }
    return g_steal_pointer(&content);
}

GString *store_load(Store *store, StoreGeneration generation, GError **error)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&store->mutex);
    return load(store, generation_name(store, generation), error);
}

/* The content, synced, under the temporary name; that is gone again on failure. */
static bool write_tmp(Store *store, const char *content, size_t length, GError **error)
{
    int r = durable_unlink(store->io, store->dirfd, store->tmp);
    if (r == 0)
        r = durable_create(store->io, store->dirfd, store->tmp, content, length);
    if (r < 0)
        fail(error, STORE_ERROR_WRITE, r, "cannot write %s.tmp", store->path);
    return r == 0;
}

/* Gives the present content the name NAME.prev as well, in one step. */
static int keep_previous(Store *store)
{
    const Io *io = store->io;
    int r = durable_unlink(store->io, store->dirfd, store->prev_tmp);
    if (r < 0)
        return r;
    r = io->linkat(io->data, store->dirfd, store->name, store->prev_tmp);
    if (r == -ENOENT || durable_no_links(r))
        return 0;
    if (r == 0)
        r = io->renameat(io->data, store->dirfd, store->prev_tmp, store->prev);
    /* Also after success: rename(2) does nothing if both names are of one file already. */
    int r_unlink = durable_unlink(store->io, store->dirfd, store->prev_tmp);
    return r < 0 ? r : r_unlink;
}

/* The temporary file becomes `name`. */
static bool install_tmp(Store *store, const char *name, GError **error)
{
    int r = store->io->renameat(store->io->data, store->dirfd, store->tmp, name);
    if (r < 0) {
        fail(error, STORE_ERROR_WRITE, r, "cannot rename %s.tmp", store->path);
        (void)durable_unlink(store->io, store->dirfd, store->tmp); /* else the next replace does */
        return false;
    }
    r = durable_sync_dir(store->io, store->dirfd);
    if (r < 0)
        fail(error, STORE_ERROR_WRITE, r, "cannot sync %s", store->directory);
    return r == 0;
}

bool store_replace(Store *store, const char *content, size_t length, GError **error)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&store->mutex);
    if (!want_write(store, error))
        return false;
    if (length > STORE_LIMIT_BYTES) { /* it could not be read again */
        fail(error, STORE_ERROR_WRITE, -EFBIG, "cannot write %s", store->path);
        return false;
    }
    if (!write_tmp(store, content, length, error))
        return false;
    int r = keep_previous(store);
    if (r < 0) {
        fail(error, STORE_ERROR_WRITE, r, "cannot keep %s.prev", store->path);
        (void)durable_unlink(store->io, store->dirfd, store->tmp); /* else the next replace does */
        return false;
    }
    return install_tmp(store, store->name, error);
}

static bool exists(Store *store, const char *name)
{
    const Io *io = store->io;
    int fd = io->openat(io->data, store->dirfd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC, 0);
    bool found = fd != -ENOENT;
    durable_close(io, &fd);
    return found;
}

/* NAME.bad-DATE, or with the first number behind it that is free. NULL if none is. */
static char *free_bad_name(Store *store, gint64 unix_sec)
{
    g_autoptr(GDateTime) when = g_date_time_new_from_unix_utc(unix_sec);
    g_autofree char *date =
        when != NULL ? g_date_time_format(when, "%Y%m%dT%H%M%SZ") : g_strdup("00000000T000000Z");
    g_autofree char *name = g_strconcat(store->name, ".bad-", date, NULL);
    if (!exists(store, name))
        return g_steal_pointer(&name);
    for (int i = 1; i < SET_ASIDE_TRIES; i++) {
        g_autofree char *numbered = g_strdup_printf("%s.%d", name, i);
        if (!exists(store, numbered))
            return g_steal_pointer(&numbered);
    }
    return NULL;
}

char *store_set_aside(Store *store, StoreGeneration generation, gint64 unix_sec, GError **error)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&store->mutex);
    if (!want_write(store, error))
        return NULL;
    const char *from = generation_name(store, generation);
    g_autofree char *to = free_bad_name(store, unix_sec);
    int r = -EEXIST;
    if (to != NULL)
        r = store->io->renameat(store->io->data, store->dirfd, from, to);
    if (r == 0)
        r = durable_sync_dir(store->io, store->dirfd);
    if (r < 0) {
        StoreError code = r == -ENOENT ? STORE_ERROR_MISSING : STORE_ERROR_WRITE;
        fail(error, code, r, "cannot set %s/%s aside", store->directory, from);
        return NULL;
    }
    return g_build_filename(store->directory, to, NULL);
}

/* For filesystems without hard links. */
static bool copy_current(Store *store, const char *name, GError **error)
{
    if (exists(store, name))
        return true;
    g_autoptr(GString) content = load(store, store->name, error);
    return content != NULL && write_tmp(store, content->str, content->len, error) &&
           install_tmp(store, name, error);
}

bool store_keep_copy(Store *store, const char *suffix, GError **error)
{
    g_autoptr(GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new(&store->mutex);
    if (!want_write(store, error))
        return false;
    g_autofree char *name = g_strconcat(store->name, ".", suffix, NULL);
    int r = store->io->linkat(store->io->data, store->dirfd, store->name, name);
    if (r == -EEXIST)
        return true;
    if (durable_no_links(r))
        return copy_current(store, name, error);
    if (r == 0)
        r = durable_sync_dir(store->io, store->dirfd);
    if (r < 0) {
        StoreError code = r == -ENOENT ? STORE_ERROR_MISSING : STORE_ERROR_WRITE;
        fail(error, code, r, "cannot keep a copy of %s as %s", store->path, name);
    }
    return r == 0;
}
