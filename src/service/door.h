/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Door: a listening socket in the file system. Whoever comes is handed over with what the kernel
 * says of who that is. Belongs to the main loop; those who come wait until nothing else is to be
 * done.
 */
#include "service/caller.h"
#include <glib.h>

typedef struct Door Door;
/* fd does not block, and is the callee's. */
typedef void (*DoorFunc)(int fd, const Caller *caller, gpointer data);

/*
 * The socket is open to all. A socket that nobody listens on any more is replaced, one that is in
 * use is not; a directory that is missing is made. NULL with error.
 */
Door *door_open(const char *path, DoorFunc arrived, gpointer data, GError **error);
/* The name goes, too. */
void door_close(Door *door);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Door, door_close)
