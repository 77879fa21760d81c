/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/* Report: all that the report page is made of, asked of the daemon. */
#include "ctl/request.h"
#include <gio/gio.h>

/* The page, or with --json what it is made of; NULL with error set. What names programs is left out
 * if who asks may not know it. */
GString *report_make(GDBusConnection *client, const Request *request, GError **error);
