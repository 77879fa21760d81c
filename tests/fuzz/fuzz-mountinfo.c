/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */

/*
 * Any bytes as /proc/self/mountinfo, whose first line is also looked up as a path. What is found is
 * a mount of the table, whose point is the path's or above it.
 */
#include "observe/mounts.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const Mounts *mounts, const char *path)
{
    const Mount *mount = mounts_find(mounts, path);
    if (mount == NULL)
        return;
    size_t length = strlen(mount->path);
    if (strcmp(mount->path, "/") != 0 &&
        (strncmp(mount->path, path, length) != 0 || (path[length] != '/' && path[length] != '\0')))
        abort();
    if (mounts_find_dev(mounts, mount->dev_major, mount->dev_minor) == NULL)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Cursor text = cursor_of((const char *)data, size);
    g_autoptr(Mounts) mounts = mounts_parse(text);
    Cursor line;
    if (parse_line(&text, &line)) {
        g_autofree char *path = g_strndup(line.at, cursor_left(&line));
        check(mounts, path);
    }
    check(mounts, "/");
    check(mounts, "/usr/lib/x86_64-linux-gnu/libc.so.6");
    check(mounts, "/a/b/c");
    check(mounts, "/a/b/");
    return 0;
}
