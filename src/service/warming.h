/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Warming: what somebody asked for is read ahead behind everything else (CLASS_BULK); and what the
 * lists of /etc/preload/warm.d name, once at the start, like what a session needs. Within the
 * budget, and not at all while there is a pause or memory is short, as all that is read ahead.
 */
#include "service/caller.h"
#include "service/daemon.h"

typedef struct Warming Warming;

/* Of one order at most. */
#define WARMING_FILES_MAX 100000u
#define WARMING_RANGES_MAX 1000000u
/* Orders that are remembered after their end. */
#define WARMING_REMEMBERED 64u
/* Orders of one user, who is not root, that have not ended. */
#define WARMING_OF_USER_MAX 16u

/* Reads the lists of that directory, by a thread of the queue. */
Warming *warming_new(Daemon *daemon, const char *lists_directory);
/* The queue has to be freed before: it tells the end of what it has. */
void warming_free(Warming *warming);

/*
 * files: a(sa(tt)), path, and offset and length of what is wanted of it, in the order of reading.
 * The number of the order; 0 with an error of CONTROL_ERROR.
 */
uint32_t warming_order(Warming *warming, GVariant *files, uint32_t uid, GError **error);
/*
 * The same for whoever asks: files is a(ha(tt)), and each of them is among the descriptors that
 * came with the call. That is what entitles the caller: he has opened it, for reading. They are
 * looked at and not kept: what is read is the regular file of that identity, if it is still where
 * it was.
 */
uint32_t warming_order_open(Warming *warming, GVariant *files, const Caller *caller,
                            GError **error);
/* a{sv}, floating: whether such an order of this user has ended, and nothing that would tell what
 * was in memory before (doc/SECURITY.md); NULL if there is none of that number. */
GVariant *warming_progress(const Warming *warming, uint32_t number, uid_t uid);
/* How many orders are not at their end, and how much of them is to be read at most. NULL-safe. */
uint32_t warming_waiting(const Warming *warming, uint64_t *ret_left_bytes);
/* a{sv}, floating: how far an order is; NULL if there is none of that number. */
GVariant *warming_status(const Warming *warming, uint32_t number);
