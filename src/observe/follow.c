/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/follow.h"
#include "base/fd.h"
#include <errno.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>

/* As the kernel has it (linux/namei.h, MAXSYMLINKS). */
#define LINKS_MAX 40

bool follow_is_local(const Mounts *mounts, const char *path)
{
    const Mount *mount = mounts_find(mounts, path);
    return mount != NULL && mount->kind == MOUNT_LOCAL;
}

/* A place to pass through: / may be a tmpfs. */
static bool is_passable(const Mounts *mounts, const char *path)
{
    const Mount *mount = mounts_find(mounts, path);
    return mount != NULL && (mount->kind == MOUNT_LOCAL || strcmp(mount->type, "tmpfs") == 0);
}

static int open_unlinked(int dirfd, const char *path, uint64_t flags)
{
    const struct open_how how = {
        .flags = O_PATH | O_NOFOLLOW | O_CLOEXEC | flags,
        .resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
    };
    int fd = (int)syscall(SYS_openat2, dirfd, path, &how, sizeof how);
    if (fd < 0 && errno == ENOSYS)
        fd = openat(dirfd, path, (int)how.flags);
    return fd < 0 ? -errno : fd;
}

int follow_stat(int dirfd, const char *path, struct stat *ret)
{
    struct stat st;
    autofd fd = open_unlinked(dirfd, *path == '\0' ? "." : path, 0);
    if (fd < 0)
        return fd;
    if (fstat(fd, &st) < 0)
        return -errno;
    *ret = st;
    return 0;
}

/* The text of the link; NULL if it is none. */
static char *read_link(const char *path)
{
    char target[PATH_MAX];
    g_autofree char *parent = g_path_get_dirname(path);
    autofd fd = open_unlinked(AT_FDCWD, parent, O_DIRECTORY);
    if (fd < 0)
        return NULL;
    ssize_t length = readlinkat(fd, strrchr(path, '/') + 1, target, sizeof target);
    return length <= 0 || (size_t)length >= sizeof target ? NULL
                                                          : g_strndup(target, (size_t)length);
}

static void leave_last(GString *path)
{
    const char *slash = strrchr(path->str, '/');
    g_string_truncate(path, slash == NULL ? 0 : (gsize)(slash - path->str));
}

typedef struct {
    GString *done; /* without links; "" for "/" */
    char *left;    /* what is still to be gone */
    guint n_links;
} Way;

/* A link: what it says comes before what is left. */
static bool turn_off(Way *way, const char *target)
{
    if (++way->n_links > LINKS_MAX || strlen(target) + strlen(way->left) >= PATH_MAX)
        return false;
    if (target[0] == '/')
        g_string_truncate(way->done, 0);
    else
        leave_last(way->done);
    char *left = g_strconcat(target, "/", way->left, NULL);
    g_free(way->left);
    way->left = left;
    return true;
}

/* Goes on by one component. */
static bool take_step(Way *way, const Mounts *mounts)
{
    size_t length = strcspn(way->left, "/");
    g_autofree char *name = g_strndup(way->left, length);
    memmove(way->left, way->left + length, strlen(way->left + length) + 1);
    if (length == 0 || strcmp(name, ".") == 0)
        return true;
    if (strcmp(name, "..") == 0) {
        leave_last(way->done);
        return true;
    }
    g_string_append_printf(way->done, "/%s", name);
    if (way->done->len >= PATH_MAX || !is_passable(mounts, way->done->str))
        return false;
    g_autofree char *target = read_link(way->done->str);
    return target == NULL || turn_off(way, target);
}

static char *walk_links(const Mounts *mounts, const char *path)
{
    Way way = {g_string_new(NULL), g_strdup(path), 0};
    bool led = true;
    while (led && *way.left != '\0') {
        size_t slashes = strspn(way.left, "/");
        memmove(way.left, way.left + slashes, strlen(way.left + slashes) + 1);
        led = take_step(&way, mounts);
    }
    g_free(way.left);
    if (way.done->len == 0)
        g_string_append_c(way.done, '/');
    return g_string_free(way.done, !led);
}

char *follow_links(const Mounts *mounts, const char *path)
{
    struct stat st;
    if (!is_passable(mounts, path))
        return NULL;
    int error = follow_stat(AT_FDCWD, path, &st);
    g_autofree char *straight = NULL;
    if (error == 0 && S_ISDIR(st.st_mode))
        straight = g_strdup(path);
    else if (error == -ELOOP || (error == 0 && S_ISLNK(st.st_mode)))
        straight = walk_links(mounts, path);
    if (straight == NULL || follow_stat(AT_FDCWD, straight, &st) < 0 || !S_ISDIR(st.st_mode))
        return NULL;
    return g_steal_pointer(&straight);
}

/* The path in a directory without links; NULL if the directory cannot be gone to. */
static char *straighten_parent(const Mounts *mounts, const char *path)
{
    g_autofree char *parent = g_path_get_dirname(path);
    g_autofree char *name = g_path_get_basename(path);
    /* Which mount a path with ".." in it is on is not told by its text. */
    g_autofree char *straight =
        strstr(parent, "/..") != NULL ? walk_links(mounts, parent) : follow_links(mounts, parent);
    g_autofree char *joined = straight != NULL ? g_build_filename(straight, name, NULL) : NULL;
    /* No link is in it any more: ".." may be taken by its text. */
    return joined != NULL ? g_canonicalize_filename(joined, "/") : NULL;
}

char *follow_file(const Mounts *mounts, const char *path, struct stat *ret_st)
{
    g_autofree char *at = g_strdup(path);
    for (guint n_links = 0; n_links <= LINKS_MAX && strlen(at) < PATH_MAX; n_links++) {
        g_autofree char *straight = straighten_parent(mounts, at);
        struct stat st;
        if (straight == NULL || !is_passable(mounts, straight) ||
            follow_stat(AT_FDCWD, straight, &st) < 0)
            return NULL;
        if (S_ISREG(st.st_mode)) {
            *ret_st = st;
            return g_steal_pointer(&straight);
        }
        g_autofree char *target = S_ISLNK(st.st_mode) ? read_link(straight) : NULL;
        if (target == NULL)
            return NULL;
        g_autofree char *parent = g_path_get_dirname(straight);
        g_free(at);
        at = target[0] == '/' ? g_strdup(target) : g_build_filename(parent, target, NULL);
    }
    return NULL;
}

GString *follow_read(const Mounts *mounts, const char *path, size_t limit_bytes)
{
    struct stat st;
    g_autofree char *straight = follow_file(mounts, path, &st);
    autofd fd = straight != NULL ? fd_open_foreign(straight, NULL) : -1;
    return fd >= 0 ? fd_read_all(fd, limit_bytes) : NULL;
}
