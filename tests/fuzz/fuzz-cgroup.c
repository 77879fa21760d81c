/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/origin.h"
#include <glib.h>

/* /proc/PID/cgroup: one of the kinds, whatever the text is, and each has its meaning. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CgroupKind kind = origin_cgroup(cursor_of((const char *)data, size));
    g_assert_true(kind >= CGROUP_SILENT && kind <= CGROUP_CONTAINER);
    OriginFacts facts = {.cgroup = kind};
    Origin origin = origin_decide(&facts);
    g_assert_true((origin == ORIGIN_UNKNOWN) == (kind == CGROUP_SILENT));
    return 0;
}
