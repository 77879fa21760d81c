/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * RawOpen: an event as it is read from a fanotify group (fanotify(7), struct
 * fanotify_event_metadata). Pure, and bounded by the cursor.
 */
#include "base/parse.h"
#include <stdbool.h>
#include <stdint.h>

typedef struct {
    uint64_t mask; /* FAN_OPEN, FAN_Q_OVERFLOW, ... */
    int fd;        /* the caller's to close; negative: none (FAN_NOFD) */
    int32_t pid;   /* 0: of another pid namespace */
} RawOpen;

/*
 * The next event; the cursor moves behind it. False at the end; or, with bytes left, if what is
 * there is no whole event of the version that we were built with (FANOTIFY_METADATA_VERSION).
 */
bool raw_open_parse(Cursor *c, RawOpen *ret);
