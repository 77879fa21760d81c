/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/opens.h"
#include "base/fd.h"
#include "observe/opengroup.h"
#include "observe/rawopen.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdalign.h>
#include <string.h>
#include <sys/fanotify.h>

/* Each event brings a descriptor: so many are open at once, out of the usual 1024. */
#define BATCH_EVENTS 64
/* Then the loop is given its turn. */
#define BATCHES_MAX 8
/* What may lie in a queue of the usual 16384 (fs.fanotify.max_queued_events), four times over. */
#define DISCARDS_MAX 1024
/* Errors in a row, each of which should have taken one event out of the queue, and did not. */
#define FAILURES_MAX 16384

struct Opens {
    int fd;
    uint32_t own_pid;
    bool armed;
    uint32_t n_failures; /* of read(2), since it last gave something */
    uint32_t n_unmarked;
    char *why; /* NULL: all are marked */
    OpensMarker marker;
};

Opens *opens_adopt(int fd, const OpensMarker *marker)
{
    Opens *opens = g_new0(Opens, 1);
    opens->fd = fd;
    opens->own_pid = (uint32_t)getpid();
    opens->marker = *marker;
    return opens;
}

Opens *opens_new(int *ret_error)
{
    int fd = open_group_new();
    if (fd < 0) {
        *ret_error = fd;
        return NULL;
    }
    const OpensMarker none = {0};
    return opens_adopt(fd, &none);
}

int opens_fd(const Opens *opens)
{
    return opens->fd;
}

bool opens_armed(const Opens *opens)
{
    return opens->armed;
}

uint32_t opens_unmarked(const Opens *opens, const char **ret_why)
{
    *ret_why = opens->why;
    return opens->n_unmarked;
}

/*
 * The path as the kernel has it now. False if there is none to learn from: of what was deleted it
 * ends with " (deleted)", even if a hard link is left (fs/d_path.c), of what is beyond our root it
 * begins with "(unreachable)". A file that is really called so is no loss.
 */
static bool read_path(int fd, char *path, size_t path_bytes)
{
    char link[32]; /* "/proc/self/fd/" and at most 10 digits */
    (void)g_snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, path_bytes);
    if (length <= 0 || (size_t)length >= path_bytes)
        return false;
    path[length] = '\0';
    return path[0] == '/' && !g_str_has_suffix(path, " (deleted)");
}

static bool is_told(const struct stat *st)
{
    return (S_ISREG(st->st_mode) || S_ISDIR(st->st_mode)) && st->st_nlink > 0;
}

/* sink: NULL to let it go. */
static void handle(const Opens *opens, const RawOpen *raw, const OpensSink *sink)
{
    autofd fd = raw->fd;
    if (fd < 0 || raw->pid <= 0 || sink == NULL || !opens->armed)
        return;
    uint32_t pid = (uint32_t)raw->pid;
    if (pid == opens->own_pid || !sink->wants(pid, sink->data))
        return;
    OpenEvent event = {.pid = pid, .fd = fd};
    char path[PATH_MAX];
    if (fstat(fd, &event.st) < 0 || !is_told(&event.st) || !read_path(fd, path, sizeof path))
        return;
    event.path = path;
    sink->take(&event, sink->data);
}

/*
 * read(2) of a group fails if the first event's file cannot be opened for us; that event is gone
 * then (fs/notify/fanotify/fanotify_user.c, copy_event_to_user).
 */
static OpensResult failed(Opens *opens, int error)
{
    switch (error) {
    case EAGAIN:
        return OPENS_DRAINED;
    case EBADF:
    case EINVAL:
    case EFAULT:
    case EISDIR:
        return OPENS_BROKEN;
    case EINTR:
        return OPENS_MORE;
    default:
        break;
    }
    opens->n_failures++;
    if (opens->n_failures > FAILURES_MAX)
        return OPENS_BROKEN;
    bool lost = error == EMFILE || error == ENFILE || error == ENOMEM;
    return lost ? OPENS_OVERFLOW : OPENS_MORE; /* a device without driver, a security module */
}

static OpensResult read_batch(Opens *opens, const OpensSink *sink)
{
    alignas(struct fanotify_event_metadata) char
        bytes[BATCH_EVENTS * sizeof(struct fanotify_event_metadata)];
    ssize_t n = read(opens->fd, bytes, sizeof bytes);
    if (n < 0)
        return failed(opens, errno);
    opens->n_failures = 0;
    bool overflow = false;
    Cursor c = cursor_of(bytes, (size_t)n);
    for (RawOpen raw; raw_open_parse(&c, &raw);) {
        overflow = overflow || (raw.mask & FAN_Q_OVERFLOW) != 0;
        handle(opens, &raw, sink);
    }
    if (n == 0 || cursor_left(&c) > 0)
        return OPENS_BROKEN;
    if (overflow)
        return OPENS_OVERFLOW;
    /* Where there was room for more, that was all. */
    return sizeof bytes - (size_t)n < sizeof(struct fanotify_event_metadata) ? OPENS_MORE
                                                                             : OPENS_DRAINED;
}

OpensResult opens_read(Opens *opens, const OpensSink *sink)
{
    bool overflow = false;
    OpensResult result = OPENS_MORE;
    for (uint32_t i = 0; i < BATCHES_MAX && result != OPENS_DRAINED; i++) {
        result = read_batch(opens, sink);
        if (result == OPENS_BROKEN)
            return OPENS_BROKEN;
        overflow = overflow || result == OPENS_OVERFLOW;
    }
    return overflow ? OPENS_OVERFLOW : result;
}

static void discard(Opens *opens)
{
    OpensResult result = OPENS_MORE;
    for (uint32_t i = 0; i < DISCARDS_MAX && result != OPENS_DRAINED && result != OPENS_BROKEN; i++)
        result = read_batch(opens, NULL);
}

static int mark(Opens *opens, const Mounts *mounts)
{
    if (opens->marker.arm != NULL)
        return opens->marker.arm(opens->marker.data, &opens->n_unmarked, &opens->why);
    return (int)open_group_mark(opens->fd, mounts, &opens->n_unmarked, &opens->why);
}

static void unmark(Opens *opens)
{
    if (opens->marker.disarm != NULL)
        opens->marker.disarm(opens->marker.data);
    else
        open_group_unmark(opens->fd);
}

uint32_t opens_arm(Opens *opens, const Mounts *mounts)
{
    if (!opens->armed)
        discard(opens); /* what came in while it was being disarmed */
    opens->n_unmarked = 0;
    g_clear_pointer(&opens->why, g_free);
    int n_marked = mark(opens, mounts);
    if (n_marked < 0 && opens->why == NULL)
        opens->why = g_strdup(g_strerror(-n_marked));
    if (n_marked <= 0) {
        opens_disarm(opens); /* of what was marked before, some may be */
        return 0;
    }
    opens->armed = true;
    return (uint32_t)n_marked;
}

void opens_disarm(Opens *opens)
{
    if (!opens->armed)
        return;
    opens->armed = false;
    unmark(opens);
    discard(opens);
}

void opens_free(Opens *opens)
{
    if (opens == NULL)
        return;
    if (opens->armed)
        unmark(opens); /* a helper may have the group, too */
    fd_close(&opens->fd);
    g_free(opens->why);
    g_free(opens);
}
