/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "service/purge.h"
#include "observe/storage.h"
#include "service/cycle.h"
#include "service/pinning.h"
#include <errno.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/stat.h>

#define CHECK_INTERVAL_SEC 3600
/* A package manager's many events make one check, when they are over. */
#define CHECK_SOON_SEC 2

/* A check in the thread of what nobody waits for: which of the paths exist no longer. */
typedef struct {
    Daemon *daemon;
    GPtrArray *paths; /* GRefString */
    GHashTable *told; /* of these, those that were seen to be deleted; owned, NULL: none */
    GPtrArray *gone;  /* of them; borrowed */
} Check;

static bool is_empty(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    return dir != NULL && g_dir_read_name(dir) == NULL;
}

/* Where the path ends at an empty directory, that is most likely a mount point: of a disk or snap
 * that is mounted later, or was unmounted for now. What is on it is not gone. */
static bool is_unmounted(const char *path)
{
    g_autofree char *parent = g_path_get_dirname(path);
    while (!g_file_test(parent, G_FILE_TEST_EXISTS) && strcmp(parent, "/") != 0) {
        char *above = g_path_get_dirname(parent);
        g_free(parent);
        parent = above;
    }
    return is_empty(parent);
}

static bool is_gone(const Check *check, const char *path)
{
    struct stat st;
    if (lstat(path, &st) == 0 || (errno != ENOENT && errno != ENOTDIR))
        return false;
    return (check->told != NULL && g_hash_table_contains(check->told, path)) || !is_unmounted(path);
}

static void check_run(gpointer job)
{
    Check *check = job;
    g_autoptr(Storage) storage = storage_new("/sys", "/proc/self/mountinfo");
    for (guint i = 0; i < check->paths->len; i++) {
        const char *path = check->paths->pdata[i];
        if (g_atomic_int_get(&check->daemon->cancel))
            return;
        /* What is on a network or FUSE file system now may hang, and is not ours to judge. */
        if (!storage_is_local(storage, path))
            continue;
        if (is_gone(check, path))
            g_ptr_array_add(check->gone, check->paths->pdata[i]);
    }
}

static void check_done(gpointer job)
{
    Check *check = job;
    Daemon *daemon = check->daemon;
    uint32_t n_left = 0;
    for (guint i = 0; i < check->gone->len; i++)
        n_left += model_forget_path(daemon->model, check->gone->pdata[i]);
    if (n_left > 0)
        log_write(daemon->log, LEVEL_INFO, MESSAGE_FILES_GONE,
                  "no longer on disk, and forgotten: %u of the known programs and files", n_left);
    g_ptr_array_unref(check->gone);
    g_ptr_array_unref(check->paths);
    g_clear_pointer(&check->told, g_hash_table_unref);
    g_free(check);
}

static gboolean check_all(gpointer data)
{
    Daemon *daemon = data;
    if (model_expire_bad(daemon->model) > 0)
        cycle_look_anew(daemon);
    uint32_t n_stale = model_expire_exes(daemon->model);
    if (n_stale > 0)
        log_write(daemon->log, LEVEL_INFO, MESSAGE_FILES_GONE,
                  "not used for long, and forgotten: %u of the known programs", n_stale);
    Check *check = g_new0(Check, 1);
    check->daemon = daemon;
    check->paths = model_paths(daemon->model);
    check->told = g_steal_pointer(&daemon->missing);
    check->gone = g_ptr_array_new();
    queue_call(daemon->queue, CLASS_BULK, check_run, check_done, check);
    return G_SOURCE_CONTINUE;
}

static gboolean check_soon(gpointer data)
{
    Daemon *daemon = data;
    daemon->check_soon_source = 0;
    (void)check_all(daemon);
    return G_SOURCE_REMOVE;
}

static void forget(Daemon *daemon, const char *path)
{
    uint32_t n_left = model_forget_path(daemon->model, path);
    if (n_left == 0)
        return;
    g_autofree char *name = log_printable(path);
    log_write(daemon->log, LEVEL_DEBUG, MESSAGE_FILES_GONE, "%s was deleted: %u left the model",
              name, n_left);
}

static bool is_program(const Model *model, const char *path)
{
    for (guint i = 0; i < model->exes->len; i++) {
        const ExeKey *key = ((const Exe *)model->exes->pdata[i])->key;
        if (strcmp(key->path, path) == 0 || g_strcmp0(key->script, path) == 0)
            return true;
    }
    return false;
}

static void check_later(Daemon *daemon)
{
    if (daemon->check_soon_source == 0)
        daemon->check_soon_source = g_timeout_add_seconds(CHECK_SOON_SEC, check_soon, daemon);
}

/* There are installers that delete a program before they write the new one: with all of its habits
 * it goes only when it is not there again soon. */
static void deleted(Daemon *daemon, const char *path)
{
    if (!is_program(daemon->model, path)) {
        forget(daemon, path);
        return;
    }
    if (daemon->missing == NULL)
        daemon->missing = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_hash_table_add(daemon->missing, g_strdup(path));
    check_later(daemon);
}

/* Programs will use the new file; one that is a program itself is still the same to its user. */
static void renew(Daemon *daemon, const char *path)
{
    g_autofree char *name = log_printable(path);
    if (model_renew_path(daemon->model, path))
        log_write(daemon->log, LEVEL_DEBUG, MESSAGE_NONE, "%s was replaced: it is learnt anew",
                  name);
}

static void watched(WatchEvent event, const char *path, gpointer data)
{
    Daemon *daemon = data;
    pinning_notice(daemon->pinning, path);
    switch (event) {
    case WATCH_GONE:
        deleted(daemon, path);
        return;
    case WATCH_REPLACED:
        renew(daemon, path);
        return;
    case WATCH_OVERFLOW:
        log_write(daemon->log, LEVEL_NOTICE, MESSAGE_FILES_GONE,
                  "the kernel's queue of file events overflowed: all files are checked");
        break;
    case WATCH_DIRECTORY:
        break;
    }
    check_later(daemon);
}

static gboolean dispatch(gint fd, GIOCondition condition, gpointer data)
{
    Daemon *daemon = data;
    watcher_dispatch(daemon->watcher, watched, daemon);
    return G_SOURCE_CONTINUE;
}

static void track(const char *path, bool tracked, gpointer data)
{
    Watcher *watcher = data;
    if (tracked)
        watcher_track(watcher, path);
    else
        watcher_untrack(watcher, path);
}

/* By the mount table alone: this is the main loop, and a state may name anything. */
static bool may_watch(const char *directory, gpointer data)
{
    const Daemon *daemon = data;
    storage_refresh(daemon->mounted);
    return !storage_is_remote(daemon->mounted, directory);
}

void purge_open(Daemon *daemon)
{
    daemon->watcher = watcher_new(daemon->config->maxwatches);
    if (daemon->watcher == NULL) {
        log_write(daemon->log, LEVEL_WARNING, MESSAGE_WATCHES_EXHAUSTED,
                  "no inotify (%s): deleted files are noticed by the hourly check only",
                  g_strerror(errno));
        return;
    }
    daemon->mounted = storage_new("/sys", "/proc/self/mountinfo");
    watcher_set_guard(daemon->watcher, may_watch, daemon);
    daemon->model->track = track;
    daemon->model->track_data = daemon->watcher;
    GSource *source = g_unix_fd_source_new(watcher_fd(daemon->watcher), G_IO_IN);
    g_source_set_callback(source, G_SOURCE_FUNC(dispatch), daemon, NULL);
    g_source_attach(source, NULL);
    daemon->sources = g_slist_prepend(daemon->sources, source);
}

void purge_start(Daemon *daemon)
{
    (void)check_all(daemon);
    daemon->check_source = g_timeout_add_seconds(CHECK_INTERVAL_SEC, check_all, daemon);
}

void purge_stop(Daemon *daemon)
{
    if (daemon->check_source != 0)
        g_source_remove(daemon->check_source);
    if (daemon->check_soon_source != 0)
        g_source_remove(daemon->check_soon_source);
    daemon->check_source = daemon->check_soon_source = 0;
    g_clear_pointer(&daemon->missing, g_hash_table_unref);
}
