/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Recent: recently-used.xbel (Desktop Bookmark Specification), in which applications write down
 * which documents they opened. Only the applications are taken: how often, and when last. Pure.
 */
#include "base/parse.h"
#include <glib.h>
#include <stdint.h>

/* GTK keeps what is of the last month: hundreds of KiB are many. */
#define RECENT_LIMIT_BYTES ((size_t)4 << 20)
#define RECENT_APPLICATIONS_MAX 256

typedef struct {
    char *program; /* the first word of its command: a name or a path */
    uint32_t count;
    int64_t used_sec; /* seconds since 1970 */
} RecentApplication;

/* GArray of RecentApplication, each program once, in the order of the text; empty if it is none. */
GArray *recent_parse(Cursor text);
