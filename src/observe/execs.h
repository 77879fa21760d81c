/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Execs: every fork, exec and exit of a process as it happens, from the kernel's proc connector
 * (netlink, drivers/connector/cn_proc.c; linux/cn_proc.h).
 *
 * Threads are left out, and so are all other events, in the kernel (a socket filter): a build that
 * starts a thousand tools a second must cost next to nothing. Needs CAP_NET_ADMIN (below Linux 6.6)
 * and the first network, pid and user namespaces. Belongs to one thread.
 *
 * When another thread than the first calls execve(2), the first ends and the caller takes its pid
 * (de_thread() in fs/exec.c): an EXIT of that pid, and then its EXEC. A first thread that ends
 * before the others (pthread_exit(3) in main()) is an EXIT, though the process lives on.
 */
#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum { EXEC_FORK, EXEC_EXEC, EXEC_EXIT } ExecKind;

typedef struct {
    ExecKind kind;
    uint32_t pid;        /* of the process (thread group) */
    uint32_t parent_pid; /* of a fork: whose child it is; else 0 */
    uint64_t usec;       /* CLOCK_MONOTONIC when it happened */
} ExecEvent;

/*
 * One datagram of the connector: nlmsghdr, cn_msg, proc_event. Pure and bounded. False for what is
 * no such event: threads, other kinds, messages of another form or length.
 */
bool execs_parse(const void *bytes, size_t length, ExecEvent *ret);

typedef struct Execs Execs;

typedef enum {
    EXECS_DRAINED, /* nothing more for now */
    EXECS_MORE,    /* there may be more */
    EXECS_OVERRUN, /* drained, and the kernel has dropped events (ENOBUFS): what runs is to be
                      looked at anew; what happens from now on is told again */
    EXECS_BROKEN,  /* the socket is of no use any more */
} ExecsResult;

/*
 * Subscribes, and waits (at most 0.2 s) until the kernel says yes. NULL with *ret_error a negative
 * errno: -EPERM, -EOPNOTSUPP (no answer: another namespace, or a kernel without it), ...
 */
Execs *execs_open(int *ret_error);
/* A socket that somebody else has subscribed (a privileged helper), whose part it is to end that;
 * owned from now on. Not checked before it is read: one of another kind is then EXECS_BROKEN. */
Execs *execs_adopt(int fd);
void execs_free(Execs *execs);
int execs_fd(const Execs *execs); /* to poll for G_IO_IN */
/* Appends ExecEvent to `events`, without blocking: those of at most some hundred datagrams. Only
 * what the kernel sent counts. */
ExecsResult execs_read(Execs *execs, GArray *events);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Execs, execs_free)
