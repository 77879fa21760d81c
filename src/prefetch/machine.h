/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Machine: what the limiter asks of this machine (limiter.h): the clock, disks, memory as far as
 * our control groups leave it to us, and pressure that is not of our own making.
 */
#include "prefetch/limiter.h"

typedef struct Machine Machine;

/* "/proc" and "/sys" but in tests. */
Machine *machine_new(const char *proc_path, const char *sys_path);
void machine_free(Machine *machine);
/* Its `data` is the machine, which must outlive all that has it. */
LimiterHost machine_host(Machine *machine);
/* MemAvailable and the like, of the machine or of the tightest control group that we are in. */
bool machine_memory(const Machine *machine, Meminfo *ret);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Machine, machine_free)
