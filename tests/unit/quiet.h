/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * A file system of the test's own, that nobody else opens anything on: a tmpfs in a mount namespace
 * of its own. A made-up mountinfo calls it a disk.
 */
#include "observe/mounts.h"
#include "unit.h"
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

/* The directory that it is mounted on; NULL if that is not permitted. */
static inline char *quiet_mkdir(void)
{
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
        return NULL;
    char *directory = unit_mkdir();
    if (mount("none", directory, "tmpfs", 0, "mode=755") == 0)
        return directory;
    unit_rmdir(directory);
    return NULL;
}

static inline void quiet_rmdir(char *directory)
{
    (void)umount2(directory, MNT_DETACH); /* with the namespace, at the latest */
    unit_rmdir(directory);
}

static inline void quiet_add_line(GString *text, uint32_t id, uint32_t parent_id, dev_t device,
                                  const char *path, const char *type)
{
    g_string_append_printf(text, "%u %u %u:%u / %s rw - %s none rw\n", id, parent_id, major(device),
                           minor(device), path, type);
}

/* A root that nothing is done to; further lines go below it, its id being 1. */
static inline GString *quiet_table(void)
{
    return g_string_new("1 0 0:99999 / / rw - tmpfs none rw\n");
}

static inline dev_t quiet_device(const char *path)
{
    struct stat st;
    ck_assert_int_eq(stat(path, &st), 0);
    return st.st_dev;
}

/* A table of this file system only. */
static inline Mounts *quiet_mounts(const char *directory)
{
    g_autoptr(GString) text = quiet_table();
    quiet_add_line(text, 2, 1, quiet_device(directory), directory, "ext4");
    return mounts_parse(cursor_of(text->str, text->len));
}
