/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/procfs.h"

/* /proc/PID/stat: the start time is found or it is not; nothing is written if not. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint64_t untouched = UINT64_C(0x5a5a5a5a5a5a5a5a);
    uint64_t ticks = untouched;
    bool found = proc_stat_start_time(cursor_of((const char *)data, size), &ticks);
    g_assert_true(found || ticks == untouched);
    return 0;
}
