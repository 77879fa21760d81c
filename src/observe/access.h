/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Access: where the events come from: opened by this process if it may do all of it, else handed
 * over by the broker (broker.h), which a service has for that; what the broker has not either is
 * ours, if we may. Belongs to one thread.
 */
#include "observe/execs.h"
#include "observe/opens.h"
#include <glib.h>

typedef struct {
    Execs *execs; /* NULL: execs_error says why */
    int execs_error;
    Opens *opens; /* NULL: opens_error says why */
    int opens_error;
} AccessGrant;

typedef struct Access Access;

/* What is granted is the receiver's; the opens are to be freed before the access. */
typedef void (*AccessFunc)(AccessGrant *grant, gpointer data);

/*
 * Calls `granted` once, in this call or, when the broker is waited for, later from the context. A
 * broker that hangs up, or does not greet, means that there is none. broker_socket: NULL for none.
 */
Access *access_open(const char *broker_socket, GMainContext *context, AccessFunc granted,
                    gpointer data);
void access_free(Access *access);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Access, access_free)
