/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/broker-message.h"
#include "base/fd.h"
#include <errno.h>
#include <glib.h>
#include <poll.h>
#include <stdalign.h>
#include <string.h>
#include <sys/socket.h>

/* include/linux/err.h, MAX_ERRNO */
#define ERRNO_MAX 4095
#define FDS_MAX 2

static bool is_error(int32_t error)
{
    return error <= 0 && error >= -ERRNO_MAX;
}

bool broker_message_parse(const void *bytes, size_t length, BrokerMessage *ret)
{
    BrokerMessage message;
    if (length != sizeof message)
        return false;
    memcpy(&message, bytes, sizeof message);
    if (message.version != BROKER_VERSION || message.kind < BROKER_HELLO ||
        message.kind > BROKER_DISARM)
        return false;
    if (!is_error(message.execs_error) || !is_error(message.opens_error) ||
        memchr(message.why, '\0', sizeof message.why) == NULL)
        return false;
    *ret = message;
    return true;
}

typedef union {
    alignas(struct cmsghdr) char bytes[CMSG_SPACE(FDS_MAX * sizeof(int))];
} Control;

int broker_message_send(int fd, const BrokerMessage *message, const int *fds, size_t n_fds)
{
    Control control = {{0}};
    struct iovec vector = {(void *)message, sizeof *message};
    struct msghdr header = {.msg_iov = &vector, .msg_iovlen = 1};
    if (n_fds > FDS_MAX)
        return -EINVAL;
    if (n_fds > 0) {
        header.msg_control = control.bytes;
        header.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
        struct cmsghdr *part = CMSG_FIRSTHDR(&header);
        part->cmsg_len = CMSG_LEN(n_fds * sizeof(int));
        part->cmsg_level = SOL_SOCKET;
        part->cmsg_type = SCM_RIGHTS;
        memcpy(CMSG_DATA(part), fds, n_fds * sizeof(int));
    }
    ssize_t n = 0;
    do {
        n = sendmsg(fd, &header, MSG_DONTWAIT | MSG_NOSIGNAL);
    } while (n < 0 && errno == EINTR);
    if (n < 0)
        return errno == ECONNRESET ? -EPIPE : -errno;
    return 0;
}

/* All descriptors of a datagram are ours from now on, so all are taken down: at most FDS_MAX, as
 * there was no room for more. */
static size_t take_fds(struct msghdr *header, int *fds)
{
    size_t n_fds = 0;
    for (struct cmsghdr *part = CMSG_FIRSTHDR(header); part != NULL;
         part = CMSG_NXTHDR(header, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
            continue;
        size_t n = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        n = MIN(n, FDS_MAX - n_fds);
        memcpy(fds + n_fds, CMSG_DATA(part), n * sizeof(int));
        n_fds += n;
    }
    return n_fds;
}

int broker_message_receive(int fd, BrokerMessage *ret, int *fds, size_t *ret_n_fds)
{
    Control control;
    char bytes[sizeof *ret + 1]; /* one more tells a datagram that is too long */
    struct iovec vector = {bytes, sizeof bytes};
    struct msghdr header = {.msg_iov = &vector, .msg_iovlen = 1};
    if (fds != NULL) {
        header.msg_control = control.bytes;
        header.msg_controllen = sizeof control.bytes;
    }
    ssize_t n = 0;
    do {
        n = recvmsg(fd, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    } while (n < 0 && errno == EINTR);
    if (n < 0)
        return errno == ECONNRESET ? -EPIPE : -errno;
    int taken[FDS_MAX] = {-1, -1};
    size_t n_fds = fds != NULL ? take_fds(&header, taken) : 0;
    /* Without room for descriptors the kernel closes those that came, and says so too. */
    bool cut = (header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0;
    if (n == 0 || cut || !broker_message_parse(bytes, (size_t)n, ret)) {
        for (size_t i = 0; i < n_fds; i++)
            fd_close(&taken[i]);
        return n == 0 ? -EPIPE : -EPROTO;
    }
    if (fds != NULL) {
        memcpy(fds, taken, n_fds * sizeof(int));
        *ret_n_fds = n_fds;
    }
    return 0;
}

bool broker_message_await(int fd, int64_t until_usec)
{
    for (;;) {
        int64_t left_usec = until_usec - g_get_monotonic_time();
        struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
        int left_msec = left_usec > 0 ? (int)MIN(left_usec / 1000 + 1, G_MAXINT) : 0;
        if (poll(&poll_fd, 1, left_msec) > 0)
            return true;
        if (left_usec <= 0)
            return false;
    }
}
