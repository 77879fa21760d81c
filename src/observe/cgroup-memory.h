/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * CgroupMemory: what the control groups that we are in leave us of the machine's memory
 * (Documentation/admin-guide/cgroup-v2.rst, cgroup-v1/memory.rst).
 *
 * What we read ahead is charged to our group, so where it has a limit, or one above it has, that is
 * all the memory there is: to fill more would push out what was just read. Of version 2 memory.max
 * and memory.high count, of version 1 memory.limit_in_bytes. Belongs to one thread.
 */
#include "observe/meminfo.h"
#include <glib.h>
#include <stdbool.h>

typedef struct CgroupMemory CgroupMemory;

/* proc_path: "/proc" but in tests: whose self/cgroup and self/mountinfo tell where the groups are.
 * Never NULL: without groups nothing is limited. */
CgroupMemory *cgroup_memory_new(const char *proc_path);
void cgroup_memory_free(CgroupMemory *groups);
/*
 * Cuts what is in *memory, the machine's, to what the tightest of the groups leaves: total to its
 * limit, free to what is below that, available to that with the files that it could give up, and
 * cached to the files that are charged to it. True if a limit was found.
 */
bool cgroup_memory_limit(const CgroupMemory *groups, Meminfo *memory);
/*
 * Our own group's "memory.pressure" or "io.pressure" (psi.h): what we make ourselves wait for; to
 * be freed. NULL if we have no group of our own of version 2.
 */
char *cgroup_memory_pressure(const CgroupMemory *groups, const char *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CgroupMemory, cgroup_memory_free)
