/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "base/fd.h"
#include "observe/broker-serve.h"
#include "observe/broker.h"
#include "unit.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

static void make_pair(int *ends)
{
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends),
                     0);
}

static guint count_fds(void)
{
    guint n = 0;
    g_autoptr(GDir) dir = g_dir_open("/proc/self/fd", 0, NULL);
    while (g_dir_read_name(dir) != NULL)
        n++;
    return n;
}

static int open_fd(int flags)
{
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC | flags);
    ck_assert_int_ge(fd, 0);
    return fd;
}

static BrokerMessage message_of(BrokerKind kind, uint32_t serial)
{
    return (BrokerMessage){.version = BROKER_VERSION, .kind = kind, .serial = serial};
}

/* As the broker does it. */
static void send_message(int fd, const BrokerMessage *message, gsize n_fds, int flags)
{
    int fds[2] = {-1, -1};
    for (gsize i = 0; i < n_fds; i++)
        fds[i] = open_fd(flags);
    ck_assert_int_eq(broker_message_send(fd, message, fds, n_fds), 0);
    for (gsize i = 0; i < n_fds; i++)
        fd_close(&fds[i]);
}

static const struct {
    int execs_error;
    int opens_error;
} greetings[] = {{0, 0}, {-EPERM, 0}, {0, -EPERM}, {-EOPNOTSUPP, -ENOSYS}};

static void expect_taken(int fd, int error)
{
    if (error == 0) {
        ck_assert_int_ge(fd, 0);
        ck_assert_int_ne(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
        fd_close(&fd);
    } else {
        ck_assert_int_eq(fd, error);
    }
}

/* Given a greeting with as many descriptors as it could have; then each is there, or why not. */
START_TEST(test_greeting)
{
    int ends[2];
    guint n_fds = count_fds();
    make_pair(ends);
    Broker *broker = broker_adopt(ends[0]);
    ck_assert_int_eq(broker_fd(broker), ends[0]);
    ck_assert_int_eq(broker_await(broker, 0), -EAGAIN);
    ck_assert_int_eq(broker_await(broker, 1), -EAGAIN);
    ck_assert_int_eq(broker_take_execs(broker), -EAGAIN);
    ck_assert_int_eq(broker_take_opens(broker), -EAGAIN);
    BrokerMarks marks;
    ck_assert_int_eq(broker_arm(broker, &marks), -EAGAIN);
    ck_assert_int_eq(broker_disarm(broker), -EAGAIN);
    BrokerMessage hello = message_of(BROKER_HELLO, 0);
    hello.execs_error = greetings[_i].execs_error;
    hello.opens_error = greetings[_i].opens_error;
    send_message(ends[1], &hello,
                 (hello.execs_error == 0 ? 1U : 0U) + (hello.opens_error == 0 ? 1U : 0U),
                 O_NONBLOCK);
    ck_assert_int_eq(broker_await(broker, 0), 0);
    ck_assert_int_eq(broker_await(broker, 0), 0);
    expect_taken(broker_take_execs(broker), greetings[_i].execs_error);
    ck_assert_int_lt(broker_take_execs(broker), 0);
    if (_i == 0)
        expect_taken(broker_take_opens(broker), 0); /* in the others it goes with the broker */
    broker_free(broker);
    fd_close(&ends[1]);
    ck_assert_uint_eq(count_fds(), n_fds);
}
END_TEST

static Broker *given_greeted(int *ret_peer)
{
    int ends[2];
    make_pair(ends);
    Broker *broker = broker_adopt(ends[0]);
    const BrokerMessage hello = message_of(BROKER_HELLO, 0);
    send_message(ends[1], &hello, 2, O_NONBLOCK);
    ck_assert_int_eq(broker_await(broker, 0), 0);
    *ret_peer = ends[1];
    return broker;
}

static BrokerMessage receive_message(int fd)
{
    BrokerMessage message;
    ck_assert(broker_message_await(fd, g_get_monotonic_time() + 30 * G_USEC_PER_SEC));
    ck_assert_int_eq(broker_message_receive(fd, &message, NULL, NULL), 0);
    return message;
}

typedef struct {
    int fd;
    BrokerMessage answer; /* its serial is filled in */
} Answerer;

static gpointer answer_one(gpointer data)
{
    Answerer *answerer = data;
    answerer->answer.serial = receive_message(answerer->fd).serial;
    ck_assert_int_eq(broker_message_send(answerer->fd, &answerer->answer, NULL, 0), 0);
    return NULL;
}

START_TEST(test_arm)
{
    autofd peer = -1;
    g_autoptr(Broker) broker = given_greeted(&peer);
    for (guint i = 1; i <= 3; i++) {
        Answerer answerer = {peer, message_of(BROKER_ARMED, 0)};
        answerer.answer.n_marked = i;
        answerer.answer.n_unmarked = 1;
        g_strlcpy(answerer.answer.why, "/mnt: said no", sizeof answerer.answer.why);
        GThread *thread = g_thread_new("answer", answer_one, &answerer);
        BrokerMarks marks = {0};
        ck_assert_int_eq(broker_arm(broker, &marks), 0);
        g_thread_join(thread);
        ck_assert_uint_eq(marks.n_marked, i);
        ck_assert_uint_eq(marks.n_unmarked, 1);
        ck_assert_str_eq(marks.why, "/mnt: said no");
        ck_assert_int_eq(broker_disarm(broker), 0);
        ck_assert_uint_eq(receive_message(peer).kind, BROKER_DISARM);
    }
}
END_TEST

START_TEST(test_arm_refused)
{
    autofd peer = -1;
    g_autoptr(Broker) broker = given_greeted(&peer);
    Answerer answerer = {peer, message_of(BROKER_ARMED, 0)};
    answerer.answer.opens_error = -ENOSYS;
    GThread *thread = g_thread_new("answer", answer_one, &answerer);
    BrokerMarks marks = {.n_marked = 7};
    ck_assert_int_eq(broker_arm(broker, &marks), -ENOSYS);
    g_thread_join(thread);
    ck_assert_uint_eq(marks.n_marked, 7);
    ck_assert_int_eq(broker_await(broker, 0), 0); /* and lives on */
}
END_TEST

/* Given a broker that does not answer; then that costs its time once, until it has answered. */
START_TEST(test_arm_late)
{
    autofd peer = -1;
    g_autoptr(Broker) broker = given_greeted(&peer);
    BrokerMarks marks;
    int64_t start_usec = g_get_monotonic_time();
    ck_assert_int_eq(broker_arm(broker, &marks), -ETIMEDOUT);
    int64_t waited_usec = g_get_monotonic_time() - start_usec;
    ck_assert_int_ge(waited_usec, BROKER_ARM_WAIT_MSEC * 1000);
    ck_assert_int_lt(waited_usec, 40 * BROKER_ARM_WAIT_MSEC * 1000);
    ck_assert_int_eq(broker_disarm(broker), 0);
    for (guint i = 0; i < 1000; i++)
        ck_assert_int_eq(broker_arm(broker, &marks), -ETIMEDOUT);
    BrokerMessage answer = message_of(BROKER_ARMED, receive_message(peer).serial);
    ck_assert_uint_eq(receive_message(peer).kind, BROKER_DISARM); /* for it was late */
    ck_assert_uint_eq(receive_message(peer).kind, BROKER_DISARM);
    send_message(peer, &answer, 0, 0);
    Answerer answerer = {peer, message_of(BROKER_ARMED, 0)};
    answerer.answer.n_marked = 5;
    GThread *thread = g_thread_new("answer", answer_one, &answerer);
    ck_assert_int_eq(broker_arm(broker, &marks), 0);
    g_thread_join(thread);
    ck_assert_uint_eq(marks.n_marked, 5);
}
END_TEST

/* Given a broker that takes nothing any more; then to tell it something does not wait. */
START_TEST(test_deaf)
{
    autofd peer = -1;
    g_autoptr(Broker) broker = given_greeted(&peer);
    int result = 0;
    guint n = 0;
    while (result == 0 && n++ < 1000000)
        result = broker_disarm(broker);
    ck_assert_int_eq(result, -ETIMEDOUT);
    BrokerMarks marks;
    ck_assert_int_eq(broker_arm(broker, &marks), -ETIMEDOUT);
}
END_TEST

START_TEST(test_hangup)
{
    autofd peer = -1;
    g_autoptr(Broker) broker = given_greeted(&peer);
    fd_close(&peer);
    BrokerMarks marks;
    ck_assert_int_eq(broker_await(broker, 1000), -EPIPE);
    ck_assert_int_eq(broker_arm(broker, &marks), -EPIPE);
    ck_assert_int_eq(broker_disarm(broker), -EPIPE);
    int fd = broker_take_execs(broker); /* what was handed over is still good */
    ck_assert_int_ge(fd, 0);
    fd_close(&fd);
}
END_TEST

/* Takes the question, and dies. */
static gpointer hang_up(gpointer data)
{
    int *fd = data;
    (void)receive_message(*fd);
    fd_close(fd);
    return NULL;
}

START_TEST(test_hangup_while_armed)
{
    autofd peer = -1;
    g_autoptr(Broker) broker = given_greeted(&peer);
    GThread *thread = g_thread_new("hangup", hang_up, &peer);
    BrokerMarks marks;
    ck_assert_int_eq(broker_arm(broker, &marks), -EPIPE);
    g_thread_join(thread);
}
END_TEST

/* What no broker says, as the first thing or after the greeting. */
typedef struct {
    const char *name;
    bool greeted;
    BrokerMessage message;
    int length_more; /* than a message */
    gsize n_fds;
    int fd_flags;
} Bad;

#define MESSAGE(kind_, ...)                                                                        \
    {                                                                                              \
        .version = BROKER_VERSION, .kind = (kind_), __VA_ARGS__                                    \
    }
static const Bad bad_answers[] = {
    {.name = "answer first", .message = MESSAGE(BROKER_ARMED, .serial = 1)},
    {.name = "question first", .message = MESSAGE(BROKER_ARM, .serial = 1)},
    {.name = "no descriptors", .message = MESSAGE(BROKER_HELLO, .serial = 0)},
    {.name = "too few", .message = MESSAGE(BROKER_HELLO, .serial = 0), .n_fds = 1},
    {.name = "too many",
     .message = MESSAGE(BROKER_HELLO, .execs_error = -EPERM),
     .n_fds = 2,
     .fd_flags = O_NONBLOCK},
    {.name = "far too many",
     .message = MESSAGE(BROKER_HELLO, .serial = 0),
     .n_fds = 9,
     .fd_flags = O_NONBLOCK},
    {.name = "would block", .message = MESSAGE(BROKER_HELLO, .serial = 0), .n_fds = 2},
    {.name = "positive error",
     .message = MESSAGE(BROKER_HELLO, .execs_error = 1, .opens_error = -1)},
    {.name = "no error", .message = MESSAGE(BROKER_HELLO, .execs_error = -1, .opens_error = -5000)},
    {.name = "version", .message = {.version = 2, .kind = BROKER_HELLO, .execs_error = -1}},
    {.name = "kind", .message = MESSAGE((BrokerKind)9, .serial = 1)},
    {.name = "no kind", .message = MESSAGE((BrokerKind)0, .serial = 1)},
    {.name = "short", .message = MESSAGE(BROKER_HELLO, .serial = 0), .length_more = -1},
    {.name = "long", .message = MESSAGE(BROKER_HELLO, .serial = 0), .length_more = 1},
    {.name = "much longer", .message = MESSAGE(BROKER_HELLO, .serial = 0), .length_more = 5000},
    {.name = "again",
     .greeted = true,
     .message = MESSAGE(BROKER_HELLO, .serial = 0),
     .n_fds = 2,
     .fd_flags = O_NONBLOCK},
    {.name = "not asked", .greeted = true, .message = MESSAGE(BROKER_ARMED, .serial = 0)},
    {.name = "not asked yet", .greeted = true, .message = MESSAGE(BROKER_ARMED, .serial = 1)},
    {.name = "asks", .greeted = true, .message = MESSAGE(BROKER_ARM, .serial = 1)},
    {.name = "gives", .greeted = true, .message = MESSAGE(BROKER_ARMED, .serial = 0), .n_fds = 1},
};

static void send_bad(int fd, const Bad *bad)
{
    size_t length = (size_t)((int)sizeof bad->message + bad->length_more);
    g_autofree char *bytes = g_malloc0(length);
    memcpy(bytes, &bad->message, MIN(length, sizeof bad->message));
    union {
        struct cmsghdr header;
        char bytes[256];
    } control = {{0}};
    struct iovec vector = {bytes, length};
    struct msghdr header = {.msg_iov = &vector, .msg_iovlen = 1};
    int fds[9];
    for (gsize i = 0; i < bad->n_fds; i++)
        fds[i] = open_fd(bad->fd_flags);
    if (bad->n_fds > 0) {
        header.msg_control = control.bytes;
        header.msg_controllen = CMSG_SPACE(bad->n_fds * sizeof(int));
        struct cmsghdr *part = CMSG_FIRSTHDR(&header);
        part->cmsg_len = CMSG_LEN(bad->n_fds * sizeof(int));
        part->cmsg_level = SOL_SOCKET;
        part->cmsg_type = SCM_RIGHTS;
        memcpy(CMSG_DATA(part), fds, bad->n_fds * sizeof(int));
    }
    ck_assert_int_eq(sendmsg(fd, &header, MSG_NOSIGNAL), (ssize_t)length);
    for (gsize i = 0; i < bad->n_fds; i++)
        fd_close(&fds[i]);
}

/* Then the broker is done with, for good, and no descriptor is left behind. */
START_TEST(test_bad_answer)
{
    const Bad *bad = &bad_answers[_i];
    int ends[2];
    guint n_fds = count_fds();
    make_pair(ends);
    Broker *broker = broker_adopt(ends[0]);
    if (bad->greeted) {
        const BrokerMessage hello = message_of(BROKER_HELLO, 0);
        send_message(ends[1], &hello, 2, O_NONBLOCK);
        ck_assert_int_eq(broker_await(broker, 0), 0);
    }
    send_bad(ends[1], bad);
    ck_assert_msg(broker_await(broker, 1000) == -EPROTO, "%s", bad->name);
    BrokerMarks marks;
    ck_assert_int_eq(broker_arm(broker, &marks), -EPROTO);
    ck_assert_int_eq(broker_disarm(broker), -EPROTO);
    broker_free(broker);
    fd_close(&ends[1]);
    ck_assert_uint_eq(count_fds(), n_fds);
}
END_TEST

START_TEST(test_unterminated)
{
    BrokerMessage message = message_of(BROKER_ARMED, 1);
    BrokerMessage parsed;
    memset(message.why, 'x', sizeof message.why - 1);
    ck_assert(broker_message_parse(&message, sizeof message, &parsed));
    message.why[sizeof message.why - 1] = 'x';
    ck_assert(!broker_message_parse(&message, sizeof message, &parsed));
}
END_TEST

/* Hands that only note what they are told to do. */
typedef struct {
    int execs; /* what they have to give */
    int opens;
    guint n_opened;
    guint n_armed;
    guint n_disarmed;
} Noted;

static int note_execs(gpointer data)
{
    Noted *noted = data;
    noted->n_opened++;
    return noted->execs;
}

static int note_opens(gpointer data)
{
    Noted *noted = data;
    noted->n_opened++;
    return noted->opens;
}

static void note_arm(gpointer data, BrokerMarks *ret)
{
    Noted *noted = data;
    noted->n_armed++;
    ret->n_marked = 10 + noted->n_armed;
    ret->n_unmarked = 2;
    memset(ret->why, 'y', sizeof ret->why - 1);
}

static void note_disarm(gpointer data)
{
    Noted *noted = data;
    noted->n_disarmed++;
}

typedef struct {
    int fd;
    Noted noted;
    int result;
    GThread *thread;
} Server;

static gpointer serve(gpointer data)
{
    Server *server = data;
    const BrokerHands hands = {note_execs, note_opens, note_arm, note_disarm, &server->noted};
    server->result = broker_serve(server->fd, &hands);
    fd_close(&server->fd);
    return NULL;
}

/* The other end, for the client. */
static int server_start(Server *server, int execs, int opens)
{
    int ends[2];
    make_pair(ends);
    *server = (Server){.fd = ends[0], .noted = {.execs = execs, .opens = opens}, .result = 1};
    server->thread = g_thread_new("serve", serve, server);
    return ends[1];
}

static const uint32_t long_wait_msec = 30000;

/* Both ends: greeting, arming, disarming, and the client that hangs up. */
START_TEST(test_both)
{
    Server server;
    autofd execs = open_fd(O_NONBLOCK);
    autofd opens = open_fd(O_NONBLOCK);
    Broker *broker = broker_adopt(server_start(&server, execs, opens));
    ck_assert_int_eq(broker_await(broker, long_wait_msec), 0);
    expect_taken(broker_take_opens(broker), 0);
    expect_taken(broker_take_execs(broker), 0);
    BrokerMarks marks = {0};
    ck_assert_int_eq(broker_arm(broker, &marks), 0);
    ck_assert_uint_eq(marks.n_marked, 11);
    ck_assert_uint_eq(marks.n_unmarked, 2);
    ck_assert_uint_eq(strlen(marks.why), sizeof marks.why - 1);
    ck_assert_int_eq(broker_disarm(broker), 0);
    ck_assert_int_eq(broker_arm(broker, &marks), 0);
    ck_assert_uint_eq(marks.n_marked, 12);
    broker_free(broker);
    g_thread_join(server.thread);
    ck_assert_int_eq(server.result, 0);
    ck_assert_uint_eq(server.noted.n_opened, 2);
    ck_assert_uint_eq(server.noted.n_armed, 2);
    ck_assert_uint_eq(server.noted.n_disarmed, 2); /* the last time when we were gone */
}
END_TEST

/* What could not be had is told, and is not armed. */
START_TEST(test_both_without)
{
    Server server;
    Broker *broker = broker_adopt(server_start(&server, -EOPNOTSUPP, -EPERM));
    ck_assert_int_eq(broker_await(broker, long_wait_msec), 0);
    ck_assert_int_eq(broker_take_execs(broker), -EOPNOTSUPP);
    ck_assert_int_eq(broker_take_opens(broker), -EPERM);
    BrokerMarks marks;
    ck_assert_int_eq(broker_arm(broker, &marks), -EPERM);
    ck_assert_int_eq(broker_disarm(broker), 0);
    broker_free(broker);
    g_thread_join(server.thread);
    ck_assert_int_eq(server.result, 0);
    ck_assert_uint_eq(server.noted.n_armed + server.noted.n_disarmed, 0);
}
END_TEST

static const Bad bad_questions[] = {
    {.name = "greets", .message = MESSAGE(BROKER_HELLO, .serial = 1)},
    {.name = "answers", .message = MESSAGE(BROKER_ARMED, .serial = 1)},
    {.name = "version", .message = {.version = 0, .kind = BROKER_ARM, .serial = 1}},
    {.name = "kind", .message = MESSAGE((BrokerKind)77, .serial = 1)},
    {.name = "short", .message = MESSAGE(BROKER_ARM, .serial = 1), .length_more = -4},
    {.name = "long", .message = MESSAGE(BROKER_ARM, .serial = 1), .length_more = 1000},
    {.name = "gives", .message = MESSAGE(BROKER_ARM, .serial = 1), .n_fds = 1},
};

/* Given a client that is mad; then the broker is done with it. */
START_TEST(test_bad_question)
{
    Server server;
    autofd opens = open_fd(O_NONBLOCK);
    guint n_fds = count_fds();
    int client = server_start(&server, -EPERM, opens);
    send_bad(client, &bad_questions[_i]);
    g_thread_join(server.thread);
    ck_assert_msg(server.result == -EPROTO, "%s: %d", bad_questions[_i].name, server.result);
    ck_assert_uint_eq(server.noted.n_armed, 0);
    ck_assert_uint_eq(server.noted.n_disarmed, 1);
    fd_close(&client);
    ck_assert_uint_eq(count_fds(), n_fds);
}
END_TEST

/* Given a client that asks and asks and takes no answer; then the broker does not wait for it. */
START_TEST(test_greedy)
{
    Server server;
    autofd opens = open_fd(O_NONBLOCK);
    autofd client = server_start(&server, -EPERM, opens);
    const BrokerMessage question = message_of(BROKER_ARM, 1);
    for (;;) {
        int result = broker_message_send(client, &question, NULL, 0);
        if (result == -EPIPE)
            break;
        ck_assert(result == 0 || result == -EAGAIN);
    }
    g_thread_join(server.thread);
    ck_assert_int_eq(server.result, -EAGAIN);
    ck_assert_uint_eq(server.noted.n_disarmed, 1);
}
END_TEST

typedef struct {
    char *dir;
    char *path;
    int listener;
} Place;

static Place given_place(void)
{
    Place place = {.dir = unit_mkdir()};
    place.path = g_build_filename(place.dir, "socket", NULL);
    place.listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    g_strlcpy(address.sun_path, place.path, sizeof address.sun_path);
    ck_assert_int_eq(bind(place.listener, (const struct sockaddr *)&address, sizeof address), 0);
    ck_assert_int_eq(listen(place.listener, 4), 0);
    ck_assert_int_eq(chmod(place.dir, 0755), 0);
    ck_assert_int_eq(chmod(place.path, 0666), 0);
    return place;
}

static void place_free(Place *place)
{
    fd_close(&place->listener);
    g_free(place->path);
    unit_rmdir(place->dir);
}

START_TEST(test_connect)
{
    Place place = given_place();
    ck_assert_int_eq(broker_accept(place.listener, 0), -ETIMEDOUT);
    int error = 0;
    g_autoptr(Broker) broker = broker_connect(place.path, &error);
    ck_assert_msg(broker != NULL, "%s", g_strerror(-error));
    autofd client = broker_accept(place.listener, long_wait_msec);
    ck_assert_int_ge(client, 0);
    ck_assert_int_ne(fcntl(client, F_GETFL) & O_NONBLOCK, 0);
    ck_assert_int_ne(fcntl(client, F_GETFD) & FD_CLOEXEC, 0);
    const BrokerMessage hello = message_of(BROKER_HELLO, 0);
    send_message(client, &hello, 2, O_NONBLOCK);
    ck_assert_int_eq(broker_await(broker, long_wait_msec), 0);
    place_free(&place);
}
END_TEST

enum { SOMEBODY = 12345, SOMEBODY_ELSE = 12346 };

/* Connects as that user; a child, that tells by its status whether it was greeted. */
static pid_t connect_as(const Place *place, uid_t user)
{
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    g_strlcpy(address.sun_path, place->path, sizeof address.sun_path);
    char byte;
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (setresuid(user, user, user) < 0 ||
        connect(fd, (const struct sockaddr *)&address, sizeof address) < 0)
        _exit(2);
    _exit(recv(fd, &byte, sizeof byte, 0) == 1 ? 0 : 1);
}

static const struct {
    uid_t owner;
    uid_t client;
    bool permitted;
} users[] = {
    {0, 0, true},
    {SOMEBODY, 0, true},
    {SOMEBODY, SOMEBODY, true},
    {SOMEBODY, SOMEBODY_ELSE, false},
    {0, SOMEBODY, false},
};

/* Given a socket that everybody can connect to; then it is still only for its owner and root. */
START_TEST(test_peer)
{
    if (geteuid() != 0)
        unit_skip("only root can be several users");
    Place place = given_place();
    ck_assert_int_eq(chown(place.path, users[_i].owner, (gid_t)-1), 0);
    pid_t pid = connect_as(&place, users[_i].client);
    ck_assert_int_gt(pid, 0);
    struct pollfd poll_fd = {.fd = place.listener, .events = POLLIN};
    ck_assert_int_eq(poll(&poll_fd, 1, (int)long_wait_msec), 1);
    autofd client = broker_accept(place.listener, 0);
    ck_assert_int_eq(client >= 0, users[_i].permitted);
    if (client >= 0)
        ck_assert_int_eq(send(client, "x", 1, 0), 1);
    int status = 0;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(WEXITSTATUS(status), users[_i].permitted ? 0 : 1);
    place_free(&place);
}
END_TEST

/* Given a path on which somebody else listens; then he gets nothing from us. */
START_TEST(test_impostor)
{
    if (geteuid() != 0)
        unit_skip("only root can be several users");
    Place place = given_place();
    pid_t pid = fork();
    if (pid == 0) { /* who listens last counts (unix(7), SO_PEERCRED) */
        if (setresuid(SOMEBODY, SOMEBODY, SOMEBODY) < 0 || listen(place.listener, 4) < 0)
            _exit(1);
        _exit(0);
    }
    int status = -1;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
    int error = 0;
    ck_assert_ptr_null(broker_connect(place.path, &error));
    ck_assert_int_eq(error, -EPERM);
    place_free(&place);
}
END_TEST

START_TEST(test_nowhere)
{
    int error = 0;
    ck_assert_ptr_null(broker_connect("/nonexistent/socket", &error));
    ck_assert_int_eq(error, -ENOENT);
    Place place = given_place();
    fd_close(&place.listener);
    ck_assert_ptr_null(broker_connect(place.path, &error));
    ck_assert_int_eq(error, -ECONNREFUSED);
    g_autofree char *name = g_strnfill(200, 'x');
    ck_assert_ptr_null(broker_connect(name, &error));
    ck_assert_int_eq(error, -ENAMETOOLONG);
    place_free(&place);
    autofd null = open_fd(0);
    ck_assert_int_eq(broker_accept(null, 0), -ENOTSOCK);
    ck_assert_int_eq(broker_accept(-1, 0), -EBADF);
    int ends[2];
    make_pair(ends);
    ck_assert_int_eq(broker_accept(ends[0], 0), -EAFNOSUPPORT);
    fd_close(&ends[0]);
    fd_close(&ends[1]);
}
END_TEST

/* Given nobody who accepts; then to connect does not wait either. */
START_TEST(test_queue)
{
    Place place = given_place();
    g_autoptr(GPtrArray) brokers = g_ptr_array_new_with_free_func((GDestroyNotify)broker_free);
    int error = 0;
    for (Broker *broker = NULL; (broker = broker_connect(place.path, &error)) != NULL;)
        g_ptr_array_add(brokers, broker);
    ck_assert_int_eq(error, -EAGAIN);
    ck_assert_uint_ge(brokers->len, 4);
    place_free(&place);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("broker");
    UNIT_ADD_ROWS(suite, test_greeting, greetings);
    UNIT_ADD(suite, test_arm);
    UNIT_ADD(suite, test_arm_refused);
    UNIT_ADD(suite, test_arm_late);
    UNIT_ADD(suite, test_deaf);
    UNIT_ADD(suite, test_hangup);
    UNIT_ADD(suite, test_hangup_while_armed);
    UNIT_ADD_ROWS(suite, test_bad_answer, bad_answers);
    UNIT_ADD(suite, test_unterminated);
    UNIT_ADD(suite, test_both);
    UNIT_ADD(suite, test_both_without);
    UNIT_ADD_ROWS(suite, test_bad_question, bad_questions);
    UNIT_ADD(suite, test_greedy);
    UNIT_ADD(suite, test_connect);
    UNIT_ADD_ROWS(suite, test_peer, users);
    UNIT_ADD(suite, test_impostor);
    UNIT_ADD(suite, test_nowhere);
    UNIT_ADD(suite, test_queue);
    return suite;
}
