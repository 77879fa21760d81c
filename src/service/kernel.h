/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Kernel: what of that which we go without where we must the running kernel has, and a filter on
 * system calls lets through. Each is asked for in a way that does nothing: with arguments that are
 * refused for themselves.
 */
#include <stdbool.h>

typedef struct {
    bool fadvise;  /* posix_fadvise(2): pages can be asked for */
    bool mincore;  /* mincore(2): pages in memory are told */
    bool mlock;    /* mlock2(2): pages can be locked */
    bool pagemap;  /* /proc/PID/pagemap (CONFIG_PROC_PAGE_MONITOR): what a process touched */
    bool pressure; /* /proc/pressure (CONFIG_PSI, psi=1): how long tasks wait */
} Kernel;

Kernel kernel_now(const char *proc_path);
