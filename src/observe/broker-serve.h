/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * The broker's own end of what observe/broker.h tells: one client, from its greeting until it hangs
 * up. What it does with its rights are the hands'; this only talks. Belongs to one thread, which it
 * blocks.
 */
#include "observe/broker.h"
#include <glib.h>
#include <stdint.h>

typedef struct {
    /* Each once, before the greeting: a descriptor that does not block and stays the hands', or a
     * negative errno. */
    int (*open_execs)(gpointer data);
    int (*open_opens)(gpointer data);
    /* Only if there are opens. */
    void (*arm)(gpointer data, BrokerMarks *ret);
    void (*disarm)(gpointer data);
    gpointer data;
} BrokerHands;

/*
 * The next client of a listening socket (SOCK_SEQPACKET, bound to a path) that is root's or of the
 * user whom the socket on that path belongs to; others are hung up on. Waits at most so long. The
 * descriptor, or a negative errno: -ETIMEDOUT, -ENOTSOCK...
 */
int broker_accept(int listener_fd, uint32_t wait_msec);

/*
 * Serves until the client hangs up: 0; or sends what is no message, or does not take its answers: a
 * negative errno. Disarmed in the end. client_fd stays the caller's.
 */
int broker_serve(int client_fd, const BrokerHands *hands);
