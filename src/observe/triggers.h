/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Triggers: being told by the kernel when somebody waits for memory too much
 * (Documentation/accounting/psi.rst, "Monitoring for pressure thresholds").
 */
#include <stdint.h>

/* Without CAP_SYS_RESOURCE a window has to be a multiple of this (Linux 6.5; before, only that
 * capability or root's own file permitted it at all). */
#define TRIGGER_WINDOW_USEC 2000000

/*
 * A descriptor that poll(2) finds POLLPRI on, once in each window in which the stall went beyond
 * that time, and POLLERR when it can never happen any more; to be closed. path:
 * "/proc/pressure/memory", or that file of a control group. Else a negative errno: -ENOENT and
 * -EOPNOTSUPP of a kernel that does not tell, -EACCES, -EROFS and -EINVAL where we may not ask.
 */
int trigger_open(const char *path, uint64_t stall_usec, uint64_t window_usec);
