/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/cgroup-memory.h"

#include <fcntl.h>
#include <string.h>

#include "base/fd.h"
#include "observe/mounts.h"

#define CGROUP_LIMIT_BYTES 65536
#define MOUNTINFO_LIMIT_BYTES (UINT64_C(32) << 20)
/* memory.stat has some 50 lines, more with each release. */
#define STAT_LIMIT_BYTES 65536
#define NUMBER_LIMIT_BYTES 64
/* cgroup.max.depth has no default limit: nobody nests that deep. */
#define LEVELS_MAX 32

/* The files of one version. */
typedef struct {
    const char *limits[2]; /* the lower one counts */
    const char *usage;
    const char *inactive; /* fields of memory.stat, of the group and all below it */
    const char *active;
} Names;

static const Names names_v1 = {{"memory.limit_in_bytes", NULL},
                               "memory.usage_in_bytes",
                               "total_inactive_file",
                               "total_active_file"};
static const Names names_v2 = {
    {"memory.max", "memory.high"}, "memory.current", "inactive_file", "active_file"};

typedef struct {
    const Names *names;
    char *path; /* of its directory */
} Level;

struct CgroupMemory {
    GArray *levels; /* Level, from our own up */
    char *own;      /* our own group of version 2, unless that is the root; else NULL */
};

static void level_clear(gpointer data)
{
    g_free(((Level *)data)->path);
}

/* Whether a list "cpu,memory" has the word. */
static bool lists(Cursor list, const char *word)
{
    for (Cursor item; parse_field(&list, ',', &item);)
        if (cursor_is(&item, word))
            return true;
    return false;
}

/* The directory above its groups that is mounted: where the group `path` is below `mount`; NULL if
 * it is not. */
static char *directory_of(const Mount *mount, const char *path)
{
    const char *below = path;
    if (strcmp(mount->root, "/") != 0) {
        size_t length = strlen(mount->root);
        if (strncmp(path, mount->root, length) != 0 ||
            (path[length] != '/' && path[length] != '\0'))
            return NULL;
        below = path + length;
    }
    /* Out of the namespace ("/../other"), or hostile. */
    return strstr(below, "/..") == NULL ? g_build_filename(mount->path, below, NULL) : NULL;
}

static const Mount *find_mount(const Mounts *mounts, bool v2)
{
    for (uint32_t i = 0; i < mounts_count(mounts); i++) {
        const Mount *mount = mounts_get(mounts, i);
        g_autofree char *name = g_path_get_basename(mount->path);
        /* Of version 1 each controller has a mount, which is named after it. */
        if (v2 ? strcmp(mount->type, "cgroup2") == 0
               : strcmp(mount->type, "cgroup") == 0 &&
                     lists(cursor_of(name, strlen(name)), "memory"))
            return mount;
    }
    return NULL;
}

/* The group and those above it, up to where they are mounted. */
static void add_levels(CgroupMemory *groups, const Mount *mount, const char *directory,
                       const Names *names)
{
    g_autofree char *at = g_strdup(directory);
    while (groups->levels->len < LEVELS_MAX && g_str_has_prefix(at, mount->path)) {
        const Level level = {names, g_strdup(at)};
        g_array_append_val(groups->levels, level);
        if (strlen(at) <= strlen(mount->path))
            break;
        char *above = g_path_get_dirname(at);
        g_free(at);
        at = above;
    }
}

/* One line of /proc/self/cgroup: "ID:CONTROLLERS:PATH". */
static void take_line(CgroupMemory *groups, const Mounts *mounts, Cursor line)
{
    Cursor id;
    Cursor controllers;
    if (!parse_field(&line, ':', &id) || !parse_field(&line, ':', &controllers) ||
        cursor_left(&line) == 0)
        return;
    bool v2 = cursor_is(&id, "0") && cursor_left(&controllers) == 0;
    if (!v2 && !lists(controllers, "memory"))
        return;
    g_autofree char *path = g_strndup(line.at, cursor_left(&line));
    const Mount *mount = find_mount(mounts, v2);
    g_autofree char *directory = mount != NULL ? directory_of(mount, path) : NULL;
    if (directory == NULL)
        return;
    add_levels(groups, mount, directory, v2 ? &names_v2 : &names_v1);
    if (v2 && groups->own == NULL && strcmp(path, "/") != 0)
        groups->own = g_steal_pointer(&directory);
}

static GString *read_file(const char *directory, const char *name, size_t limit_bytes)
{
    g_autofree char *path = g_build_filename(directory, name, NULL);
    return fd_read_file(AT_FDCWD, path, limit_bytes);
}

CgroupMemory *cgroup_memory_new(const char *proc_path)
{
    CgroupMemory *groups = g_new0(CgroupMemory, 1);
    groups->levels = g_array_new(FALSE, FALSE, sizeof(Level));
    g_array_set_clear_func(groups->levels, level_clear);
    g_autoptr(GString) text = read_file(proc_path, "self/cgroup", CGROUP_LIMIT_BYTES);
    g_autoptr(GString) mountinfo = read_file(proc_path, "self/mountinfo", MOUNTINFO_LIMIT_BYTES);
    if (text == NULL || mountinfo == NULL)
        return groups;
    g_autoptr(Mounts) mounts = mounts_parse(cursor_of(mountinfo->str, mountinfo->len));
    Cursor rest = cursor_of(text->str, text->len);
    for (Cursor line; parse_line(&rest, &line);)
        take_line(groups, mounts, line);
    return groups;
}

void cgroup_memory_free(CgroupMemory *groups)
{
    if (groups == NULL)
        return;
    g_array_unref(groups->levels);
    g_free(groups->own);
    g_free(groups);
}

/* False if there is no such file, or no number in it: "max". */
static bool read_number(const char *directory, const char *name, uint64_t *ret)
{
    g_autoptr(GString) text = read_file(directory, name, NUMBER_LIMIT_BYTES);
    if (text == NULL)
        return false;
    return parse_whole_u64(cursor_of(text->str, strcspn(text->str, "\n")), ret);
}

/* The lower limit, if it is below what there is: of version 1, no limit is a number, too. */
static bool read_limit(const Level *level, uint64_t total_bytes, uint64_t *ret_bytes)
{
    uint64_t limit_bytes = total_bytes;
    for (gsize i = 0; i < G_N_ELEMENTS(level->names->limits); i++) {
        uint64_t bytes = 0;
        if (level->names->limits[i] != NULL &&
            read_number(level->path, level->names->limits[i], &bytes))
            limit_bytes = MIN(limit_bytes, bytes);
    }
    if (limit_bytes >= total_bytes)
        return false;
    *ret_bytes = limit_bytes;
    return true;
}

/* The pages of files that are charged to the group and those below: "inactive_file 4096". */
static uint64_t read_files(const Level *level)
{
    g_autoptr(GString) text = read_file(level->path, "memory.stat", STAT_LIMIT_BYTES);
    uint64_t sum_bytes = 0;
    if (text == NULL)
        return 0;
    Cursor rest = cursor_of(text->str, text->len);
    for (Cursor line; parse_line(&rest, &line);) {
        Cursor name;
        uint64_t bytes = 0;
        if (parse_field(&line, ' ', &name) &&
            (cursor_is(&name, level->names->inactive) || cursor_is(&name, level->names->active)) &&
            parse_whole_u64(line, &bytes) && bytes <= UINT64_MAX - sum_bytes)
            sum_bytes += bytes;
    }
    return sum_bytes;
}

static bool limit_by(const Level *level, Meminfo *memory)
{
    uint64_t limit_bytes = 0;
    uint64_t usage_bytes = 0;
    if (!read_limit(level, memory->total_bytes, &limit_bytes) ||
        !read_number(level->path, level->names->usage, &usage_bytes))
        return false;
    usage_bytes = MIN(usage_bytes, limit_bytes);
    uint64_t files_bytes = MIN(read_files(level), usage_bytes);
    uint64_t free_bytes = limit_bytes - usage_bytes;
    memory->total_bytes = limit_bytes;
    memory->free_bytes = MIN(memory->free_bytes, free_bytes);
    memory->available_bytes = MIN(memory->available_bytes, free_bytes + files_bytes);
    memory->cached_bytes = MIN(memory->cached_bytes, files_bytes);
    memory->writeback_bytes = MIN(memory->writeback_bytes, limit_bytes);
    return true;
}

bool cgroup_memory_limit(const CgroupMemory *groups, Meminfo *memory)
{
    bool limited = false;
    for (guint i = 0; i < groups->levels->len; i++)
        limited |= limit_by(&g_array_index(groups->levels, Level, i), memory);
    return limited;
}

char *cgroup_memory_pressure(const CgroupMemory *groups, const char *name)
{
    return groups->own != NULL ? g_build_filename(groups->own, name, NULL) : NULL;
}
