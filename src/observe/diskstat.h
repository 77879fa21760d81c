/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Diskstat: what a disk has done since the boot, for everybody, and what it is doing
 * (/sys/block/NAME/stat, Documentation/block/stat.rst).
 */
#include "base/parse.h"
#include <stdbool.h>
#include <stdint.h>

typedef struct {
    uint64_t n_requests;  /* completed: reads, writes, discards and flushes */
    uint64_t read_bytes;  /* completed */
    uint64_t n_in_flight; /* given to the driver and not completed */
} Diskstat;

/* False if it has not the nine numbers at least that all kernels tell. Pure. */
bool diskstat_parse(Cursor text, Diskstat *ret);
/* sys_path: "/sys" but in tests. False if there is no such disk. */
bool diskstat_read(const char *sys_path, uint32_t major, uint32_t minor, Diskstat *ret);
