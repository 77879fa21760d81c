/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/* JSON of what the daemon answered; by json-glib. */
#include <glib.h>

/* Text without a newline at its end; `pretty`: on several lines. To be freed. */
char *json_of(GVariant *value, gboolean pretty);
/* Whether it is nested no deeper than any JSON of ours or that we read: parsers recurse. */
gboolean json_is_shallow(const char *text, gsize length);
