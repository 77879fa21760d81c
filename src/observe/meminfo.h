/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/* /proc/meminfo (proc_meminfo(5)): pure parser. All in bytes. */
#include "base/parse.h"
#include <stdbool.h>
#include <stdint.h>

typedef struct {
    uint64_t total_bytes;
    uint64_t free_bytes;
    uint64_t available_bytes; /* MemAvailable: what can be used without swapping (Linux 3.14) */
    uint64_t cached_bytes;
    uint64_t swap_total_bytes;
    uint64_t swap_free_bytes;
    uint64_t writeback_bytes;
} Meminfo;

/* False if MemTotal or MemAvailable is missing, 0 or absurd (free > total ...). */
bool meminfo_parse(Cursor text, Meminfo *ret);
