/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * PSI: for how long somebody had to wait for memory or for a disk
 * (Documentation/accounting/psi.rst).
 *
 * Of the machine: /proc/pressure/{memory,io}; of a control group: its memory.pressure, io.pressure.
 * The averages there are of ten seconds and more, so it is the totals that are taken: they are
 * brought up to date at each read (kernel/sched/psi.c, psi_show()).
 */
#include "base/parse.h"
#include <stdbool.h>
#include <stdint.h>

typedef struct {
    uint64_t some_usec; /* since the boot: at least one task waited */
    uint64_t full_usec; /* all that could have run waited; 0 where that is not told */
} Psi;

/* False if there is no line "some" with a total. Pure. */
bool psi_parse(Cursor text, Psi *ret);
/* A file of that form at `path`; false as well if it is not there (CONFIG_PSI, psi=0). */
bool psi_read(const char *path, Psi *ret);
