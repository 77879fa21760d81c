/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * BrokerMessage: what the daemon and its broker (observe/broker.h) say to each other.
 *
 *   broker  HELLO   once, at first; what could be had, and with it those descriptors (SCM_RIGHTS):
 *                   the execs' if execs_error is 0, then the opens' if opens_error is 0
 *   client  ARM     any time after HELLO
 *   broker  ARMED   the answer, with the serial of the question: opens_error, n_marked, ...
 *   client  DISARM  has no answer; the order of messages is kept
 *
 * Each is one datagram (SOCK_SEQPACKET) of one size, in the host's order: both ends come from one
 * build. What is of another size, version or kind is refused, and ends the talk.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BROKER_VERSION 1
enum { BROKER_WHY_BYTES = 164 }; /* a path and a reason, or the beginning of them */

typedef enum { BROKER_HELLO = 1, BROKER_ARM, BROKER_ARMED, BROKER_DISARM } BrokerKind;

typedef struct {
    uint32_t version;
    uint32_t kind;       /* BrokerKind */
    uint32_t serial;     /* of a question, and of its answer */
    int32_t execs_error; /* negative errno, or 0 */
    int32_t opens_error;
    uint32_t n_marked;          /* file systems */
    uint32_t n_unmarked;        /* those that could not be marked */
    char why[BROKER_WHY_BYTES]; /* the first of them, for people; ends with NUL; "": none */
} BrokerMessage;

/* Pure. The datagram as a message, all of whose fields are as said above; false if it is none. */
bool broker_message_parse(const void *bytes, size_t length, BrokerMessage *ret);

/*
 * One datagram, without blocking. 0 or a negative errno: -EAGAIN, -EPIPE if the other end has hung
 * up, -EPROTO for what is no message.
 */
int broker_message_send(int fd, const BrokerMessage *message, const int *fds, size_t n_fds);
/* fds: room for two descriptors, the caller's from then on; *ret_n_fds is set on success only.
 * NULL: there shall be none. More than there is room for is -EPROTO. */
int broker_message_receive(int fd, BrokerMessage *ret, int *fds, size_t *ret_n_fds);

/* Waits until there is something to receive, or the other end hung up: true; or until
 * g_get_monotonic_time() is until_usec: false. */
bool broker_message_await(int fd, int64_t until_usec);
