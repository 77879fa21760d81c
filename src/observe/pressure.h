/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Pressure: how much the machine has to do: the shares of time in which some task waited for the
 * processor, for a disk or for memory (PSI, Documentation/accounting/psi.rst, Linux 4.20), and the
 * load (proc_loadavg(5)), for kernels that do not tell these.
 */
#include "base/parse.h"
#include "observe/procfs.h"
#include <stdbool.h>

typedef enum {
    PRESSURE_CPU,
    PRESSURE_IO,
    PRESSURE_MEMORY,
    PRESSURES,
} PressureKind;

typedef struct {
    /* Of the last ten seconds; 0 to 100. Not told by older kernels, those that are booted with
     * psi=0 (the default of some distributions) and in some containers. */
    bool told[PRESSURES];
    double some_percent[PRESSURES];
    /* Tasks that run, wait for a processor or for a disk, on the mean of the last minute, a
     * processor: 100 is one each. */
    bool load_told;
    double load_percent;
} Pressure;

/* "some avg10=1.53 avg60=...": the first of them. Pure. */
bool pressure_parse_some(Cursor text, double *ret_percent);
/* "1.53 1.20 0.90 2/345 6789": the first number, for so many processors. Pure. */
bool pressure_parse_load(Cursor text, long n_processors, double *ret_percent);
/* What is told of /proc/pressure and /proc/loadavg. */
Pressure pressure_read(ProcRoot *root);
/* "processor", "disk", "memory"; static. */
const char *pressure_name(PressureKind kind);
