/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Transfer: profiles out of the state and into it. export reads the state file, which is whole at
 * any time; import gives the profile to the daemon, or writes the state file where none runs: in an
 * image that is being built, or before the first start.
 */
#include "ctl/request.h"
#include <gio/gio.h>

/* client: NULL where no daemon answers. The exit status. */
int transfer_export(GDBusConnection *client, const Request *request);
int transfer_import(GDBusConnection *client, const Request *request);
