/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/look.h"
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/sysmacros.h>

#define DELETED " (deleted)"
#define PRELINK ".#prelink#."
/* The script is among the first arguments; more is of no use. */
#define CMDLINE_BYTES ((size_t)64 << 10)
/* "mnt:[", a number of 32 bits (fs/nsfs.c, ns_get_name()), "]". */
#define NAMESPACE_BYTES 32

static const char *const pseudo_prefixes[] = {
    "/dev/", "/proc/", "/sys/", "/memfd:", "/SYSV", "/anon_hugepage", "/[",
};

bool look_is_pseudo(const char *path)
{
    for (size_t i = 0; i < G_N_ELEMENTS(pseudo_prefixes); i++)
        if (g_str_has_prefix(path, pseudo_prefixes[i]))
            return true;
    return false;
}

bool look_same_file(uint64_t ino_a, uint64_t dev_a, uint64_t ino_b, uint64_t dev_b)
{
    return ino_a == ino_b && (dev_a == dev_b || major(dev_a) == 0 || major(dev_b) == 0);
}

void look_namespaces(ProcRoot *root, char **ret_own, char **ret_host)
{
    *ret_own = NULL;
    *ret_host = NULL;
    (void)proc_link_global(root, "self/ns/mnt", ret_own); /* a kernel may have none */
    (void)proc_link(root, 1, "ns/mnt", ret_host);         /* or not tell us */
}

/* The name of the process's mount namespace; false if it is not told. */
static bool read_namespace(const Viewer *viewer, uint32_t pid, char name[NAMESPACE_BYTES])
{
    return proc_link_into(viewer->root, pid, "ns/mnt", name, NAMESPACE_BYTES) == 0;
}

bool look_is_foreign(const Viewer *viewer, uint32_t pid)
{
    char theirs[NAMESPACE_BYTES];
    if (viewer->mount_namespace == NULL)
        return false;
    return !read_namespace(viewer, pid, theirs) || strcmp(theirs, viewer->mount_namespace) != 0;
}

bool look_is_familiar(const Viewer *viewer, uint32_t pid)
{
    char theirs[NAMESPACE_BYTES];
    if (viewer->mount_namespace == NULL)
        return true;
    if (!read_namespace(viewer, pid, theirs))
        return false;
    return strcmp(theirs, viewer->mount_namespace) == 0 ||
           g_strcmp0(theirs, viewer->host_namespace) == 0;
}

static LookResult result_of_error(int error)
{
    if (error == -ENOENT || error == -ESRCH)
        return LOOK_NOTHING;
    if (error == -EACCES || error == -EPERM)
        return LOOK_DENIED;
    return error == -ENAMETOOLONG ? LOOK_UNTRACKED : LOOK_FAILED;
}

bool look_link_hash(const Viewer *viewer, uint32_t pid, uint32_t *ret_hash)
{
    g_autofree char *link = NULL;
    int error = proc_link(viewer->root, pid, "exe", &link);
    if (error < 0 && result_of_error(error) == LOOK_FAILED)
        return false;
    *ret_hash = error < 0 ? 0 : g_str_hash(link);
    return true;
}

static bool accepted(const Viewer *viewer, const char *path)
{
    return path[0] == '/' && strlen(path) < PATH_MAX && !look_is_pseudo(path) &&
           prefix_list_accepts(viewer->rules->exeprefix, path);
}

bool look_may_touch(const Viewer *viewer, const char *path)
{
    return viewer->resolver == NULL || !resolver_is_remote(viewer->resolver, path);
}

/* The path from here of a file in another namespace, if it is one that the rules accept. dev and
 * ino as for resolver_find(). NULL also when the process is in ours. */
static char *find_elsewhere(const Viewer *viewer, uint32_t pid, const char *path, uint64_t dev,
                            uint64_t ino, struct stat *ret_st)
{
    if (viewer->resolver == NULL || look_is_pseudo(path) || !look_is_foreign(viewer, pid))
        return NULL;
    struct stat st;
    g_autofree char *found = resolver_find_accepted(viewer->resolver, viewer->rules->exeprefix, pid,
                                                    path, dev, ino, &st);
    if (found == NULL || !S_ISREG(st.st_mode))
        return NULL;
    *ret_st = st;
    return g_steal_pointer(&found);
}

static bool is_remote(const Viewer *viewer, uint32_t pid, const char *path)
{
    if (viewer->resolver == NULL)
        return false;
    return look_is_foreign(viewer, pid) ? resolver_is_remote_there(viewer->resolver, pid, path)
                                        : resolver_is_remote(viewer->resolver, path);
}

/* Is the running file the one that its path, which is accepted, leads to here? What a deleted
 * file's link says does, if it is no file's real name, lead nowhere. If not, *path becomes the path
 * that leads to it. */
static LookResult find_exe(const Viewer *viewer, uint32_t pid, char **path, bool prelinked,
                           Look *look)
{
    struct stat running;
    struct stat here;
    /* The link leads to the file itself, past the mount: a dead server would never answer. */
    if (is_remote(viewer, pid, *path))
        return LOOK_UNTRACKED;
    int error = proc_stat_link(viewer->root, pid, "exe", &running);
    if (error < 0)
        return result_of_error(error);
    bool found = look_may_touch(viewer, *path) && lstat(*path, &here) == 0 && S_ISREG(here.st_mode);
    if (found && !prelinked)
        found = look_same_file(running.st_ino, running.st_dev, here.st_ino, here.st_dev);
    if (!found) {
        char *elsewhere = find_elsewhere(viewer, pid, *path, running.st_dev, running.st_ino, &here);
        look->foreign = elsewhere == NULL && !g_str_has_suffix(*path, DELETED);
        if (elsewhere == NULL)
            return LOOK_UNTRACKED;
        g_free(*path);
        *path = elsewhere;
    }
    look->id = file_id_of(&here);
    return LOOK_TRACKED;
}

/* An executable that is not accepted by the path that its process has of it: by its path here? */
static LookResult find_renamed_exe(const Viewer *viewer, uint32_t pid, char **path, Look *look)
{
    struct stat here;
    char *elsewhere = find_elsewhere(viewer, pid, *path, 0, 0, &here);
    if (elsewhere == NULL)
        return LOOK_UNTRACKED;
    g_free(*path);
    *path = elsewhere;
    look->id = file_id_of(&here);
    return LOOK_TRACKED;
}

/* The script's path as seen from here, by text only; NULL if it cannot be. */
static char *script_path(const Viewer *viewer, uint32_t pid, const char *script)
{
    g_autofree char *base = NULL;
    g_autofree char *joined = NULL;
    bool absolute = script[0] == '/';
    if (proc_link(viewer->root, pid, absolute ? "root" : "cwd", &base) < 0 && !absolute)
        return NULL;
    if (base == NULL)
        base = g_strdup("/");
    if (base[0] != '/') /* "(unreachable)/...": not below our root */
        return NULL;
    /* No ".." leads out of a root directory. */
    g_autofree char *clean = g_canonicalize_filename(script, absolute ? "/" : base);
    joined = g_strconcat(absolute ? base : "", "/", clean, NULL);
    const char *single = joined;
    while (single[0] == '/' && single[1] == '/') /* "//" would be kept, and get past "!/home" */
        single++;
    return g_canonicalize_filename(single, "/");
}

static bool same_script(const Viewer *viewer, uint32_t pid, const char *path,
                        const struct stat *here)
{
    g_autofree char *inside = g_strconcat("root", path, NULL);
    struct stat there;
    return proc_stat_link(viewer->root, pid, inside, &there) == 0 &&
           look_same_file(there.st_ino, there.st_dev, here->st_ino, here->st_dev);
}

/* The script, if it is a regular file that the rules accept and that is the same one here. */
static char *find_script(const Viewer *viewer, uint32_t pid, const char *script, Look *look)
{
    g_autofree char *path = script_path(viewer, pid, script);
    struct stat here;
    if (path == NULL)
        return NULL;
    bool plain = accepted(viewer, path);
    bool found =
        plain && look_may_touch(viewer, path) && stat(path, &here) == 0 && S_ISREG(here.st_mode);
    if (found && (!look_is_foreign(viewer, pid) || same_script(viewer, pid, path, &here)))
        return g_steal_pointer(&path);
    char *elsewhere = find_elsewhere(viewer, pid, path, 0, 0, &here);
    look->foreign = elsewhere == NULL && plain && look_is_foreign(viewer, pid);
    return elsewhere;
}

static LookResult look_at_script(const Viewer *viewer, uint32_t pid, const char *exe, Look *look)
{
    g_autoptr(GString) cmdline = NULL;
    g_autofree char *script = NULL;
    int error = proc_read(viewer->root, pid, "cmdline", CMDLINE_BYTES, &cmdline);
    if (error < 0)
        return result_of_error(error);
    ScriptKind kind = interpreter_script(exe, cursor_of(cmdline->str, cmdline->len), &script);
    if (kind == SCRIPT_FILE) {
        g_autofree char *found = find_script(viewer, pid, script, look);
        if (found == NULL)
            return LOOK_UNTRACKED;
        look->key = exe_key_new(exe, found);
        return LOOK_TRACKED;
    }
    look->key = exe_key_new(exe, script);
    return LOOK_TRACKED;
}

Look look_at(const Viewer *viewer, uint32_t pid)
{
    char link[PATH_MAX];
    int error = proc_link_into(viewer->root, pid, "exe", link, sizeof link);
    return error < 0 ? (Look){.result = result_of_error(error)} : look_through(viewer, pid, link);
}

Look look_through(const Viewer *viewer, uint32_t pid, const char *link)
{
    Look look = {.result = LOOK_UNTRACKED, .link_hash = g_str_hash(link)};
    g_autofree char *path = g_strdup(link);
    char *prelink = strstr(path, PRELINK);
    if (prelink != NULL)
        *prelink = '\0';
    if (accepted(viewer, path))
        look.result = find_exe(viewer, pid, &path, prelink != NULL, &look);
    else if (look_is_familiar(viewer, pid))
        look.rejected = true;
    else
        look.result = find_renamed_exe(viewer, pid, &path, &look);
    if (look.result != LOOK_TRACKED)
        return look;
    look.interpreted = interpreters_match(viewer->rules->interpreters, path);
    if (look.interpreted)
        look.result = look_at_script(viewer, pid, path, &look);
    else
        look.key = exe_key_new(path, NULL);
    return look;
}

void look_clear(Look *look)
{
    g_clear_pointer(&look->key, exe_key_unref);
}
