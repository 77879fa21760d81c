/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/* What goes on until it is ended: events as they happen, and the full screen. */
#include "ctl/request.h"
#include <gio/gio.h>

/* The exit status. Ends with SIGINT, SIGTERM, or the daemon. */
int live_watch(GDBusConnection *client, const Request *request);
/* The same, or q. Standard output must be a terminal. */
int live_top(GDBusConnection *client, const Request *request);
