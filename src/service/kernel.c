/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "service/kernel.h"
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* mm/fadvise.c: the descriptor is looked at first. */
static bool has_fadvise(void)
{
    return posix_fadvise(-1, 0, 0, POSIX_FADV_NORMAL) == EBADF;
}

/* mm/mincore.c: an address in the middle of a page is EINVAL, before anything else. */
static bool has_mincore(void)
{
    unsigned char told = 0;
    return syscall(SYS_mincore, (uintptr_t)1, (size_t)1, &told) < 0 && errno == EINVAL;
}

/* mm/mlock.c: so are flags that nobody knows. Not the function, that may call mlock(2). */
static bool has_mlock(void)
{
    return syscall(SYS_mlock2, (uintptr_t)0, (size_t)0, ~0) < 0 && errno == EINVAL;
}

static bool is_there(const char *proc_path, const char *name)
{
    g_autofree char *path = g_build_filename(proc_path, name, NULL);
    return access(path, R_OK) == 0;
}

Kernel kernel_now(const char *proc_path)
{
    return (Kernel){.fadvise = has_fadvise(),
                    .mincore = has_mincore(),
                    .mlock = has_mlock(),
                    .pagemap = is_there(proc_path, "self/pagemap"),
                    .pressure = is_there(proc_path, "pressure/memory")};
}
