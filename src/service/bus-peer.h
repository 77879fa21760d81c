/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Peers: a client of the private socket, from its first byte to its last. Nothing waits: what it
 * sends is taken in small pieces when nothing else is to be done, what it does not take is kept up
 * to a bound; beyond any of the bounds the connection ends.
 */
#include "service/bus.h"

/* No call of ours has arguments longer than a path; this is that and the header. */
#define PEER_MESSAGE_MAX 32768
/* Descriptors of one message; preloadctl sends no more. Those of a message that is not complete yet
 * are all that a connection keeps open. */
#define PEER_FDS_MAX 16
/* What the peer has not read yet: the longest answer is that of a footprint of 4,096 files. */
#define PEER_UNREAD_MAX (4 << 20)
/* To say who it is, or to take anything of what waits for it. */
#define PEER_PATIENCE_USEC (3 * G_USEC_PER_SEC)

typedef struct Peer Peer;

/* `ended` is called once, from the main loop, when the connection is over; the peer is to be freed
 * then. */
Peer *peer_new(const BusHost *host, int fd, const Caller *caller, const char *guid,
               void (*ended)(Peer *peer, gpointer data), gpointer data);
void peer_free(Peer *peer);
const Caller *peer_caller(const Peer *peer);
/* A signal; `args` is not floating. Not sent before the peer has said who it is. */
void peer_signal(Peer *peer, const char *interface, const char *signal, GVariant *args);
/* When it was heard of last; 0 before it said who it is. */
gint64 peer_active_usec(const Peer *peer);
/* Whether its patience is exhausted, or rather ours. */
bool peer_is_stuck(const Peer *peer, gint64 now_usec);
