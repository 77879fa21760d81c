/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * The server's side of D-Bus's authentication (D-Bus Specification, "Authentication Protocol"), of
 * the one mechanism EXTERNAL: who the peer is, the kernel has said (SO_PEERCRED) before the first
 * byte; the peer may only agree. Pure: bytes in, bytes out, bounded. GDBus has one of its own, but
 * that waits for the peer in a thread, of which there are ten.
 */
#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

#define AUTH_GUID_LENGTH 32
/* Of a line, and in all: no client says more than five short lines. */
#define AUTH_LINE_MAX 256
#define AUTH_LINES_MAX 16

typedef enum { AUTH_GOES_ON, AUTH_DONE, AUTH_FAILED } AuthOutcome;

typedef struct {
    uid_t uid;        /* of the peer */
    const char *guid; /* of the server, AUTH_GUID_LENGTH digits */
    bool greeted;     /* the byte before all was there */
    bool asked;       /* EXTERNAL was asked for without saying who: that is said next */
    bool agreed;
    bool passes_fds; /* the client may send descriptors */
    unsigned n_lines;
} BusAuth;

/*
 * Takes what it understands from the beginning of `in`, and appends the answers to `out`. After
 * AUTH_DONE what is left in `in` are messages.
 */
AuthOutcome bus_auth_feed(BusAuth *auth, GString *in, GString *out);
