/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "prefetch/vicinity.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "prefetch/source.h"

/* Of one directory: some 65,536 entries. A launch that lists more does something else, too. */
#define LISTING_MAX_BYTES (UINT64_C(4) << 20)
/* As much as readdir(3) of glibc takes at once. */
#define LISTING_BYTES 32768
/* Debian's, Fedora's and SUSE's. */
#define ALTERNATIVES "/etc/alternatives"

static void vicinity_clear(gpointer data)
{
    Vicinity *vicinity = data;
    g_free(vicinity->path);
}

/* While the vicinity of a plan is made up. */
typedef struct {
    GArray *all;
    GHashTable *seen;     /* owned paths of directories that are in it */
    GHashTable *children; /* owned path -> how many directories of the plan are in it */
} Maker;

static void add(Maker *maker, const char *path, VicinityKind kind)
{
    const Vicinity vicinity = {g_strdup(path), kind};
    if (maker->all->len < VICINITY_MAX)
        g_array_append_val(maker->all, vicinity);
    else
        g_free(vicinity.path);
}

/* False if it is in it already. */
static bool add_directory(Maker *maker, const char *path)
{
    if (!g_hash_table_add(maker->seen, g_strdup(path)))
        return false;
    add(maker, path, VICINITY_DIRECTORY);
    return true;
}

static void add_ancestors(Maker *maker, const char *path)
{
    g_autofree char *parent = g_path_get_dirname(path);
    while (add_directory(maker, parent) && strcmp(parent, "/") != 0) {
        char *next = g_path_get_dirname(parent);
        g_free(parent);
        parent = next;
    }
}

/* A directory of the plan is in this one: enough of them make it a search path. */
static void count_child(Maker *maker, const char *path)
{
    char *parent = g_path_get_dirname(path);
    guint n = GPOINTER_TO_UINT(g_hash_table_lookup(maker->children, parent)) + 1;
    if (n == VICINITY_TREE_MIN)
        add(maker, parent, VICINITY_TREE);
    g_hash_table_insert(maker->children, parent, GUINT_TO_POINTER(n)); /* or parent is freed */
}

/* What is looked for in /usr/share/NAME is first looked for in /usr/local/share/NAME, in vain. */
static void add_local(Maker *maker, const char *path)
{
    static const char share[] = "/usr/share/";
    if (!g_str_has_prefix(path, share))
        return;
    const char *name = path + strlen(share);
    g_autofree char *local =
        g_strdup_printf("/usr/local/share/%.*s", (int)strcspn(name, "/"), name);
    if (add_directory(maker, local))
        add(maker, local, VICINITY_TREE);
}

/* The directory itself, what is around it, and what is looked into before it. */
static void add_surroundings(Maker *maker, const char *path)
{
    count_child(maker, path);
    if (!add_directory(maker, path))
        return; /* as an ancestor */
    add_ancestors(maker, path);
    add_local(maker, path);
}

static char *directory_of(const PlanItem *item)
{
    return item->directory ? g_strdup(item->path) : g_path_get_dirname(item->path);
}

/* Where programs are looked for, and what they are called by. */
static void add_programs(Maker *maker)
{
    static const char *const directories[] = {"/usr/local/sbin", "/usr/local/bin", "/usr/sbin",
                                              "/usr/bin"};
    for (guint i = 0; i < G_N_ELEMENTS(directories); i++)
        (void)add_directory(maker, directories[i]);
    add(maker, ALTERNATIVES, VICINITY_LINKS);
}

static GHashTable *path_set(void)
{
    return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

GArray *vicinity_of(const Plan *plan)
{
    Maker maker = {g_array_new(FALSE, FALSE, sizeof(Vicinity)), path_set(), path_set()};
    g_array_set_clear_func(maker.all, vicinity_clear);
    g_autoptr(GHashTable) of_plan = path_set();
    if (plan->items->len > 0)
        add_programs(&maker);
    for (guint i = 0; i < plan->items->len; i++) {
        char *directory = directory_of(&g_array_index(plan->items, PlanItem, i));
        if (g_hash_table_add(of_plan, directory)) /* takes it */
            add_surroundings(&maker, directory);
    }
    g_hash_table_unref(maker.seen);
    g_hash_table_unref(maker.children);
    return maker.all;
}

void vicinity_list(const Run *run, int fd)
{
    g_autofree char *entries = g_malloc(LISTING_BYTES);
    uint64_t read_bytes = 0;
    while (read_bytes < LISTING_MAX_BYTES && !run_cancelled(run)) {
        long n = syscall(SYS_getdents64, fd, entries, LISTING_BYTES);
        if (n <= 0)
            return;
        read_bytes += (uint64_t)n;
    }
}

/* The names of that type (d_type), NULL if there are more than so many. Where the file system does
 * not tell types there are none. Takes a descriptor of its own. */
static GPtrArray *names_of_type(const Run *run, int fd, unsigned char type, guint n_max)
{
    autofd own_fd = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *directory = own_fd >= 0 ? fdopendir(own_fd) : NULL;
    if (directory == NULL)
        return NULL;
    (void)fd_steal(&own_fd); /* the directory's now */
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    for (const struct dirent *entry = readdir(directory);
         entry != NULL && names->len <= n_max && !run_cancelled(run); entry = readdir(directory)) {
        if (entry->d_type == type && strcmp(entry->d_name, ".") != 0 &&
            strcmp(entry->d_name, "..") != 0)
            g_ptr_array_add(names, g_strdup(entry->d_name));
    }
    (void)closedir(directory);
    return names->len <= n_max ? g_steal_pointer(&names) : NULL;
}

/* Only what is on the same file system: it is known that this is one of this machine. */
static bool list_child(const Run *run, int fd, const char *name, dev_t dev)
{
    struct stat st;
    if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) != 0 || st.st_dev != dev)
        return false;
    autofd child_fd =
        openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NOATIME | O_NONBLOCK | O_CLOEXEC);
    if (child_fd < 0)
        return false;
    vicinity_list(run, child_fd);
    return true;
}

static guint list_children(const Run *run, int fd, dev_t dev)
{
    guint n = 0;
    g_autoptr(GPtrArray) names = names_of_type(run, fd, DT_DIR, VICINITY_TREE_MAX);
    for (guint i = 0; names != NULL && i < names->len && !run_cancelled(run); i++)
        n += list_child(run, fd, names->pdata[i], dev);
    return n;
}

static guint look_links_up(const Run *run, int fd)
{
    struct stat st;
    guint n = 0;
    g_autoptr(GPtrArray) names = names_of_type(run, fd, DT_LNK, VICINITY_LINKS_MAX);
    for (guint i = 0; names != NULL && i < names->len && !run_cancelled(run); i++)
        n += fstatat(fd, names->pdata[i], &st, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) == 0;
    return n;
}

guint vicinity_visit(const Run *run, const Vicinity *vicinity)
{
    struct stat st;
    autofd fd = source_open_directory(vicinity->path, &st);
    if (fd < 0)
        return 0;
    switch (vicinity->kind) {
    case VICINITY_DIRECTORY:
        vicinity_list(run, fd);
        return 1;
    case VICINITY_TREE:
        return list_children(run, fd, st.st_dev);
    case VICINITY_LINKS:
        return look_links_up(run, fd);
    }
    g_assert_not_reached();
}

/* "/d/__pycache__/m.cpython-311.opt-1.pyc": "/d/m.py". */
static char *source_of(const char *path)
{
    static const char cache[] = "/__pycache__/";
    const char *found = strstr(path, cache);
    if (found == NULL || !g_str_has_suffix(path, ".pyc"))
        return NULL;
    const char *module = found + strlen(cache);
    if (strchr(module, '/') != NULL)
        return NULL;
    return g_strdup_printf("%.*s/%.*s.py", (int)(found - path), path, (int)strcspn(module, "."),
                           module);
}

/* "/d/libx.so.1.2.3" is also "libx.so.1.2" and "libx.so.1", of which one is a link to it. */
static void add_sonames(const char *path, char *ret_names[COMPANIONS_MAX])
{
    const char *name = strrchr(path, '/');
    const char *version = name != NULL ? strstr(name, ".so.") : NULL;
    if (version == NULL)
        return;
    version += strlen(".so.");
    const char *end = path + strlen(path);
    for (guint i = 0; i < COMPANIONS_MAX; i++) {
        const char *dot = memrchr(version, '.', (size_t)(end - version));
        if (dot == NULL)
            return;
        ret_names[i] = g_strndup(path, (gsize)(dot - path));
        end = dot;
    }
}

void companions_of(const char *path, char *ret_names[COMPANIONS_MAX])
{
    memset(ret_names, 0, COMPANIONS_MAX * sizeof ret_names[0]);
    ret_names[0] = source_of(path);
    if (ret_names[0] == NULL)
        add_sonames(path, ret_names);
}
