/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/execs.h"

/* A datagram of the proc connector: an event of a process, or nothing is written. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint32_t untouched = UINT32_C(0x5a5a5a5a);
    ExecEvent event = {.pid = untouched};
    bool parsed = execs_parse(data, size, &event);
    g_assert_true(parsed || event.pid == untouched);
    if (!parsed)
        return 0;
    g_assert_cmpuint(event.pid, >=, 1);
    g_assert_cmpuint(event.pid, <=, G_MAXINT32);
    g_assert_cmpuint(event.parent_pid, <=, G_MAXINT32);
    g_assert_true(event.kind == EXEC_FORK || event.parent_pid == 0);
    return 0;
}
