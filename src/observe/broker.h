/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Broker: the client's end of a small helper (preload-events) that has the rights that the daemon
 * shall not have: to subscribe to the proc connector (CAP_NET_ADMIN, the machine's own network) and
 * to mark file systems (CAP_SYS_ADMIN). See doc/SECURITY.md.
 *
 * The helper opens both, hands over the descriptors, and from then on only marks and unmarks. It
 * ends when its client hangs up, and takes its marks and its subscription along; when it is the
 * helper that ends, the descriptors go on to work, with the marks that there were: those are taken
 * off by closing them.
 *
 *   Broker *broker = broker_connect(path, &error);     does not wait
 *   broker_await(broker, 0 or some time) == 0          now, or when broker_fd() is readable
 *   execs_adopt(broker_take_execs(broker)), ...
 *   broker_arm(broker, &marks), broker_disarm(broker)
 *
 * Whatever the other end does, no call takes longer than it says. An error other than -EAGAIN and
 * -ETIMEDOUT is for good: each later call returns it, and the broker is to be freed. Belongs to one
 * thread.
 */
#include "observe/broker-message.h"
#include "observe/opens.h"
#include <glib.h>
#include <stdint.h>

typedef struct Broker Broker;

typedef struct {
    uint32_t n_marked;
    uint32_t n_unmarked;        /* local file systems that could not be marked */
    char why[BROKER_WHY_BYTES]; /* the first of them, for people: foreign text; "": none */
} BrokerMarks;

/* BROKER_ARM_WAIT_MSEC: some dozens of system calls take a millisecond; this is for a machine that
 * is short of CPU, and a time that nobody notices in a main loop. */
#define BROKER_ARM_WAIT_MSEC 250

/* NULL with *ret_error a negative errno: -ENOENT and -ECONNREFUSED (there is no such service),
 * -EPERM (it is neither root's nor of our own user), -EAGAIN (too many wait to be served). */
Broker *broker_connect(const char *socket_path, int *ret_error);
/* A connected socket (SOCK_SEQPACKET); owned from now on. */
Broker *broker_adopt(int fd);
/* Hangs up. */
void broker_free(Broker *broker);
int broker_fd(const Broker *broker); /* to poll for G_IO_IN: it greets, or hung up */

/*
 * Takes what it sent, at most wait_msec long until it has greeted. 0: it has and is there; -EAGAIN:
 * not yet; -EPIPE: it hung up; -EPROTO: it is mad.
 */
int broker_await(Broker *broker, uint32_t wait_msec);

/* The descriptor that it handed over, the caller's from now on: once; or the negative errno why
 * there is none (-EAGAIN: it has not greeted; -EBADF: taken already). */
int broker_take_execs(Broker *broker);
int broker_take_opens(Broker *broker);

/*
 * Marks the file systems of local disks, anew when done again: what was mounted since is then
 * marked too. Waits BROKER_ARM_WAIT_MSEC for the answer; -ETIMEDOUT: none came, and it was told to
 * disarm when it wakes up. Until it has answered, later calls wait no more. When there are no
 * opens: why, as broker_take_opens() said, and the broker lives on.
 */
int broker_arm(Broker *broker, BrokerMarks *ret);
/* Does not wait. What happened before may still be told. -ETIMEDOUT: it does not listen, so that
 * the opens' descriptor is to be closed. */
int broker_disarm(Broker *broker);

/* Both of these, for opens_adopt(broker_take_opens(broker), ...). The broker outlives those opens.
 */
OpensMarker broker_marker(Broker *broker);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Broker, broker_free)
