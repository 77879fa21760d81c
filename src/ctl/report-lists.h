/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/* Report lists: the parts of the report page that name programs. Pure; HTML is appended to `out`.
 */
#include <glib.h>

/* Time saved by program, an estimate, and the numbers that it comes from; rows: aa{sv} of the
 * method Programs. NULL: who asks may not know. */
void report_programs(GVariant *rows, GString *out);
/* When programs were launched in the last week of launches; rows: aa{sv} of the method Launches.
 * NULL: the same. */
void report_launches(GVariant *rows, GString *out);
