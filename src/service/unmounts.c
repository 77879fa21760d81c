/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "service/unmounts.h"

#include <fcntl.h>
#include <glib-unix.h>
#include <unistd.h>

#include "base/fd.h"

/* As storage.c has it. */
#define MOUNTINFO_LIMIT_BYTES (UINT64_C(32) << 20)

struct Unmounts {
    Queue *queue;
    int fd;
    Mounts *mounts;
    GSource *source;
};

typedef struct {
    const Mounts *before;
    const Mounts *after;
} Change;

static Mounts *read_mounts(int fd)
{
    if (lseek(fd, 0, SEEK_SET) != 0)
        return NULL;
    GString *text = fd_read_all(fd, MOUNTINFO_LIMIT_BYTES);
    if (text == NULL)
        return NULL;
    Mounts *mounts = mounts_parse(cursor_of(text->str, text->len));
    g_string_free(text, TRUE);
    return mounts;
}

bool unmounts_lost(const Mounts *before, const Mounts *after, const char *path)
{
    const Mount *was = mounts_find(before, path);
    const Mount *is = mounts_find(after, path);
    return was != NULL &&
           (is == NULL || was->dev_major != is->dev_major || was->dev_minor != is->dev_minor);
}

static bool is_lost(const char *path, gpointer data)
{
    const Change *change = data;
    return unmounts_lost(change->before, change->after, path);
}

static gboolean on_change(gint fd, GIOCondition condition, gpointer data)
{
    Unmounts *unmounts = data;
    (void)condition;
    Mounts *after = read_mounts(fd);
    if (after == NULL)
        return G_SOURCE_CONTINUE; /* the next change tells */
    Change change = {unmounts->mounts, after};
    queue_drop(unmounts->queue, is_lost, &change);
    mounts_free(unmounts->mounts);
    unmounts->mounts = after;
    return G_SOURCE_CONTINUE;
}

Unmounts *unmounts_new(const char *mountinfo_path, Queue *queue, GMainContext *context)
{
    autofd fd = open(mountinfo_path, O_RDONLY | O_CLOEXEC);
    Mounts *mounts = fd >= 0 ? read_mounts(fd) : NULL;
    if (mounts == NULL)
        return NULL;
    Unmounts *unmounts = g_new0(Unmounts, 1);
    unmounts->queue = queue;
    unmounts->mounts = mounts;
    unmounts->fd = fd_steal(&fd);
    unmounts->source = g_unix_fd_source_new(unmounts->fd, G_IO_PRI | G_IO_ERR);
    g_source_set_callback(unmounts->source, G_SOURCE_FUNC(on_change), unmounts, NULL);
    g_source_attach(unmounts->source, context);
    return unmounts;
}

void unmounts_free(Unmounts *unmounts)
{
    if (unmounts == NULL)
        return;
    g_source_destroy(unmounts->source);
    g_source_unref(unmounts->source);
    fd_close(&unmounts->fd);
    mounts_free(unmounts->mounts);
    g_free(unmounts);
}
