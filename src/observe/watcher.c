/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/watcher.h"

#include <errno.h>
#include <stdalign.h>
#include <string.h>
#include <sys/inotify.h>

#include "base/fd.h"

/*
 * What makes a name mean another file or its content another one, and the end of the directory
 * itself. A parent's rename is not told (inotify(7) watches inodes, not paths): the hourly check
 * finds that.
 */
#define EVENTS_GONE (IN_DELETE | IN_MOVED_FROM)
#define EVENTS_REPLACED (IN_CREATE | IN_MOVED_TO | IN_CLOSE_WRITE)
#define EVENTS_DIRECTORY (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED)
#define WATCH_MASK                                                                                 \
    (EVENTS_GONE | EVENTS_REPLACED | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_EXCL_UNLINK)

/* Room for at least 60 events with the longest names. */
#define BUFFER_BYTES 16384
/* Then the main loop is given its turn: who fills a tracked directory with files must not stop us.
 */
#define READS_MAX 64

typedef struct Directory Directory;
struct Directory {
    char *path;
    int wd; /* -1: not watched */
    uint32_t n_files;
    Directory *next; /* another path of the same directory: it has the same watch */
};

typedef struct {
    const Directory *directory;
    const char *name; /* behind the struct, but in a key for look-ups */
    uint32_t n_tracked;
} File;

struct Watcher {
    int fd;
    uint32_t max_watches;
    uint32_t n_unwatched;
    bool (*may_touch)(const char *directory, gpointer data); /* NULL: all may be */
    gpointer data;
    GHashTable *directories; /* path -> Directory */
    GHashTable *watches;     /* wd -> Directory, first of a chain */
    GHashTable *files;       /* set of File: thousands, so they are kept small */
};

static guint file_hash(gconstpointer data)
{
    const File *file = data;
    return g_str_hash(file->name) ^ g_direct_hash(file->directory);
}

static gboolean file_equal(gconstpointer left, gconstpointer right)
{
    const File *a = left;
    const File *b = right;
    return a->directory == b->directory && strcmp(a->name, b->name) == 0;
}

static File *file_new(const Directory *directory, const char *name)
{
    size_t name_bytes = strlen(name) + 1;
    File *file = g_malloc(sizeof *file + name_bytes);
    char *text = (char *)(file + 1);
    memcpy(text, name, name_bytes);
    *file = (File){directory, text, 0};
    return file;
}

static void directory_free(gpointer data)
{
    Directory *directory = data;
    g_free(directory->path);
    g_free(directory);
}

Watcher *watcher_new(uint32_t max_watches)
{
    int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (fd < 0)
        return NULL;
    Watcher *watcher = g_new0(Watcher, 1);
    watcher->fd = fd;
    watcher->max_watches = max_watches;
    watcher->directories = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, directory_free);
    watcher->watches = g_hash_table_new(g_direct_hash, g_direct_equal);
    watcher->files = g_hash_table_new_full(file_hash, file_equal, g_free, NULL);
    return watcher;
}

void watcher_free(Watcher *watcher)
{
    if (watcher == NULL)
        return;
    fd_close(&watcher->fd); /* and all watches with it */
    g_hash_table_unref(watcher->files);
    g_hash_table_unref(watcher->watches);
    g_hash_table_unref(watcher->directories);
    g_free(watcher);
}

void watcher_set_guard(Watcher *watcher, bool (*may_touch)(const char *directory, gpointer data),
                       gpointer data)
{
    watcher->may_touch = may_touch;
    watcher->data = data;
}

int watcher_fd(const Watcher *watcher)
{
    return watcher->fd;
}

static Directory *first_of(const Watcher *watcher, int wd)
{
    return g_hash_table_lookup(watcher->watches, GINT_TO_POINTER(wd));
}

static void set_first(Watcher *watcher, int wd, Directory *first)
{
    if (first != NULL)
        g_hash_table_replace(watcher->watches, GINT_TO_POINTER(wd), first);
    else
        g_hash_table_remove(watcher->watches, GINT_TO_POINTER(wd));
}

/* The directory counts as unwatched already. */
static void watch(Watcher *watcher, Directory *directory)
{
    if (g_hash_table_size(watcher->watches) >= watcher->max_watches)
        return;
    if (watcher->may_touch != NULL && !watcher->may_touch(directory->path, watcher->data))
        return;
    int wd = inotify_add_watch(watcher->fd, directory->path, WATCH_MASK);
    if (wd < 0)
        return; /* ENOSPC: fs.inotify.max_user_watches; or gone already, or not for us to read */
    directory->wd = wd;
    directory->next = first_of(watcher, wd);
    set_first(watcher, wd, directory);
    watcher->n_unwatched--;
}

/* Takes it off its watch, which ends with the last path of the directory. */
static void unwatch(Watcher *watcher, Directory *directory)
{
    Directory *first = first_of(watcher, directory->wd);
    if (first == directory) {
        set_first(watcher, directory->wd, directory->next);
        if (directory->next == NULL)
            (void)inotify_rm_watch(watcher->fd, directory->wd); /* EINVAL: the kernel was first */
    } else {
        while (first->next != directory)
            first = first->next;
        first->next = directory->next;
    }
    directory->next = NULL;
    directory->wd = -1;
    watcher->n_unwatched++;
}

/* "/usr/lib/libx.so": directory and name. NULL for what is not an absolute path of a file. */
static char *split(const char *path, const char **ret_name)
{
    const char *slash = strrchr(path, '/');
    if (path[0] != '/' || slash[1] == '\0')
        return NULL;
    *ret_name = slash + 1;
    return slash == path ? g_strdup("/") : g_strndup(path, (size_t)(slash - path));
}

/* Takes the path over. */
static Directory *demand_directory(Watcher *watcher, char *path)
{
    Directory *directory = g_hash_table_lookup(watcher->directories, path);
    if (directory != NULL) {
        g_free(path);
        return directory;
    }
    directory = g_new0(Directory, 1);
    directory->path = path;
    directory->wd = -1;
    watcher->n_unwatched++;
    g_hash_table_insert(watcher->directories, directory->path, directory);
    return directory;
}

void watcher_track(Watcher *watcher, const char *path)
{
    const char *name = NULL;
    char *directory_path = split(path, &name);
    if (directory_path == NULL)
        return;
    Directory *directory = demand_directory(watcher, directory_path);
    if (directory->wd < 0)
        watch(watcher, directory);
    const File key = {directory, name, 0};
    File *file = g_hash_table_lookup(watcher->files, &key);
    if (file == NULL) {
        file = file_new(directory, name);
        g_hash_table_add(watcher->files, file);
        directory->n_files++;
    }
    file->n_tracked++;
}

static void release_directory(Watcher *watcher, Directory *directory)
{
    directory->n_files--;
    if (directory->n_files > 0)
        return;
    if (directory->wd >= 0)
        unwatch(watcher, directory);
    watcher->n_unwatched--;
    g_hash_table_remove(watcher->directories, directory->path);
}

void watcher_untrack(Watcher *watcher, const char *path)
{
    const char *name = NULL;
    g_autofree char *directory_path = split(path, &name);
    if (directory_path == NULL)
        return;
    Directory *directory = g_hash_table_lookup(watcher->directories, directory_path);
    if (directory == NULL)
        return;
    const File key = {directory, name, 0};
    File *file = g_hash_table_lookup(watcher->files, &key);
    if (file == NULL)
        return;
    file->n_tracked--;
    if (file->n_tracked > 0)
        return;
    g_hash_table_remove(watcher->files, file);
    release_directory(watcher, directory);
}

/*
 * Whoever is called may track and untrack, so that directories vanish under our hands: what is to
 * be told is collected first.
 */
static GPtrArray *tracked_paths(const Watcher *watcher, int wd, const char *name)
{
    GPtrArray *paths = g_ptr_array_new_with_free_func(g_free);
    for (Directory *at = first_of(watcher, wd); at != NULL; at = at->next) {
        const File key = {at, name, 0};
        if (g_hash_table_contains(watcher->files, &key))
            g_ptr_array_add(paths, g_build_filename(at->path, name, NULL));
    }
    return paths;
}

/* Under the old path there may be a new directory already; else it stays unwatched. */
static GPtrArray *renew_watches(Watcher *watcher, int wd)
{
    GPtrArray *paths = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) directories = g_ptr_array_new();
    for (Directory *at = first_of(watcher, wd); at != NULL; at = at->next)
        g_ptr_array_add(directories, at);
    for (guint i = 0; i < directories->len; i++)
        unwatch(watcher, directories->pdata[i]);
    for (guint i = 0; i < directories->len; i++) {
        Directory *directory = directories->pdata[i];
        watch(watcher, directory);
        g_ptr_array_add(paths, g_strdup(directory->path));
    }
    return paths;
}

static void tell(WatchEvent event, const GPtrArray *paths, WatchFunc func, gpointer data)
{
    for (guint i = 0; i < paths->len; i++)
        func(event, paths->pdata[i], data);
}

static void handle(Watcher *watcher, const struct inotify_event *event, const char *name,
                   WatchFunc func, gpointer data)
{
    if ((event->mask & IN_Q_OVERFLOW) != 0) {
        func(WATCH_OVERFLOW, NULL, data);
        return;
    }
    if ((event->mask & EVENTS_DIRECTORY) != 0) {
        g_autoptr(GPtrArray) paths = renew_watches(watcher, event->wd);
        tell(WATCH_DIRECTORY, paths, func, data);
        return;
    }
    if (event->len == 0)
        return;
    g_autoptr(GPtrArray) paths = tracked_paths(watcher, event->wd, name);
    tell((event->mask & EVENTS_GONE) != 0 ? WATCH_GONE : WATCH_REPLACED, paths, func, data);
}

void watcher_dispatch(Watcher *watcher, WatchFunc func, gpointer data)
{
    alignas(struct inotify_event) char buffer[BUFFER_BYTES];
    for (uint32_t i = 0; i < READS_MAX; i++) {
        ssize_t n = read(watcher->fd, buffer, sizeof buffer);
        if (n <= 0)
            return; /* EAGAIN: no more; EINTR: the loop calls again */
        /* inotify(7): whole events only, each with the length of its name, padded with zeros. */
        const char *at = buffer;
        while (at < buffer + n) {
            const struct inotify_event *event = (const struct inotify_event *)(const void *)at;
            at += sizeof *event;
            handle(watcher, event, at, func, data);
            at += event->len;
        }
    }
}

uint32_t watcher_directories(const Watcher *watcher)
{
    return g_hash_table_size(watcher->directories);
}

uint32_t watcher_unwatched(const Watcher *watcher)
{
    return watcher->n_unwatched;
}
