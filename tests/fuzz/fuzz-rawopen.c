/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */

/*
 * Any bytes as what a fanotify group gives: each event takes some of them, none goes beyond their
 * end, and what is refused moves nothing.
 */
#include "observe/rawopen.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Cursor c = cursor_of((const char *)data, size);
    const char *before = c.at;
    for (RawOpen raw; raw_open_parse(&c, &raw); before = c.at) {
        if (c.at <= before || c.at > c.end)
            abort();
    }
    if (c.at != before)
        abort();
    return 0;
}
