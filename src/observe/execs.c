/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/execs.h"
#include "base/fd.h"
#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

/* A datagram of the connector: the headers, and behind them the event. cn_proc.c puts one message
 * into each (76 bytes). */
#define EVENT_OFFSET (NLMSG_HDRLEN + sizeof(struct cn_msg))
#define DATAGRAM_BYTES 128

/* At most this much is taken at a time; then the main loop has its turn. */
#define BATCH_DATAGRAMS 32
#define BATCHES_MAX 16

/* A datagram takes 768 bytes of it, as the kernel counts: room for some thousand events, which is
 * what a build forks in a second. */
#define BUFFER_BYTES (2 << 20)

#define ACK_WAIT_USEC (200 * 1000)

/* "Length of a record of proc_event that ends with this field." */
#define BYTES_TO(field) (offsetof(struct proc_event, field) + sizeof((struct proc_event *)0)->field)

struct Execs {
    int fd;
    bool subscribed; /* by us, so it is for us to end that */
    bool overrun;    /* to be told when what is queued has been taken */
};

typedef struct {
    uint32_t ack;
    struct proc_event event; /* zeros behind its end */
    size_t event_bytes;
} Message;

static bool unwrap(const void *bytes, size_t length, Message *ret)
{
    struct nlmsghdr netlink;
    struct cn_msg connector;
    if (length < EVENT_OFFSET)
        return false;
    memcpy(&netlink, bytes, sizeof netlink);
    memcpy(&connector, (const char *)bytes + NLMSG_HDRLEN, sizeof connector);
    if (netlink.nlmsg_type != NLMSG_DONE || netlink.nlmsg_len < EVENT_OFFSET ||
        netlink.nlmsg_len > length)
        return false;
    if (connector.id.idx != CN_IDX_PROC || connector.id.val != CN_VAL_PROC ||
        connector.len > netlink.nlmsg_len - EVENT_OFFSET)
        return false;
    *ret = (Message){.ack = connector.ack, .event_bytes = connector.len};
    memcpy(&ret->event, (const char *)bytes + EVENT_OFFSET, MIN(connector.len, sizeof ret->event));
    return true;
}

/* pid_max is at most 4 Mi (linux/threads.h, PID_MAX_LIMIT), but that is the kernel's affair. */
static bool is_process(int pid, int tgid)
{
    return pid == tgid && pid > 0;
}

static bool parse_fork(const Message *message, ExecEvent *ret)
{
    const struct proc_event *event = &message->event;
    if (message->event_bytes < BYTES_TO(event_data.fork.child_tgid) ||
        !is_process(event->event_data.fork.child_pid, event->event_data.fork.child_tgid) ||
        event->event_data.fork.parent_tgid < 0)
        return false;
    ret->kind = EXEC_FORK;
    ret->pid = (uint32_t)event->event_data.fork.child_tgid;
    ret->parent_pid = (uint32_t)event->event_data.fork.parent_tgid;
    return true;
}

/* Whichever thread it was that called execve(2), it is the first of its process afterwards. */
static bool parse_exec(const Message *message, ExecEvent *ret)
{
    const struct proc_event *event = &message->event;
    if (message->event_bytes < BYTES_TO(event_data.exec.process_tgid) ||
        !is_process(event->event_data.exec.process_pid, event->event_data.exec.process_tgid))
        return false;
    ret->kind = EXEC_EXEC;
    ret->pid = (uint32_t)event->event_data.exec.process_tgid;
    return true;
}

/* What follows the tgid is not ours to know, and differs: parent_pid came with Linux 4.18. */
static bool parse_exit(const Message *message, ExecEvent *ret)
{
    const struct proc_event *event = &message->event;
    if (message->event_bytes < BYTES_TO(event_data.exit.process_tgid) ||
        !is_process(event->event_data.exit.process_pid, event->event_data.exit.process_tgid))
        return false;
    ret->kind = EXEC_EXIT;
    ret->pid = (uint32_t)event->event_data.exit.process_tgid;
    return true;
}

bool execs_parse(const void *bytes, size_t length, ExecEvent *ret)
{
    Message message;
    if (!unwrap(bytes, length, &message))
        return false;
    ExecEvent event = {.usec = message.event.timestamp_ns / 1000};
    bool parsed = false;
    switch ((uint32_t)message.event.what) {
    case PROC_EVENT_FORK:
        parsed = parse_fork(&message, &event);
        break;
    case PROC_EVENT_EXEC:
        parsed = parse_exec(&message, &event);
        break;
    case PROC_EVENT_EXIT:
        parsed = parse_exit(&message, &event);
        break;
    default:
        break;
    }
    if (parsed)
        *ret = event;
    return parsed;
}

/*
 * Lets pass: the answer to a subscription, execs, and forks and exits of whole processes. A filter
 * loads in network byte order (Documentation/networking/filter.rst), events are in the host's; for
 * whether two numbers are equal that is the same. It is locked: nobody can take it off again.
 */
static int attach_filter(int fd)
{
#define AT(field) (uint32_t)(EVENT_OFFSET + offsetof(struct proc_event, field))
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, AT(what)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(PROC_EVENT_EXEC), 13, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(PROC_EVENT_NONE), 12, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(PROC_EVENT_FORK), 2, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(PROC_EVENT_EXIT), 5, 0),
        BPF_STMT(BPF_RET | BPF_K, 0),
        /* 6: fork */
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, AT(event_data.fork.child_tgid)),
        BPF_STMT(BPF_MISC | BPF_TAX, 0),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, AT(event_data.fork.child_pid)),
        BPF_STMT(BPF_JMP | BPF_JA, 3),
        /* 10: exit */
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, AT(event_data.exit.process_tgid)),
        BPF_STMT(BPF_MISC | BPF_TAX, 0),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, AT(event_data.exit.process_pid)),
        /* 13: taken if the two are one */
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_X, 0, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, 0),
        BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
    };
#undef AT
    const struct sock_fprog program = {G_N_ELEMENTS(code), code};
    const int on = 1;
    if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_LOCK_FILTER, &on, sizeof on) < 0)
        return -errno;
    return 0;
}

/* As much as we may have; with less, overruns are more likely, and they are noticed. */
static void enlarge_buffer(int fd)
{
    const int bytes = BUFFER_BYTES;
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) < 0)
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
}

/* PROC_CN_MCAST_LISTEN or _IGNORE, in the short form that all kernels understand. */
static int subscribe(int fd, uint32_t operation, uint32_t token)
{
    char bytes[EVENT_OFFSET + sizeof operation] = {0};
    const struct nlmsghdr netlink = {.nlmsg_len = sizeof bytes, .nlmsg_type = NLMSG_DONE};
    const struct cn_msg connector = {
        .id = {CN_IDX_PROC, CN_VAL_PROC}, .ack = token, .len = sizeof operation};
    const struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    memcpy(bytes, &netlink, sizeof netlink);
    memcpy(bytes + NLMSG_HDRLEN, &connector, sizeof connector);
    memcpy(bytes + EVENT_OFFSET, &operation, sizeof operation);
    ssize_t n = sendto(fd, bytes, sizeof bytes, MSG_DONTWAIT | MSG_NOSIGNAL,
                       (const struct sockaddr *)&kernel, sizeof kernel);
    return n < 0 ? -errno : 0;
}

/* 1: this was not it; else 0 or the negative errno that the kernel answers. */
static int take_ack(int fd, uint32_t token)
{
    char bytes[DATAGRAM_BYTES];
    struct sockaddr_nl sender = {0};
    socklen_t sender_bytes = sizeof sender;
    Message message;
    ssize_t n =
        recvfrom(fd, bytes, sizeof bytes, MSG_DONTWAIT, (struct sockaddr *)&sender, &sender_bytes);
    if (n < 0 && errno != EAGAIN && errno != EINTR && errno != ENOBUFS)
        return -errno;
    if (n < 0 || sender.nl_pid != 0 || !unwrap(bytes, (size_t)n, &message) ||
        message.ack != token + 1 || (uint32_t)message.event.what != PROC_EVENT_NONE ||
        message.event_bytes < BYTES_TO(event_data.ack))
        return 1;
    uint32_t error = message.event.event_data.ack.err;
    return error <= INT_MAX ? -(int)error : -EPROTO;
}

static int await_ack(int fd, uint32_t token)
{
    const int64_t until_usec = g_get_monotonic_time() + ACK_WAIT_USEC;
    for (;;) {
        int64_t left_usec = until_usec - g_get_monotonic_time();
        if (left_usec <= 0)
            return -EOPNOTSUPP;
        struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
        if (poll(&poll_fd, 1, (int)(left_usec / 1000) + 1) <= 0)
            continue; /* EINTR, or the time is over */
        int result = take_ack(fd, token);
        if (result <= 0)
            return result;
    }
}

/* The answer goes to all who listen, with the number of the question, plus one (cn_proc_ack()): the
 * socket's own number tells whose it is. */
static int listen_to(int fd)
{
    struct sockaddr_nl own = {.nl_family = AF_NETLINK, .nl_groups = CN_IDX_PROC};
    socklen_t own_bytes = sizeof own;
    if (bind(fd, (const struct sockaddr *)&own, sizeof own) < 0 ||
        getsockname(fd, (struct sockaddr *)&own, &own_bytes) < 0)
        return -errno;
    int result = subscribe(fd, PROC_CN_MCAST_LISTEN, own.nl_pid);
    if (result == 0)
        result = await_ack(fd, own.nl_pid);
    if (result == -EOPNOTSUPP)
        (void)subscribe(fd, PROC_CN_MCAST_IGNORE, 0); /* who did not say yes will not mind */
    return result;
}

Execs *execs_open(int *ret_error)
{
    autofd fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_CONNECTOR);
    int error = fd < 0 ? -errno : 0;
    if (error == 0) {
        enlarge_buffer(fd);
        error = attach_filter(fd);
    }
    if (error == 0)
        error = listen_to(fd);
    if (error < 0) {
        *ret_error = error;
        return NULL;
    }
    Execs *execs = execs_adopt(fd_steal(&fd));
    execs->subscribed = true;
    return execs;
}

Execs *execs_adopt(int fd)
{
    Execs *execs = g_new0(Execs, 1);
    execs->fd = fd;
    return execs;
}

void execs_free(Execs *execs)
{
    if (execs == NULL)
        return;
    /* The kernel counts who listens, below Linux 6.6 without noticing that a socket was closed; it
     * makes no events when nobody does. */
    if (execs->subscribed)
        (void)subscribe(execs->fd, PROC_CN_MCAST_IGNORE, 0);
    fd_close(&execs->fd);
    g_free(execs);
}

int execs_fd(const Execs *execs)
{
    return execs->fd;
}

typedef struct {
    struct mmsghdr headers[BATCH_DATAGRAMS];
    struct iovec vectors[BATCH_DATAGRAMS];
    struct sockaddr_nl senders[BATCH_DATAGRAMS];
    char bytes[BATCH_DATAGRAMS][DATAGRAM_BYTES];
} Batch;

/* How many there are, or a negative errno. */
static int receive(int fd, Batch *batch)
{
    for (guint i = 0; i < BATCH_DATAGRAMS; i++) {
        batch->vectors[i] = (struct iovec){batch->bytes[i], DATAGRAM_BYTES};
        batch->headers[i] = (struct mmsghdr){.msg_hdr = {.msg_name = &batch->senders[i],
                                                         .msg_namelen = sizeof batch->senders[i],
                                                         .msg_iov = &batch->vectors[i],
                                                         .msg_iovlen = 1}};
    }
    int n = recvmmsg(fd, batch->headers, BATCH_DATAGRAMS, MSG_DONTWAIT, NULL);
    return n < 0 ? -errno : n;
}

/* False if that came from no netlink socket: then somebody gave us something else. */
static bool take(const Batch *batch, guint i, GArray *events)
{
    const struct msghdr *header = &batch->headers[i].msg_hdr;
    ExecEvent event;
    if (header->msg_namelen < sizeof batch->senders[i] || batch->senders[i].nl_family != AF_NETLINK)
        return false;
    if (batch->senders[i].nl_pid == 0 && (header->msg_flags & MSG_TRUNC) == 0 &&
        execs_parse(batch->bytes[i], batch->headers[i].msg_len, &event))
        g_array_append_val(events, event);
    return true;
}

static ExecsResult drained(Execs *execs)
{
    bool overrun = execs->overrun;
    execs->overrun = false;
    return overrun ? EXECS_OVERRUN : EXECS_DRAINED;
}

/*
 * From the first event that finds no room on the kernel drops all, and says so once, until the
 * queue has been emptied (netlink_overrun() and netlink_rcv_wake() in af_netlink.c). So that is
 * done first: who would look at what runs before would miss what starts between.
 */
ExecsResult execs_read(Execs *execs, GArray *events)
{
    Batch batch;
    for (guint i = 0; i < BATCHES_MAX; i++) {
        int n = receive(execs->fd, &batch);
        if (n == -EAGAIN)
            return drained(execs);
        if (n == -ENOBUFS)
            execs->overrun = true;
        else if (n < 0 && n != -EINTR)
            return EXECS_BROKEN;
        for (int k = 0; k < n; k++) {
            if (!take(&batch, (guint)k, events))
                return EXECS_BROKEN;
        }
        /* That was all, or the rest is an error, which is told the next time. */
        if (n > 0 && n < BATCH_DATAGRAMS && !execs->overrun)
            return EXECS_DRAINED;
    }
    return EXECS_MORE;
}
