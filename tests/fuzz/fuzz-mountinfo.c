/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */

/*
 * Any bytes as /proc/self/mountinfo, whose first line is also looked up as a path. What is found is
 * a mount of the table, whose point is the path's or above it. The same bytes as the mountinfo of
 * another namespace: where its files may be here is on local mounts.
 */
#include "observe/candidates.h"
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

static void check_candidates(const Mounts *mounts, const char *path)
{
    g_autoptr(GArray) candidates = candidates_find(mounts, mounts, path);
    for (guint i = 0; i < candidates->len; i++) {
        const Candidate *candidate = &g_array_index(candidates, Candidate, i);
        g_autofree char *here = g_strconcat(candidate->base, candidate->rest, NULL);
        if (candidate->rest[0] != '/' && candidate->rest[0] != '\0')
            abort();
        if (candidate->kind == CANDIDATE_LAYER) {
            if (here[0] != '/')
                abort();
            continue;
        }
        const Mount *mount = mounts_find(mounts, *here == '\0' ? "/" : here);
        if (mount == NULL || mount->kind != MOUNT_LOCAL)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Cursor text = cursor_of((const char *)data, size);
    g_autoptr(Mounts) mounts = mounts_parse_layers(text);
    for (uint32_t i = 0; i < mounts_count(mounts); i++) {
        const Mount *mount = mounts_get(mounts, i);
        if (mounts_reachable(mounts, mount) && mounts_find(mounts, mount->path) != mount)
            abort();
    }
    Cursor line;
    if (parse_line(&text, &line)) {
        g_autofree char *path = g_strndup(line.at, cursor_left(&line));
        check(mounts, path);
        check_candidates(mounts, path);
    }
    check_candidates(mounts, "/");
    check_candidates(mounts, "/usr/lib/x86_64-linux-gnu/libc.so.6");
    check_candidates(mounts, "/a/b/c");
    check(mounts, "/");
    check(mounts, "/usr/lib/x86_64-linux-gnu/libc.so.6");
    check(mounts, "/a/b/c");
    check(mounts, "/a/b/");
    return 0;
}
