/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/broker-serve.h"
#include "base/fd.h"
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

/* Whose the socket is, as its path says: the service manager made it and gave it away. */
static int owner_of(int listener_fd, uid_t *ret)
{
    struct sockaddr_un address = {0};
    socklen_t length = sizeof address;
    struct stat st;
    if (getsockname(listener_fd, (struct sockaddr *)&address, &length) < 0)
        return -errno;
    if (address.sun_family != AF_UNIX || address.sun_path[0] != '/')
        return -EAFNOSUPPORT; /* an abstract one is nobody's */
    /* unix(7): a path that takes all of sun_path has no NUL. */
    g_autofree char *path = g_strndup(address.sun_path, sizeof address.sun_path);
    if (lstat(path, &st) < 0)
        return -errno;
    if (!S_ISSOCK(st.st_mode))
        return -ENOTSOCK;
    *ret = st.st_uid;
    return 0;
}

static bool is_permitted(int client_fd, uid_t owner)
{
    struct ucred peer;
    socklen_t length = sizeof peer;
    if (getsockopt(client_fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) < 0)
        return false;
    return peer.uid == 0 || peer.uid == owner;
}

int broker_accept(int listener_fd, uint32_t wait_msec)
{
    const int64_t until_usec = g_get_monotonic_time() + (int64_t)wait_msec * 1000;
    uid_t owner = 0;
    int result = owner_of(listener_fd, &owner);
    if (result < 0)
        return result;
    do {
        if (!broker_message_await(listener_fd, until_usec))
            return -ETIMEDOUT;
        autofd client = accept4(listener_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (client < 0 && errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
            return -errno;
        if (client >= 0 && is_permitted(client, owner))
            return fd_steal(&client);
    } while (g_get_monotonic_time() < until_usec);
    return -ETIMEDOUT;
}

static int greet(int client_fd, const BrokerHands *hands, int *ret_opens_error)
{
    const int execs = hands->open_execs(hands->data);
    const int opens = hands->open_opens(hands->data);
    const BrokerMessage message = {.version = BROKER_VERSION,
                                   .kind = BROKER_HELLO,
                                   .execs_error = MIN(execs, 0),
                                   .opens_error = MIN(opens, 0)};
    int fds[2];
    size_t n_fds = 0;
    if (execs >= 0)
        fds[n_fds++] = execs;
    if (opens >= 0)
        fds[n_fds++] = opens;
    *ret_opens_error = message.opens_error;
    return broker_message_send(client_fd, &message, fds, n_fds);
}

static int arm(int client_fd, const BrokerHands *hands, uint32_t serial, int opens_error)
{
    BrokerMarks marks = {0};
    if (opens_error == 0)
        hands->arm(hands->data, &marks);
    BrokerMessage answer = {.version = BROKER_VERSION,
                            .kind = BROKER_ARMED,
                            .serial = serial,
                            .opens_error = opens_error,
                            .n_marked = marks.n_marked,
                            .n_unmarked = marks.n_unmarked};
    g_strlcpy(answer.why, marks.why, sizeof answer.why);
    return broker_message_send(client_fd, &answer, NULL, 0);
}

/* One question; 0, or the error that ends the talk. */
static int serve_one(int client_fd, const BrokerHands *hands, int opens_error)
{
    BrokerMessage question;
    int result = broker_message_receive(client_fd, &question, NULL, NULL);
    if (result == -EAGAIN)
        return 0;
    if (result < 0)
        return result;
    switch (question.kind) {
    case BROKER_ARM:
        return arm(client_fd, hands, question.serial, opens_error);
    case BROKER_DISARM:
        if (opens_error == 0)
            hands->disarm(hands->data);
        return 0;
    default:
        return -EPROTO;
    }
}

int broker_serve(int client_fd, const BrokerHands *hands)
{
    int opens_error = 0;
    int result = greet(client_fd, hands, &opens_error);
    while (result == 0) {
        if (broker_message_await(client_fd, G_MAXINT64))
            result = serve_one(client_fd, hands, opens_error);
    }
    /* The client may have died without closing its copy, in a child that lives on. */
    if (opens_error == 0)
        hands->disarm(hands->data);
    return result == -EPIPE ? 0 : result;
}
