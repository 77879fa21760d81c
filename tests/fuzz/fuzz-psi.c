/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/diskstat.h"
#include "observe/psi.h"
#include <glib.h>

/* Pressure, and what a disk did: nothing is taken that was not there. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const Cursor text = cursor_of((const char *)data, size);
    Psi psi = {1, 2};
    Diskstat stat = {1, 2, 3};
    if (!psi_parse(text, &psi))
        g_assert_true(psi.some_usec == 1 && psi.full_usec == 2);
    if (!diskstat_parse(text, &stat))
        g_assert_true(stat.n_requests == 1 && stat.read_bytes == 2 && stat.n_in_flight == 3);
    return 0;
}
