/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/warmlists.h"
#include "base/fd.h"
#include "formats/gather.h"
#include "formats/list.h"
#include "observe/follow.h"

typedef struct {
    const Mounts *mounts;
    const int *cancel;
    Plan *plan;
    WarmLists *found;
} Reader;

static void add_file(const Reader *reader, const char *path, GArray *ranges, uint64_t size_bytes)
{
    const Range whole = {0, size_bytes};
    if (size_bytes == 0 || reader->found->n_files >= WARM_LISTS_FILES_MAX)
        return;
    g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(Range));
    g_array_append_val(all, whole);
    plan_add_ranges(reader->plan, path, ranges != NULL ? ranges : all);
    reader->found->n_files++;
}

/* False if it is none. */
static bool add_directory(const Reader *reader, const char *path)
{
    bool cut = false;
    g_autofree char *real = follow_links(reader->mounts, path);
    g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);
    if (real == NULL || !follow_is_local(reader->mounts, real) ||
        !gather(real, reader->cancel, files, &cut))
        return false;
    for (guint i = 0; i < files->len && reader->found->n_files < WARM_LISTS_FILES_MAX; i++) {
        struct stat st;
        autofd fd = fd_open_foreign(files->pdata[i], &st);
        if (fd >= 0)
            add_file(reader, files->pdata[i], NULL, (uint64_t)st.st_size);
    }
    return true;
}

static void add_entry(const Reader *reader, const ListEntry *entry)
{
    struct stat st;
    g_autofree char *file = follow_file(reader->mounts, entry->path, &st);
    if (file != NULL)
        add_file(reader, file, entry->ranges, (uint64_t)st.st_size);
    else if (!add_directory(reader, entry->path))
        reader->found->n_missing++;
}

static void read_list(const Reader *reader, int dirfd, const char *name)
{
    autofd fd = fd_open_beneath(dirfd, name, NULL);
    GString *text = fd >= 0 ? fd_read_all(fd, WARM_LISTS_LIMIT_BYTES) : NULL;
    reader->found->n_lists++;
    if (text == NULL) {
        reader->found->n_refused++;
        return;
    }
    g_autoptr(List) list = list_new();
    list_parse(list, cursor_of(text->str, text->len));
    g_string_free(text, TRUE);
    reader->found->n_refused += list->n_refused;
    for (guint i = 0; i < list->entries->len && g_atomic_int_get(reader->cancel) == 0; i++)
        add_entry(reader, &g_array_index(list->entries, ListEntry, i));
}

void warm_lists_read(const char *directory, const Mounts *mounts, const int *cancel, Plan *plan,
                     WarmLists *ret)
{
    const Reader reader = {mounts, cancel, plan, ret};
    *ret = (WarmLists){0};
    autofd fd = fd_open_foreign_directory(directory, NULL);
    int listed = fd >= 0 ? fcntl(fd, F_DUPFD_CLOEXEC, 0) : -1;
    GPtrArray *names = listed >= 0 ? fd_list(listed, WARM_LISTS_MAX) : NULL;
    for (guint i = 0; names != NULL && i < names->len; i++)
        if (g_str_has_suffix(names->pdata[i], ".list"))
            read_list(&reader, fd, names->pdata[i]);
    g_clear_pointer(&names, g_ptr_array_unref);
}
