/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "service/door.h"
#include "base/event-source.h"
#include "base/fd.h"
#include <errno.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

/* A queue that is full turns away whoever is next, so it is as long as the kernel lets it be
 * (net.core.somaxconn). */
#define BACKLOG 4096
/* In one turn of the main loop. */
#define ARRIVALS_MAX 32
/* When no more descriptors are to be had. */
#define RETRY_SEC 1

struct Door {
    char *path;
    int fd;
    GSource *source;
    guint retry_source;
    DoorFunc arrived;
    gpointer data;
};

static bool fail(GError **error, const char *path, const char *what)
{
    int saved = errno;
    g_set_error(error, G_FILE_ERROR, (gint)g_file_error_from_errno(saved), "%s: %s: %s", path, what,
                g_strerror(saved));
    return false;
}

static bool address_of(const char *path, struct sockaddr_un *ret, GError **error)
{
    *ret = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof ret->sun_path) {
        errno = ENAMETOOLONG;
        return fail(error, path, "a socket cannot have that name");
    }
    memcpy(ret->sun_path, path, strlen(path) + 1);
    return true;
}

/* Away with what a daemon that was killed has left. */
static bool clear_way(const char *path, const struct sockaddr_un *address, GError **error)
{
    struct stat st;
    if (lstat(path, &st) < 0)
        return errno == ENOENT ? true : fail(error, path, "cannot look at it");
    if (!S_ISSOCK(st.st_mode)) {
        errno = EEXIST;
        return fail(error, path, "it is no socket");
    }
    autofd probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (probe >= 0 && connect(probe, (const struct sockaddr *)address, sizeof *address) < 0 &&
        errno == ECONNREFUSED)
        return unlink(path) == 0 ? true : fail(error, path, "cannot remove it");
    errno = EADDRINUSE;
    return fail(error, path, "another process listens on it");
}

static bool bind_to(int fd, const char *path, GError **error)
{
    struct sockaddr_un address;
    g_autofree char *directory = g_path_get_dirname(path);
    if (!address_of(path, &address, error))
        return false;
    (void)mkdir(directory, 0755); /* if it is there, or cannot be made, bind says what is wrong */
    if (!clear_way(path, &address, error))
        return false;
    if (bind(fd, (const struct sockaddr *)&address, sizeof address) < 0)
        return fail(error, path, "cannot make the socket");
    /* Who may do what is decided by who it is, when that one is there. */
    if (chmod(path, 0666) < 0)
        return fail(error, path, "cannot open it to all");
    return listen(fd, BACKLOG) == 0 ? true : fail(error, path, "cannot listen on it");
}

static void listen_on(Door *door);

static gboolean retry(gpointer data)
{
    Door *door = data;
    door->retry_source = 0;
    listen_on(door);
    return G_SOURCE_REMOVE;
}

static void hand_over(const Door *door, int fd)
{
    struct ucred peer;
    socklen_t length = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) < 0) {
        (void)close(fd); /* nothing was said through it */
        return;
    }
    const Caller caller = {.uid = peer.uid, .pid = peer.pid};
    door->arrived(fd, &caller, door->data);
}

static gboolean on_arrival(gint fd, GIOCondition condition, gpointer data)
{
    Door *door = data;
    for (int i = 0; i < ARRIVALS_MAX; i++) {
        int peer = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (peer >= 0) {
            hand_over(door, peer);
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            break;
        } else if (errno != EINTR && errno != ECONNABORTED) {
            /* They stay in the queue, and would wake us up again at once. */
            event_source_clear(&door->source);
            door->retry_source = g_timeout_add_seconds(RETRY_SEC, retry, door);
            return G_SOURCE_REMOVE;
        }
    }
    return G_SOURCE_CONTINUE;
}

static void listen_on(Door *door)
{
    door->source = g_unix_fd_source_new(door->fd, G_IO_IN);
    g_source_set_priority(door->source, G_PRIORITY_DEFAULT_IDLE);
    g_source_set_callback(door->source, G_SOURCE_FUNC(on_arrival), door, NULL);
    g_source_attach(door->source, NULL);
}

Door *door_open(const char *path, DoorFunc arrived, gpointer data, GError **error)
{
    autofd fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        fail(error, path, "cannot make a socket");
        return NULL;
    }
    if (!bind_to(fd, path, error))
        return NULL;
    Door *door = g_new0(Door, 1);
    *door = (Door){.path = g_strdup(path), .fd = fd_steal(&fd), .arrived = arrived, .data = data};
    listen_on(door);
    return door;
}

void door_close(Door *door)
{
    if (door == NULL)
        return;
    event_source_clear(&door->source);
    if (door->retry_source != 0)
        g_source_remove(door->retry_source);
    fd_close(&door->fd);
    (void)unlink(door->path); /* if it is gone already, all is well */
    g_free(door->path);
    g_free(door);
}
