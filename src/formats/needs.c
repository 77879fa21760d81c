/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/needs.h"
#include "base/fd.h"
#include "formats/elf.h"
#include "observe/follow.h"
#include <limits.h>
#include <string.h>

const char *const needs_directories[] = {"/lib64", "/usr/lib64", "/lib", "/usr/lib", NULL};

/* The search, breadth first, as the loader's. */
typedef struct {
    const NeedsRules *rules;
    GArray *files;       /* SeedFile */
    GArray *elves;       /* Elf, of each of these */
    GHashTable *names;   /* what was looked for */
    GHashTable *paths;   /* what was found; borrowed from files */
    uint64_t left_bytes; /* of NEEDS_TOTAL_MAX_BYTES */
    uint64_t mapped_bytes;
    guint n_tries;
} Search;

static void elf_clear_element(gpointer data)
{
    elf_clear(data);
}

static uint64_t part_bytes(const Search *search, const ElfLoad *load, uint64_t size_bytes)
{
    bool is_executable = search->files->len == 0;
    uint64_t most = load->writable  ? NEEDS_WRITABLE_MAX_BYTES
                    : is_executable ? NEEDS_EXECUTABLE_MAX_BYTES
                                    : NEEDS_LIBRARY_MAX_BYTES;
    if (load->offset_bytes >= size_bytes)
        return 0;
    uint64_t length = MIN(load->length_bytes, size_bytes - load->offset_bytes);
    return MIN(length, most);
}

/* Takes the Elf; the path and the rest are copied. */
static void add(Search *search, const char *path, const struct stat *st, const Elf *elf)
{
    SeedFile file = {g_ref_string_new(path), file_id_of(st), BLOCK_SET_NULL};
    uint64_t size_bytes = (uint64_t)st->st_size;
    for (guint i = 0; i < elf->loads->len; i++) {
        const ElfLoad *load = &g_array_index(elf->loads, ElfLoad, i);
        uint64_t length = MIN(part_bytes(search, load, size_bytes), search->left_bytes);
        if (load->offset_bytes < size_bytes)
            search->mapped_bytes += MIN(load->length_bytes, size_bytes - load->offset_bytes);
        if (length > 0)
            (void)block_set_add_bytes(&file.blocks, load->offset_bytes, length);
        search->left_bytes -= length;
    }
    g_array_append_val(search->files, file);
    g_array_append_val(search->elves, *elf);
    g_hash_table_add(search->paths, file.path);
}

static bool fits(const Search *search, const Elf *elf)
{
    if (search->elves->len == 0)
        return true;
    const Elf *first = &g_array_index(search->elves, Elf, 0);
    return elf->bits == first->bits && elf->machine == first->machine;
}

/* True if the path leads to a file that can be linked, be it known already. */
static bool try_path(Search *search, const char *path)
{
    struct stat st;
    Elf elf = {0};
    if (search->n_tries >= NEEDS_TRIES_MAX || search->files->len >= NEEDS_FILES_MAX)
        return false;
    search->n_tries++;
    g_autofree char *straight =
        path[0] == '/' ? follow_file(search->rules->mounts, path, &st) : NULL;
    if (straight == NULL)
        return false;
    if (g_hash_table_contains(search->paths, straight))
        return true;
    autofd fd = fd_open_foreign(straight, &st);
    if (fd < 0 || elf_read(fd, &elf) < 0)
        return false;
    if (!fits(search, &elf)) {
        elf_clear(&elf);
        return false;
    }
    add(search, straight, &st, &elf);
    return true;
}

/* "$ORIGIN/../lib": of other tokens ($LIB, $PLATFORM) we know not what they stand for: NULL. */
static char *expand_origin(const char *directory, const char *origin)
{
    static const char *const tokens[] = {"$ORIGIN", "${ORIGIN}"};
    for (gsize i = 0; i < G_N_ELEMENTS(tokens); i++) {
        if (g_str_has_prefix(directory, tokens[i]))
            return g_strconcat(origin, directory + strlen(tokens[i]), NULL);
    }
    return directory[0] == '/' && strchr(directory, '$') == NULL ? g_strdup(directory) : NULL;
}

static bool try_directory(Search *search, const char *directory, const char *name)
{
    g_autofree char *path = g_build_filename(directory, name, NULL);
    return strlen(path) < PATH_MAX && try_path(search, path);
}

/* list: directories separated by colons; NULL for none. */
static bool try_list(Search *search, const char *list, guint of, const char *name)
{
    enum { DIRECTORIES_MAX = 64 };
    g_auto(GStrv) directories = g_strsplit(list != NULL ? list : "", ":", DIRECTORIES_MAX);
    g_autofree char *origin = g_path_get_dirname(g_array_index(search->files, SeedFile, of).path);
    for (char **directory = directories; *directory != NULL; directory++) {
        g_autofree char *expanded = expand_origin(*directory, origin);
        if (expanded != NULL && try_directory(search, expanded, name))
            return true;
    }
    return false;
}

static bool try_cache(Search *search, const char *name)
{
    const LdCache *cache = search->rules->cache;
    const GPtrArray *paths = cache != NULL ? ldcache_find(cache, name) : NULL;
    for (guint i = 0; paths != NULL && i < paths->len; i++) {
        if (try_path(search, paths->pdata[i]))
            return true;
    }
    return false;
}

/* DT_RPATH counts where there is no DT_RUNPATH, that of the executable for all (ld.so(8)). */
static void find_library(Search *search, guint of, const char *name)
{
    const Elf elf = g_array_index(search->elves, Elf, of);
    const Elf exe = g_array_index(search->elves, Elf, 0);
    if (strchr(name, '/') != NULL) {
        (void)try_path(search, name); /* one that is missing is missing */
        return;
    }
    bool inherits = elf.runpath == NULL;
    if ((inherits && try_list(search, elf.rpath, of, name)) ||
        (inherits && exe.runpath == NULL && try_list(search, exe.rpath, 0, name)) ||
        try_list(search, elf.runpath, of, name) || try_cache(search, name))
        return;
    for (const char *const *d = search->rules->directories; *d != NULL; d++) {
        if (try_directory(search, *d, name))
            return;
    }
}

static void follow_names(Search *search)
{
    for (guint i = 0; i < search->files->len; i++) {
        /* The array may move while it grows; what it points to does not. */
        const Elf elf = g_array_index(search->elves, Elf, i);
        if (elf.interpreter != NULL)
            (void)try_path(search, elf.interpreter);
        for (guint j = 0; j < elf.needed->len; j++) {
            const char *name = elf.needed->pdata[j];
            if (g_hash_table_add(search->names, (gpointer)name))
                find_library(search, i, name);
        }
    }
}

GArray *needs_find(const NeedsRules *rules, const char *exe_path, uint64_t *ret_mapped_bytes)
{
    g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GHashTable) paths = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GArray) elves = g_array_new(FALSE, FALSE, sizeof(Elf));
    g_array_set_clear_func(elves, elf_clear_element);
    Search search = {.rules = rules,
                     .files = seed_files_new(),
                     .elves = elves,
                     .names = names,
                     .paths = paths,
                     .left_bytes = NEEDS_TOTAL_MAX_BYTES};
    if (try_path(&search, exe_path))
        follow_names(&search);
    *ret_mapped_bytes = search.mapped_bytes;
    return search.files;
}
