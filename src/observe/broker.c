/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/broker.h"
#include "base/fd.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

/* There is a greeting, and one answer to a question; what goes on and on is madness. */
#define MESSAGES_MAX 16

struct Broker {
    int fd;
    int error; /* for good; 0: none */
    bool greeted;
    int execs; /* descriptors not taken yet, or why there are none */
    int opens;
    uint32_t serial;  /* of the last question */
    uint32_t pending; /* of the one that has not been answered; 0: none */
    BrokerMessage answer;
};

/* Who listens on a path may be whoever could make it. */
static int check_peer(int fd)
{
    struct ucred peer;
    socklen_t length = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) < 0)
        return -errno;
    return peer.uid == 0 || peer.uid == geteuid() ? 0 : -EPERM;
}

static int connect_to(int fd, const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (fd < 0)
        return -errno;
    if (strlen(path) >= sizeof address.sun_path)
        return -ENAMETOOLONG;
    memcpy(address.sun_path, path, strlen(path));
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) < 0)
        return -errno;
    return check_peer(fd);
}

Broker *broker_connect(const char *socket_path, int *ret_error)
{
    autofd fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int result = connect_to(fd, socket_path);
    if (result < 0) {
        *ret_error = result;
        return NULL;
    }
    return broker_adopt(fd_steal(&fd));
}

Broker *broker_adopt(int fd)
{
    Broker *broker = g_new0(Broker, 1);
    broker->fd = fd;
    broker->execs = -EAGAIN;
    broker->opens = -EAGAIN;
    return broker;
}

void broker_free(Broker *broker)
{
    if (broker == NULL)
        return;
    fd_close(&broker->fd);
    fd_close(&broker->execs);
    fd_close(&broker->opens);
    g_free(broker);
}

int broker_fd(const Broker *broker)
{
    return broker->fd;
}

static int fail(Broker *broker, int error)
{
    if (error != -EAGAIN)
        broker->error = error;
    return error;
}

/* Takes the descriptors over in any case. A read from either must never wait. */
static int greet(Broker *broker, const BrokerMessage *message, int *fds, size_t n_fds)
{
    size_t n_expected = (message->execs_error == 0 ? 1 : 0) + (message->opens_error == 0 ? 1 : 0);
    bool accepted = !broker->greeted && n_fds == n_expected;
    for (size_t i = 0; i < n_fds; i++) {
        int flags = fcntl(fds[i], F_GETFL);
        accepted = accepted && flags >= 0 && (flags & O_NONBLOCK) != 0;
    }
    if (!accepted) {
        for (size_t i = 0; i < n_fds; i++)
            fd_close(&fds[i]);
        return -EPROTO;
    }
    size_t at = 0;
    broker->execs = message->execs_error == 0 ? fds[at++] : message->execs_error;
    broker->opens = message->opens_error == 0 ? fds[at++] : message->opens_error;
    broker->greeted = true;
    return 0;
}

static int take_answer(Broker *broker, const BrokerMessage *message)
{
    if (message->kind != BROKER_ARMED || broker->pending == 0 || message->serial != broker->pending)
        return -EPROTO;
    broker->answer = *message;
    broker->pending = 0;
    return 0;
}

/* One message; 0, -EAGAIN if there is none, or an error for good. */
static int take(Broker *broker)
{
    BrokerMessage message;
    int fds[2] = {-1, -1};
    size_t n_fds = 0;
    int result = broker_message_receive(broker->fd, &message, fds, &n_fds);
    if (result < 0)
        return fail(broker, result);
    if (message.kind == BROKER_HELLO)
        return fail(broker, greet(broker, &message, fds, n_fds));
    for (size_t i = 0; i < n_fds; i++)
        fd_close(&fds[i]);
    return fail(broker, n_fds == 0 ? take_answer(broker, &message) : -EPROTO);
}

/* All that is there. 0, or an error for good. */
static int take_all(Broker *broker)
{
    if (broker->error < 0)
        return broker->error;
    for (guint i = 0; i < MESSAGES_MAX; i++) {
        int result = take(broker);
        if (result == -EAGAIN)
            return 0;
        if (result < 0)
            return result;
    }
    return fail(broker, -EPROTO);
}

int broker_await(Broker *broker, uint32_t wait_msec)
{
    const int64_t until_usec = g_get_monotonic_time() + (int64_t)wait_msec * 1000;
    for (;;) {
        int result = take_all(broker);
        if (result < 0 || broker->greeted)
            return result;
        if (!broker_message_await(broker->fd, until_usec))
            return -EAGAIN;
    }
}

static int take_fd(int *fd)
{
    int taken = *fd;
    if (taken >= 0)
        *fd = -EBADF;
    return taken;
}

int broker_take_execs(Broker *broker)
{
    return take_fd(&broker->execs);
}

int broker_take_opens(Broker *broker)
{
    return take_fd(&broker->opens);
}

static int ask(Broker *broker, BrokerKind kind)
{
    broker->serial = broker->serial < UINT32_MAX ? broker->serial + 1 : 1;
    const BrokerMessage message = {
        .version = BROKER_VERSION, .kind = kind, .serial = broker->serial};
    int result = broker_message_send(broker->fd, &message, NULL, 0);
    return result == -EAGAIN ? -ETIMEDOUT : fail(broker, result);
}

static int await_answer(Broker *broker)
{
    const int64_t until_usec = g_get_monotonic_time() + BROKER_ARM_WAIT_MSEC * 1000;
    while (broker->pending != 0) {
        if (!broker_message_await(broker->fd, until_usec))
            return -ETIMEDOUT;
        int result = take(broker);
        if (result < 0 && result != -EAGAIN)
            return result;
        /* What it sends instead of the answer must not keep us longer. */
        if (broker->pending != 0 && g_get_monotonic_time() >= until_usec)
            return -ETIMEDOUT;
    }
    return 0;
}

int broker_arm(Broker *broker, BrokerMarks *ret)
{
    int result = take_all(broker);
    if (result < 0)
        return result;
    if (!broker->greeted)
        return -EAGAIN;
    if (broker->pending != 0)
        return -ETIMEDOUT; /* it was long enough the last time */
    result = ask(broker, BROKER_ARM);
    if (result < 0)
        return result;
    broker->pending = broker->serial;
    result = await_answer(broker);
    if (result == -ETIMEDOUT)
        (void)ask(broker, BROKER_DISARM); /* if that fails, too, nothing can be done */
    if (result < 0)
        return result;
    if (broker->answer.opens_error < 0)
        return broker->answer.opens_error;
    *ret = (BrokerMarks){broker->answer.n_marked, broker->answer.n_unmarked, {0}};
    memcpy(ret->why, broker->answer.why, sizeof ret->why);
    return 0;
}

int broker_disarm(Broker *broker)
{
    int result = take_all(broker);
    if (result < 0)
        return result;
    if (!broker->greeted)
        return -EAGAIN;
    return ask(broker, BROKER_DISARM);
}

static int mark(gpointer data, uint32_t *ret_unmarked, char **ret_why)
{
    BrokerMarks marks;
    int result = broker_arm(data, &marks);
    if (result < 0)
        return result;
    *ret_unmarked = marks.n_unmarked;
    *ret_why = marks.why[0] != '\0' ? g_strdup(marks.why) : NULL;
    return (int)MIN(marks.n_marked, G_MAXINT);
}

static void unmark(gpointer data)
{
    (void)broker_disarm(data); /* a broker that is lost takes its marks along */
}

OpensMarker broker_marker(Broker *broker)
{
    return (OpensMarker){mark, unmark, broker};
}
