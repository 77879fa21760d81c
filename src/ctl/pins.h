/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/* preloadctl pin and unpin: one call for each name. */
#include "ctl/request.h"
#include <gio/gio.h>

/* What stands with a '/' is a file, made absolute. All names are tried; the exit status. */
int pins_change(GDBusConnection *client, const Request *request);
