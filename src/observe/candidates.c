/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/candidates.h"
#include "observe/overlay.h"
#include <string.h>

/* One file system is rarely mounted more than a few times; a hostile one is. */
#define SAME_MAX 32

static void clear_candidate(gpointer data)
{
    Candidate *candidate = data;
    g_free(candidate->base);
    g_free(candidate->rest);
}

static const char *without_slash(const char *path)
{
    return strcmp(path, "/") == 0 ? "" : path;
}

/* What of the path follows the directory, "/..." or ""; NULL if it is not there or below. */
static const char *below(const char *path, const char *directory)
{
    const char *prefix = without_slash(directory);
    size_t length = strlen(prefix);
    if (strncmp(path, prefix, length) != 0 || (path[length] != '/' && path[length] != '\0'))
        return NULL;
    return strcmp(path + length, "/") == 0 ? "" : path + length;
}

static void add(GArray *out, CandidateKind kind, bool metacopy, const char *base, const char *rest)
{
    const Candidate candidate = {kind, metacopy, g_strdup(base), g_strdup(rest)};
    g_array_append_val(out, candidate);
}

static void add_layers(GArray *out, const Mount *mount, const char *inside)
{
    g_auto(Overlay) overlay = overlay_parse(cursor_of(mount->layers, strlen(mount->layers)));
    for (guint i = 0; i < overlay.layers->len; i++)
        add(out, CANDIDATE_LAYER, overlay.metacopy, overlay.layers->pdata[i], inside);
}

/* Whether the path leads to this mount, and not to one that covers it. */
static bool leads_to(const Mounts *mounts, const Mount *mount, const char *rest)
{
    g_autofree char *path = g_strconcat(without_slash(mount->path), rest, NULL);
    return mounts_find(mounts, *path == '\0' ? "/" : path) == mount;
}

static void add_mounts(GArray *out, const Mounts *ours, const Mount *theirs, const char *inside)
{
    CandidateKind kind = theirs->layers == NULL ? CANDIDATE_SAME : CANDIDATE_MERGED;
    guint n = 0;
    for (guint i = 0; i < mounts_count(ours) && n < SAME_MAX; i++) {
        const Mount *mount = mounts_get(ours, i);
        if (mount->dev_major != theirs->dev_major || mount->dev_minor != theirs->dev_minor ||
            mount->kind != MOUNT_LOCAL)
            continue;
        const char *rest = below(inside, mount->root);
        if (rest == NULL || !leads_to(ours, mount, rest))
            continue;
        add(out, kind, false, without_slash(mount->path), rest);
        n++;
    }
}

GArray *candidates_find(const Mounts *theirs, const Mounts *ours, const char *path)
{
    GArray *out = g_array_new(FALSE, FALSE, sizeof(Candidate));
    g_array_set_clear_func(out, clear_candidate);
    const Mount *mount = mounts_find(theirs, path);
    /* The root of what is mounted may be deleted or be no path at all ("mnt:[4026531841]"). */
    if (mount == NULL || mount->kind != MOUNT_LOCAL || mount->root[0] != '/')
        return out;
    const char *rest = below(path, mount->path);
    if (rest == NULL)
        return out;
    g_autofree char *inside = g_strconcat(without_slash(mount->root), rest, NULL);
    if (mount->layers != NULL)
        add_layers(out, mount, inside);
    add_mounts(out, ours, mount, inside);
    return out;
}
