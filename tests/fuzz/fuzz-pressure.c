/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/pressure.h"
#include <glib.h>

/* /proc/pressure/io and /proc/loadavg: what is taken must be of sense. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const Cursor text = cursor_of((const char *)data, size);
    double percent = 0;
    if (pressure_parse_some(text, &percent))
        g_assert_true(percent >= 0 && percent <= 100);
    if (pressure_parse_load(text, 4, &percent))
        g_assert_true(percent >= 0 && percent < 1e12);
    return 0;
}
