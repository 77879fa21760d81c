/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "service/bus-peer.h"
#include "base/event-source.h"
#include "base/fd.h"
#include "service/bus-auth.h"
#include "service/bus-reply.h"
#include <errno.h>
#include <glib-unix.h>
#include <sys/socket.h>

/* Of one turn of the main loop. */
#define PIECE_BYTES 4096
#define MESSAGE_MIN 16 /* its fixed header: g_dbus_message_bytes_needed() */

struct Peer {
    const BusHost *host;
    Caller caller;
    int fd;
    GSource *source;
    bool writing; /* the source waits for room as well */
    bool begun;   /* who it is is settled */
    BusAuth auth;
    GString *in;
    GString *out;
    GArray *fds; /* int: that came, for the message that is not complete yet */
    guint32 serial;
    gint64 active_usec;
    gint64 taken_usec; /* when it took something, or had nothing to take */
    void (*ended)(Peer *peer, gpointer data);
    gpointer data;
};

static void end(Peer *peer)
{
    event_source_clear(&peer->source);
    fd_close(&peer->fd);
    peer->ended(peer, peer->data);
}

/* False if the connection is broken. */
static bool write_out(Peer *peer)
{
    while (peer->out->len > 0) {
        ssize_t n = send(peer->fd, peer->out->str, peer->out->len, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno == EAGAIN || errno == EWOULDBLOCK;
        g_string_erase(peer->out, 0, n);
        peer->taken_usec = g_get_monotonic_time();
    }
    return true;
}

static gboolean on_ready(gint fd, GIOCondition condition, gpointer data);

static void watch(Peer *peer, bool writing)
{
    event_source_clear(&peer->source);
    /* Who does not take its answers is not heard. */
    peer->source = g_unix_fd_source_new(peer->fd, (writing ? G_IO_OUT : G_IO_IN) | G_IO_HUP);
    g_source_set_priority(peer->source, G_PRIORITY_DEFAULT_IDLE);
    g_source_set_callback(peer->source, G_SOURCE_FUNC(on_ready), peer, NULL);
    g_source_attach(peer->source, NULL);
    peer->writing = writing;
}

/* False: it is over. */
static bool flush(Peer *peer)
{
    if (peer->out->len == 0)
        return true;
    if (!write_out(peer) || peer->out->len > PEER_UNREAD_MAX)
        return false;
    return true;
}

static bool append_message(Peer *peer, GDBusMessage *message)
{
    gsize size = 0;
    g_dbus_message_set_serial(message, ++peer->serial != 0 ? peer->serial : ++peer->serial);
    g_autofree guchar *blob =
        g_dbus_message_to_blob(message, &size, G_DBUS_CAPABILITY_FLAGS_NONE, NULL);
    if (blob == NULL)
        return false;
    if (peer->out->len == 0)
        peer->taken_usec = g_get_monotonic_time();
    g_string_append_len(peer->out, (const char *)blob, (gssize)size);
    return true;
}

static void drop_fds(GArray *fds, guint n)
{
    for (guint i = 0; i < n; i++)
        fd_close(&g_array_index(fds, int, i));
    if (n > 0)
        g_array_remove_range(fds, 0, n);
}

/* False: it is no message. */
static bool take_message(Peer *peer, gsize size)
{
    g_autoptr(GDBusMessage) message = g_dbus_message_new_from_blob(
        (guchar *)peer->in->str, size, G_DBUS_CAPABILITY_FLAGS_UNIX_FD_PASSING, NULL);
    g_string_erase(peer->in, 0, (gssize)size);
    if (message == NULL)
        return false;
    Caller caller = peer->caller;
    const guint n_fds = g_dbus_message_get_num_unix_fds(message);
    if (n_fds > peer->fds->len)
        return false;
    caller.fds = n_fds > 0 ? (const int *)(const void *)peer->fds->data : NULL;
    caller.n_fds = n_fds;
    g_autoptr(GDBusMessage) reply = bus_reply(peer->host, &caller, message);
    drop_fds(peer->fds, n_fds);
    return reply == NULL || append_message(peer, reply);
}

static bool take_messages(Peer *peer)
{
    while (peer->in->len >= MESSAGE_MIN) {
        gssize size = g_dbus_message_bytes_needed((guchar *)peer->in->str, peer->in->len, NULL);
        if (size < MESSAGE_MIN || size > PEER_MESSAGE_MAX)
            return false;
        if ((gsize)size > peer->in->len)
            return true;
        if (!take_message(peer, (gsize)size))
            return false;
    }
    return true;
}

static bool take(Peer *peer)
{
    if (!peer->begun) {
        AuthOutcome outcome = bus_auth_feed(&peer->auth, peer->in, peer->out);
        if (outcome != AUTH_DONE)
            return outcome == AUTH_GOES_ON;
        peer->begun = true;
    }
    peer->active_usec = g_get_monotonic_time();
    return take_messages(peer);
}

/* False: more than were agreed upon. Those that are kept are closed with the peer. */
static bool keep_fds(Peer *peer, struct msghdr *message)
{
    if (peer->fds->len == 0 && peer->out->len == 0)
        peer->taken_usec = g_get_monotonic_time();
    for (struct cmsghdr *head = CMSG_FIRSTHDR(message); head != NULL;
         head = CMSG_NXTHDR(message, head))
        if (head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS)
            g_array_append_vals(peer->fds, CMSG_DATA(head),
                                (guint)((head->cmsg_len - CMSG_LEN(0)) / sizeof(int)));
    bool complete = (message->msg_flags & MSG_CTRUNC) == 0;
    return complete && peer->fds->len <= (peer->auth.passes_fds ? PEER_FDS_MAX : 0);
}

static bool read_in(Peer *peer)
{
    char piece[PIECE_BYTES];
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(PEER_FDS_MAX * sizeof(int))];
    } control;
    struct iovec bytes = {piece, sizeof piece};
    struct msghdr message = {.msg_iov = &bytes,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control};
    ssize_t n = recvmsg(peer->fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (n < 0)
        return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
    if (!keep_fds(peer, &message) || n == 0)
        return false;
    g_string_append_len(peer->in, piece, n);
    return take(peer);
}

static gboolean on_ready(gint fd, GIOCondition condition, gpointer data)
{
    Peer *peer = data;
    bool well = peer->writing || read_in(peer);
    /* What was answered before it did wrong is still sent, as far as it goes. */
    if (!flush(peer) || !well) {
        end(peer);
        return G_SOURCE_REMOVE;
    }
    if (peer->writing == (peer->out->len > 0))
        return G_SOURCE_CONTINUE;
    watch(peer, peer->out->len > 0);
    return G_SOURCE_REMOVE;
}

Peer *peer_new(const BusHost *host, int fd, const Caller *caller, const char *guid,
               void (*ended)(Peer *peer, gpointer data), gpointer data)
{
    Peer *peer = g_new0(Peer, 1);
    *peer = (Peer){.host = host,
                   .caller = *caller,
                   .fd = fd,
                   .auth = {.uid = caller->uid, .guid = guid},
                   .in = g_string_new(NULL),
                   .out = g_string_new(NULL),
                   .fds = g_array_new(FALSE, FALSE, sizeof(int)),
                   .taken_usec = g_get_monotonic_time(),
                   .ended = ended,
                   .data = data};
    watch(peer, false);
    return peer;
}

void peer_free(Peer *peer)
{
    event_source_clear(&peer->source);
    fd_close(&peer->fd);
    g_string_free(peer->in, TRUE);
    g_string_free(peer->out, TRUE);
    drop_fds(peer->fds, peer->fds->len);
    g_array_unref(peer->fds);
    g_free(peer);
}

const Caller *peer_caller(const Peer *peer)
{
    return &peer->caller;
}

void peer_signal(Peer *peer, const char *interface, const char *signal, GVariant *args)
{
    if (!peer->begun)
        return;
    g_autoptr(GDBusMessage) message = g_dbus_message_new_signal(BUS_PATH, interface, signal);
    g_dbus_message_set_body(message, args);
    /* It may be in the middle of a call of its own: it ends when it is looked at next. */
    if (!append_message(peer, message) || !flush(peer))
        (void)shutdown(peer->fd, SHUT_RDWR); /* or it is not connected: the same to us */
    else if (!peer->writing && peer->out->len > 0)
        watch(peer, true);
}

gint64 peer_active_usec(const Peer *peer)
{
    return peer->active_usec;
}

bool peer_is_stuck(const Peer *peer, gint64 now_usec)
{
    bool owes = !peer->begun || peer->out->len > 0 || peer->fds->len > 0;
    return owes && now_usec - peer->taken_usec > PEER_PATIENCE_USEC;
}
