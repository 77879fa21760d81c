/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */

/*
 * preload-events: the broker (observe/broker.h) as a program, started by the service manager when
 * the daemon connects to its socket (systemd/preload-events.socket). One client, and it ends.
 */
#include "base/fd.h"
#include "observe/broker-serve.h"
#include "observe/execs.h"
#include "observe/opengroup.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>

/* sd_listen_fds(3), SD_LISTEN_FDS_START */
#define LISTENER_FD 3

/* Whoever made the service manager start us has connected already. */
#define CLIENT_WAIT_MSEC 10000

/* As in storage.c: more mounts than the kernel permits (100,000) need no less than that. */
#define MOUNTINFO_LIMIT_BYTES (UINT64_C(32) << 20)

typedef struct {
    Execs *execs;
    int opens_fd;
} Hands;

static int open_execs(gpointer data)
{
    Hands *hands = data;
    int error = 0;
    hands->execs = execs_open(&error);
    return hands->execs != NULL ? execs_fd(hands->execs) : error;
}

static int open_opens(gpointer data)
{
    Hands *hands = data;
    hands->opens_fd = open_group_new();
    return hands->opens_fd;
}

static void arm(gpointer data, BrokerMarks *ret)
{
    const Hands *hands = data;
    GString *text = fd_read_file(AT_FDCWD, "/proc/self/mountinfo", MOUNTINFO_LIMIT_BYTES);
    if (text == NULL) {
        g_snprintf(ret->why, sizeof ret->why, "/proc/self/mountinfo: %s", g_strerror(errno));
        return;
    }
    g_autoptr(Mounts) mounts = mounts_parse(cursor_of(text->str, text->len));
    g_string_free(text, TRUE);
    g_autofree char *why = NULL;
    ret->n_marked = open_group_mark(hands->opens_fd, mounts, &ret->n_unmarked, &why);
    if (why != NULL)
        g_strlcpy(ret->why, why, sizeof ret->why);
}

static void disarm(gpointer data)
{
    const Hands *hands = data;
    open_group_unmark(hands->opens_fd);
}

static int serve(int client_fd)
{
    Hands hands = {.opens_fd = -1};
    const BrokerHands broker = {open_execs, open_opens, arm, disarm, &hands};
    int result = broker_serve(client_fd, &broker);
    execs_free(hands.execs); /* and with it the subscription, also of the client's copy */
    fd_close(&hands.opens_fd);
    return result;
}

/* sd_listen_fds(3): exactly one socket, and it is meant for us. */
static bool was_given_socket(void)
{
    g_autofree char *pid = g_strdup_printf("%d", getpid());
    return g_strcmp0(g_getenv("LISTEN_PID"), pid) == 0 &&
           g_strcmp0(g_getenv("LISTEN_FDS"), "1") == 0;
}

static int complain(int status, const char *what, int error)
{
    bool journal = g_log_writer_is_journald(STDERR_FILENO);
    fprintf(stderr, "%s%s: %s\n", journal ? "<3>" : "preload-events: ", what, g_strerror(-error));
    return status;
}

int main(void)
{
    if (!was_given_socket()) {
        fputs("preload-events is started by preload-events.socket, not by hand\n", stderr);
        return EX_USAGE;
    }
    (void)fcntl(LISTENER_FD, F_SETFD, FD_CLOEXEC); /* EBADF: accept tells */
    autofd client = broker_accept(LISTENER_FD, CLIENT_WAIT_MSEC);
    if (client == -ETIMEDOUT)
        return EXIT_SUCCESS; /* it has gone again */
    if (client < 0)
        return complain(EXIT_FAILURE, "cannot accept a client", client);
    int result = serve(client);
    if (result < 0)
        return complain(EXIT_FAILURE, "the client is hung up on", result);
    return EXIT_SUCCESS;
}
