/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/procfs.h"
#include <string.h>

/* /proc/PID/stat: the start time, and the rest, is found or it is not; nothing is written if not.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint64_t untouched = UINT64_C(0x5a5a5a5a5a5a5a5a);
    uint64_t ticks = untouched;
    bool found = proc_stat_start_time(cursor_of((const char *)data, size), &ticks);
    g_assert_true(found || ticks == untouched);
    ProcStat stat = {.start_ticks = untouched};
    bool parsed = proc_stat_parse(cursor_of((const char *)data, size), &stat);
    g_assert_true(parsed ? found && stat.start_ticks == ticks : stat.start_ticks == untouched);
    g_assert_true(memchr(stat.name, '\0', sizeof stat.name) != NULL);
    return 0;
}
