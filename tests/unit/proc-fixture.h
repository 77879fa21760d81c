/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/* A directory of the shape of /proc, made of real directories and symbolic links. */
#include "unit.h"
#include <errno.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define PROC_MEMINFO                                                                               \
    "MemTotal:        1000 kB\nMemFree:          100 kB\nMemAvailable:     500 kB\n"               \
    "Cached:           300 kB\nSwapTotal:        200 kB\nSwapFree:         150 kB\n"               \
    "Writeback:          7 kB\n"

/* Makes or replaces the link PID/name ("self" may stand for a PID). */
static inline void proc_set_link(const char *proc, const char *pid, const char *name,
                                 const char *target)
{
    g_autofree char *path = g_build_filename(proc, pid, name, NULL);
    g_autofree char *parent = g_path_get_dirname(path);
    ck_assert_int_eq(g_mkdir_with_parents(parent, 0755), 0);
    (void)unlink(path); /* it need not be there */
    ck_assert_int_eq(symlink(target, path), 0);
}

static inline void proc_set_file(const char *proc, const char *pid, const char *name,
                                 const char *content, gssize length)
{
    g_autofree char *relative = g_build_filename(pid, name, NULL);
    g_free(unit_write(proc, relative, content, length));
}

/* The line of a mapping of the whole file; offsets in pages. */
static inline char *proc_maps_line(const char *path, guint offset_pages, guint pages)
{
    struct stat st = {0};
    guint64 start = G_GUINT64_CONSTANT(0x7f0000000000) + (guint64)offset_pages * 4096;
    (void)stat(path, &st); /* a file that is not there has inode 0 + 1 */
    return g_strdup_printf("%" G_GINT64_MODIFIER "x-%" G_GINT64_MODIFIER
                           "x r-xp %08x 00:00 %" G_GUINT64_FORMAT "    %s\n",
                           start, start + (guint64)pages * 4096, offset_pages * 4096,
                           (guint64)st.st_ino + (st.st_ino == 0 ? 1 : 0), path);
}

/* A process that runs `exe` and maps the whole of it as `pages` pages. */
static inline void proc_add(const char *proc, const char *pid, const char *exe, guint pages,
                            guint start_ticks)
{
    g_autofree char *maps = proc_maps_line(exe, 0, pages);
    g_autofree char *stat = g_strdup_printf(
        "%s (a b) c) S 1 1 1 0 -1 0 1 2 3 4 5 6 7 8 20 0 1 0 %u 1000 10\n", pid, start_ticks);
    proc_set_link(proc, pid, "exe", exe);
    proc_set_file(proc, pid, "maps", maps, -1);
    proc_set_file(proc, pid, "stat", stat, -1);
    proc_set_file(proc, pid, "cmdline", exe, (gssize)strlen(exe) + 1);
}

/* The process goes; its directory's inode stays in use, so that it is not given out again. */
static inline void proc_remove(const char *proc, const char *pid)
{
    g_autofree char *from = g_build_filename(proc, pid, NULL);
    g_autofree char *graves = g_build_filename(proc, "graves", NULL);
    ck_assert_int_eq(g_mkdir_with_parents(graves, 0755), 0);
    g_autofree char *name = g_strdup_printf("%s-%" G_GINT64_FORMAT, pid, g_get_monotonic_time());
    g_autofree char *to = g_build_filename(graves, name, NULL);
    ck_assert_int_eq(rename(from, to), 0);
}
