/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/execs.h"
#include "unit.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define HEAD_BYTES (NLMSG_HDRLEN + sizeof(struct cn_msg))
#define BYTES (HEAD_BYTES + sizeof(struct proc_event))
#define THREAD_PID 12

/* The fields of a datagram, each as cn_proc.c fills it unless a row says otherwise. */
typedef struct {
    uint32_t what;
    int32_t data[4]; /* the first of the event's data */
    uint32_t idx;    /* 0: CN_IDX_PROC */
    uint32_t val;    /* 0: CN_VAL_PROC */
    uint16_t type;   /* 0: NLMSG_DONE */
    int32_t less;    /* than the whole length, in nlmsg_len */
    int32_t cn_less; /* the same in cn_msg.len */
} Given;

static void fill(char *bytes, const Given *given)
{
    struct nlmsghdr netlink = {.nlmsg_len = (uint32_t)((int32_t)BYTES - given->less),
                               .nlmsg_type = given->type != 0 ? given->type : NLMSG_DONE};
    struct cn_msg connector = {.id = {given->idx != 0 ? given->idx : CN_IDX_PROC,
                                      given->val != 0 ? given->val : CN_VAL_PROC},
                               .len =
                                   (uint16_t)((int32_t)sizeof(struct proc_event) - given->cn_less)};
    struct proc_event event = {.what = given->what, .timestamp_ns = 123456789};
    memcpy(&event.event_data, given->data, sizeof given->data);
    memcpy(bytes, &netlink, sizeof netlink);
    memcpy(bytes + NLMSG_HDRLEN, &connector, sizeof connector);
    memcpy(bytes + HEAD_BYTES, &event, sizeof event);
}

#define FORK_DATA                                                                                  \
    {                                                                                              \
        .what = PROC_EVENT_FORK, .data = { 3, 3, 7, 7 }                                            \
    }
#define NONE                                                                                       \
    {                                                                                              \
        0                                                                                          \
    }

static const struct {
    Given given;
    bool parsed;
    ExecEvent event;
} rows[] = {
    {{.what = PROC_EVENT_FORK, .data = {3, 3, 7, 7}}, true, {EXEC_FORK, 7, 3, 123456}},
    {{.what = PROC_EVENT_FORK, .data = {4, 3, 7, 7}},
     true,
     {EXEC_FORK, 7, 3, 123456}}, /* by a thread */
    {{.what = PROC_EVENT_FORK, .data = {0, 0, 1, 1}}, true, {EXEC_FORK, 1, 0, 123456}},
    {{.what = PROC_EVENT_FORK, .data = {3, 3, THREAD_PID, 7}}, false, NONE}, /* of a thread */
    {{.what = PROC_EVENT_FORK, .data = {3, 3, 0, 0}}, false, NONE},
    {{.what = PROC_EVENT_FORK, .data = {3, 3, -7, -7}}, false, NONE},
    {{.what = PROC_EVENT_FORK, .data = {3, -3, 7, 7}}, false, NONE},
    {{.what = PROC_EVENT_EXEC, .data = {7, 7}}, true, {EXEC_EXEC, 7, 0, 123456}},
    {{.what = PROC_EVENT_EXEC, .data = {THREAD_PID, 7}}, false, NONE},
    {{.what = PROC_EVENT_EXEC, .data = {0, 0}}, false, NONE},
    {{.what = PROC_EVENT_EXIT, .data = {7, 7, 9, 15}}, true, {EXEC_EXIT, 7, 0, 123456}},
    {{.what = PROC_EVENT_EXIT, .data = {THREAD_PID, 7, 9, 15}}, false, NONE},
    {{.what = PROC_EVENT_EXIT, .data = {-1, -1, 9, 15}}, false, NONE},
    /* other kinds */
    {{.what = PROC_EVENT_NONE, .data = {0, 0, 7, 7}}, false, NONE},
    {{.what = PROC_EVENT_UID, .data = {7, 7, 7, 7}}, false, NONE},
    {{.what = PROC_EVENT_COMM, .data = {7, 7, 7, 7}}, false, NONE},
    {{.what = PROC_EVENT_COREDUMP, .data = {7, 7, 7, 7}}, false, NONE},
    {{.what = PROC_EVENT_FORK | PROC_EVENT_EXEC, .data = {7, 7, 7, 7}}, false, NONE},
    {{.what = 0x20000000, .data = {7, 7, 7, 7}},
     false,
     NONE}, /* PROC_EVENT_NONZERO_EXIT of Linux 6.6 */
    /* not the connector's */
    {{.what = PROC_EVENT_EXEC, .data = {7, 7}, .idx = CN_IDX_CIFS}, false, NONE},
    {{.what = PROC_EVENT_EXEC, .data = {7, 7}, .val = 2}, false, NONE},
    {{.what = PROC_EVENT_EXEC, .data = {7, 7}, .type = NLMSG_ERROR}, false, NONE},
    {{.what = PROC_EVENT_EXEC, .data = {7, 7}, .type = NLMSG_NOOP}, false, NONE},
    /* lengths: proc_event ends behind the data of the kind, or later */
    {{.what = PROC_EVENT_FORK, .data = {3, 3, 7, 7}, .less = 8, .cn_less = 8},
     true,
     {EXEC_FORK, 7, 3, 123456}},
    {{.what = PROC_EVENT_FORK, .data = {3, 3, 7, 7}, .less = 9, .cn_less = 9}, false, NONE},
    {{.what = PROC_EVENT_EXEC, .data = {7, 7}, .less = 16, .cn_less = 16},
     true,
     {EXEC_EXEC, 7, 0, 123456}},
    {{.what = PROC_EVENT_EXEC, .data = {7, 7}, .less = 17, .cn_less = 17}, false, NONE},
    {{.what = PROC_EVENT_EXIT, .data = {7, 7}, .less = 16, .cn_less = 16},
     true,
     {EXEC_EXIT, 7, 0, 123456}},
    {{.what = PROC_EVENT_EXIT, .data = {7, 7}, .less = 17, .cn_less = 17}, false, NONE},
    {{.what = PROC_EVENT_EXEC, .data = {7, 7}, .less = 1}, false, NONE},
    {{.what = PROC_EVENT_EXEC, .data = {7, 7}, .less = -1}, false, NONE},
    {{.what = PROC_EVENT_EXEC, .data = {7, 7}, .less = BYTES}, false, NONE},
    {{.what = PROC_EVENT_EXEC, .data = {7, 7}, .less = BYTES - 16}, false, NONE},
    {{.what = PROC_EVENT_EXEC, .data = {7, 7}, .cn_less = -1}, false, NONE},
    {{.what = PROC_EVENT_EXEC, .data = {7, 7}, .cn_less = sizeof(struct proc_event)}, false, NONE},
};

/* Given a datagram; then it is that event or none, and without one nothing is written. */
START_TEST(test_parse)
{
    char bytes[BYTES];
    fill(bytes, &rows[_i].given);
    ExecEvent event = {EXEC_EXIT, 99, 98, 97};
    ck_assert(execs_parse(bytes, sizeof bytes, &event) == rows[_i].parsed);
    const ExecEvent expected =
        rows[_i].parsed ? rows[_i].event : (ExecEvent){EXEC_EXIT, 99, 98, 97};
    ck_assert_int_eq(event.kind, expected.kind);
    ck_assert_uint_eq(event.pid, expected.pid);
    ck_assert_uint_eq(event.parent_pid, expected.parent_pid);
    ck_assert_uint_eq(event.usec, expected.usec);
}
END_TEST

/* Cut anywhere, it is none. */
START_TEST(test_parse_cut)
{
    char bytes[BYTES];
    fill(bytes, &(Given)FORK_DATA);
    ExecEvent event;
    for (size_t length = 0; length < sizeof bytes; length++) {
        g_autofree char *copy = g_memdup2(bytes, length);
        ck_assert(!execs_parse(copy, length, &event));
    }
    ck_assert(execs_parse(bytes, sizeof bytes, &event));
}
END_TEST

/* NULL: skipped, with the reason said. */
static Execs *open_or_skip(void)
{
    int error = 0;
    Execs *execs = execs_open(&error);
    if (execs == NULL && error != -EPERM && error != -EOPNOTSUPP && error != -EPROTONOSUPPORT &&
        error != -ECONNREFUSED)
        ck_abort_msg("cannot subscribe: %s", g_strerror(-error));
    if (execs == NULL)
        unit_skip_report("no proc connector: %s", g_strerror(-error));
    return execs;
}

static const ExecEvent *nth(const GArray *events, guint i)
{
    return &g_array_index(events, ExecEvent, i);
}

/* Reads until something of that kind is told of the pid; which event that is. */
static guint await(Execs *execs, GArray *events, ExecKind kind, pid_t pid)
{
    for (guint i = 0;; i++) {
        while (i >= events->len) {
            struct pollfd poll_fd = {.fd = execs_fd(execs), .events = POLLIN};
            ck_assert_int_eq(poll(&poll_fd, 1, 30000), 1);
            ck_assert_int_le(execs_read(execs, events), EXECS_MORE);
        }
        if (nth(events, i)->kind == kind && nth(events, i)->pid == (uint32_t)pid)
            return i;
    }
}

static guint count(const GArray *events, pid_t pid)
{
    guint n = 0;
    for (guint i = 0; i < events->len; i++)
        n += nth(events, i)->pid == (uint32_t)pid ? 1 : 0;
    return n;
}

static pid_t run_true(void)
{
    pid_t pid = fork();
    if (pid == 0) {
        execl("/bin/true", "true", NULL);
        _exit(127);
    }
    ck_assert_int_gt(pid, 0);
    int status = -1;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
    return pid;
}

/* A program is started and ends: three events, in their order, in our clock. */
START_TEST(test_child)
{
    g_autoptr(Execs) execs = open_or_skip();
    if (execs == NULL)
        return;
    g_autoptr(GArray) events = g_array_new(FALSE, FALSE, sizeof(ExecEvent));
    int64_t before_usec = g_get_monotonic_time();
    pid_t pid = run_true();
    int64_t after_usec = g_get_monotonic_time();
    guint exit_at = await(execs, events, EXEC_EXIT, pid);
    guint fork_at = await(execs, events, EXEC_FORK, pid);
    guint exec_at = await(execs, events, EXEC_EXEC, pid);
    const ExecEvent *forked = nth(events, fork_at);
    const ExecEvent *ran = nth(events, exec_at);
    const ExecEvent *ended = nth(events, exit_at);
    ck_assert_uint_eq(forked->parent_pid, (uint32_t)getpid());
    ck_assert_uint_eq(ran->parent_pid, 0);
    ck_assert_uint_lt(fork_at, exec_at);
    ck_assert_uint_lt(exec_at, exit_at);
    ck_assert_uint_le((uint64_t)before_usec, forked->usec);
    ck_assert_uint_le(forked->usec, ran->usec);
    ck_assert_uint_le(ran->usec, ended->usec);
    ck_assert_uint_le(ended->usec, (uint64_t)after_usec);
    ck_assert_uint_eq(count(events, pid), 3);
}
END_TEST

static void *thread(void *data)
{
    (void)prctl(PR_SET_NAME, "renamed"); /* PROC_EVENT_COMM */
    return data;
}

static void run_thread(void)
{
    pthread_t id;
    ck_assert_int_eq(pthread_create(&id, NULL, thread, NULL), 0);
    ck_assert_int_eq(pthread_join(id, NULL), 0);
}

/* Given threads that come and go; then the kernel does not even send what we would not take. */
START_TEST(test_threads_filtered)
{
    g_autoptr(Execs) execs = open_or_skip();
    if (execs == NULL)
        return;
    for (guint i = 0; i < 8; i++)
        run_thread();
    pid_t pid = run_true();
    guint ours = 0;
    bool seen_exit = false;
    while (!seen_exit) {
        char bytes[512];
        ExecEvent event;
        struct pollfd poll_fd = {.fd = execs_fd(execs), .events = POLLIN};
        ck_assert_int_eq(poll(&poll_fd, 1, 30000), 1);
        ssize_t n = recv(execs_fd(execs), bytes, sizeof bytes, 0);
        ck_assert_int_gt(n, 0);
        uint32_t what = 0;
        memcpy(&what, bytes + HEAD_BYTES, sizeof what);
        if (what == PROC_EVENT_NONE)
            continue; /* the answer to another listener */
        ck_assert(execs_parse(bytes, (size_t)n, &event));
        ours += event.pid == (uint32_t)getpid() ? 1 : 0;
        seen_exit = event.kind == EXEC_EXIT && event.pid == (uint32_t)pid;
    }
    ck_assert_uint_eq(ours, 0);
}
END_TEST

/* execve(2) by another thread than the first: the process lives on under its pid. */
static void *exec_true(void *data)
{
    execl("/bin/true", "true", NULL);
    return data;
}

START_TEST(test_exec_by_thread)
{
    g_autoptr(Execs) execs = open_or_skip();
    if (execs == NULL)
        return;
    g_autoptr(GArray) events = g_array_new(FALSE, FALSE, sizeof(ExecEvent));
    pid_t pid = fork();
    if (pid == 0) {
        pthread_t id;
        (void)pthread_create(&id, NULL, exec_true, NULL);
        (void)pthread_join(id, NULL);
        _exit(127);
    }
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
    guint exec_at = await(execs, events, EXEC_EXEC, pid);
    ck_assert_uint_lt(await(execs, events, EXEC_EXIT, pid), exec_at);
}
END_TEST

static void set_buffer(const Execs *execs, int bytes)
{
    ck_assert_int_eq(setsockopt(execs_fd(execs), SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes), 0);
}

/* Given more events than there is room for; then that is said once, when all that there was has
 * been taken, and what happens next is told again. */
START_TEST(test_overrun)
{
    g_autoptr(Execs) execs = open_or_skip();
    if (execs == NULL)
        return;
    g_autoptr(GArray) events = g_array_new(FALSE, FALSE, sizeof(ExecEvent));
    set_buffer(execs, 1); /* the kernel makes that its least: a few events */
    for (guint i = 0; i < 20; i++)
        run_true();
    ExecsResult result = EXECS_MORE;
    while (result == EXECS_MORE)
        result = execs_read(execs, events);
    ck_assert_int_eq(result, EXECS_OVERRUN);
    ck_assert_uint_ge(events->len, 1);
    ck_assert_uint_lt(events->len, 60);
    set_buffer(execs, 1 << 20);
    pid_t pid = fork();
    if (pid == 0)
        pause();
    (void)await(execs, events, EXEC_FORK, pid);
    ck_assert_int_eq(kill(pid, SIGKILL), 0);
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}
END_TEST

/* A reading has an end, however much there is; the next goes on where it ended. On a machine that
 * is very busy the kernel drops some meanwhile, for want of memory, and says so. */
START_TEST(test_bounded)
{
    g_autoptr(Execs) execs = open_or_skip();
    if (execs == NULL)
        return;
    g_autoptr(GArray) events = g_array_new(FALSE, FALSE, sizeof(ExecEvent));
    for (guint i = 0; i < 400; i++) {
        pid_t pid = fork();
        if (pid == 0)
            _exit(0);
        ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
    }
    ExecsResult result = execs_read(execs, events);
    if (result == EXECS_OVERRUN)
        unit_skip("the machine is too busy");
    ck_assert_int_eq(result, EXECS_MORE);
    ck_assert_uint_ge(events->len, 256);
    ck_assert_uint_lt(events->len, 800);
    while (result == EXECS_MORE)
        result = execs_read(execs, events);
    ck_assert(result == EXECS_OVERRUN || (result == EXECS_DRAINED && events->len >= 800));
}
END_TEST

/* Subscribed by one, read by another; the end of the other leaves the subscription. */
START_TEST(test_adopt)
{
    g_autoptr(Execs) owner = open_or_skip();
    if (owner == NULL)
        return;
    for (guint i = 0; i < 2; i++) {
        g_autoptr(Execs) adopted = execs_adopt(dup(execs_fd(owner)));
        g_autoptr(GArray) events = g_array_new(FALSE, FALSE, sizeof(ExecEvent));
        pid_t pid = run_true();
        (void)await(adopted, events, EXEC_EXIT, pid);
        ck_assert_uint_eq(count(events, pid), 3);
    }
}
END_TEST

/* What is no such socket, or none any more, is not read for ever. */
START_TEST(test_adopt_other)
{
    int ends[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    g_autoptr(Execs) execs = execs_adopt(ends[0]);
    g_autoptr(GArray) events = g_array_new(FALSE, FALSE, sizeof(ExecEvent));
    ck_assert_int_eq(execs_read(execs, events), EXECS_DRAINED);
    char bytes[BYTES];
    fill(bytes, &(Given)FORK_DATA);
    ck_assert_int_eq(send(ends[1], bytes, sizeof bytes, 0), sizeof bytes);
    ck_assert_int_eq(execs_read(execs, events), EXECS_BROKEN);
    ck_assert_int_eq(close(ends[1]), 0);
    ck_assert_int_eq(execs_read(execs, events), EXECS_BROKEN);
    g_autoptr(Execs) none = execs_adopt(-1);
    ck_assert_int_eq(execs_read(none, events), EXECS_BROKEN);
    ck_assert_uint_eq(events->len, 0);
}
END_TEST

static int open_netlink(uint32_t groups)
{
    const struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = groups};
    int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_CONNECTOR);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

/* Only what the kernel sent counts: another process may send us the same bytes. */
START_TEST(test_forged)
{
    g_autoptr(Execs) execs = open_or_skip();
    if (execs == NULL)
        return;
    g_autoptr(GArray) events = g_array_new(FALSE, FALSE, sizeof(ExecEvent));
    struct sockaddr_nl own;
    socklen_t own_bytes = sizeof own;
    ck_assert_int_eq(getsockname(execs_fd(execs), (struct sockaddr *)&own, &own_bytes), 0);
    own.nl_groups = 0;
    char bytes[BYTES];
    const int impossible_pid = 99999999; /* above PID_MAX_LIMIT */
    fill(bytes, &(Given){.what = PROC_EVENT_EXEC, .data = {impossible_pid, impossible_pid}});
    int forger = open_netlink(0);
    ssize_t n = sendto(forger, bytes, sizeof bytes, 0, (struct sockaddr *)&own, sizeof own);
    ck_assert_int_eq(close(forger), 0);
    if (n < 0)
        unit_skip("the kernel does not let us forge: %s", g_strerror(errno));
    (void)await(execs, events, EXEC_EXIT, run_true());
    ck_assert_uint_eq(count(events, impossible_pid), 0);
}
END_TEST

START_TEST(test_descriptor)
{
    g_autoptr(Execs) execs = open_or_skip();
    if (execs == NULL)
        return;
    int fd = execs_fd(execs);
    ck_assert_int_ne(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
    ck_assert_int_ne(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
    int bytes = 0;
    socklen_t length = sizeof bytes;
    ck_assert_int_eq(getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, &length), 0);
    ck_assert_int_ge(bytes, 2 << 20);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("execs");
    UNIT_ADD_ROWS(suite, test_parse, rows);
    UNIT_ADD(suite, test_parse_cut);
    UNIT_ADD(suite, test_child);
    UNIT_ADD(suite, test_threads_filtered);
    UNIT_ADD(suite, test_exec_by_thread);
    UNIT_ADD(suite, test_overrun);
    UNIT_ADD(suite, test_bounded);
    UNIT_ADD(suite, test_adopt);
    UNIT_ADD(suite, test_adopt_other);
    UNIT_ADD(suite, test_forged);
    UNIT_ADD(suite, test_descriptor);
    return suite;
}
