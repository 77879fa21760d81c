/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/gather.h"
#include "base/inodes.h"
#include <errno.h>
#include <fts.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

static int compare_names(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

/* Whether it is the first name of the file. */
static bool is_first(GHashTable *seen, const struct stat *st)
{
    return st->st_nlink < 2 || inodes_add(seen, st->st_dev, st->st_ino);
}

bool gather(const char *directory, const int *cancel, GPtrArray *files, bool *ret_cut)
{
    g_autofree char *path = g_strdup(directory);
    char *const roots[] = {path, NULL};
    FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_XDEV | FTS_NOCHDIR, compare_names);
    if (walk == NULL)
        return false;
    g_autoptr(GHashTable) seen = inodes_new();
    int failed = 0;
    *ret_cut = false;
    for (FTSENT *entry = fts_read(walk); entry != NULL && g_atomic_int_get(cancel) == 0;
         entry = fts_read(walk)) {
        if (entry->fts_info == FTS_F && files->len >= GATHER_FILES_MAX) {
            *ret_cut = true;
            break;
        }
        if (entry->fts_info == FTS_F && is_first(seen, entry->fts_statp))
            g_ptr_array_add(files, g_strdup(entry->fts_path));
        if ((entry->fts_info == FTS_DNR || entry->fts_info == FTS_NS) && entry->fts_level == 0)
            failed = entry->fts_errno;
        if (entry->fts_info == FTS_D && entry->fts_level >= GATHER_DEPTH_MAX) {
            (void)fts_set(walk, entry, FTS_SKIP);
            *ret_cut = true;
        }
    }
    (void)fts_close(walk); /* nothing was written */
    errno = failed;
    return failed == 0;
}
