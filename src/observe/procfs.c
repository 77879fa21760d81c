/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/procfs.h"
#include "base/fd.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* An entry of /proc/PID takes 24 or 32 bytes: a thousand processes fit into one or two calls. */
#define LISTING_BYTES ((size_t)32 << 10)
/* seq_file(9) hands out a page at a time, whatever is asked for. */
#define READ_BYTES ((size_t)4096)
/* starttime is field 22 of /proc/PID/stat (proc_pid_stat(5)); what follows the name begins with
 * field 3. */
#define FIELDS_BEFORE_START_TIME 19
/* include/linux/sched.h; not in a header of user space. */
#define PF_KTHREAD 0x00200000

struct ProcRoot {
    int fd;
    char *listing;
    GHashTable
        *globals; /* name -> descriptor: of files of /proc itself, which are read each pass */
    uint64_t opens;
};

static void close_global(gpointer fd)
{
    int closed = GPOINTER_TO_INT(fd);
    fd_close(&closed);
}

ProcRoot *proc_root_open(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    ProcRoot *root = g_new0(ProcRoot, 1);
    root->fd = fd;
    root->listing = g_malloc(LISTING_BYTES);
    root->globals = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, close_global);
    return root;
}

void proc_root_close(ProcRoot *root)
{
    if (root == NULL)
        return;
    fd_close(&root->fd);
    g_free(root->listing);
    g_hash_table_unref(root->globals);
    g_free(root);
}

uint64_t proc_root_opens(const ProcRoot *root)
{
    return root->opens;
}

static bool parse_pid(const char *name, uint32_t *ret_pid)
{
    uint64_t pid = 0;
    if (!parse_whole_u64(cursor_of(name, strlen(name)), &pid) || pid == 0 || pid > UINT32_MAX)
        return false;
    *ret_pid = (uint32_t)pid;
    return true;
}

static void list_buffer(const char *buffer, size_t length, GArray *out)
{
    for (size_t at = 0; at < length;) {
        const struct dirent64 *dirent = (const void *)(buffer + at); /* aligned by the kernel */
        ProcEntry entry = {.ino = dirent->d_ino};
        if (parse_pid(dirent->d_name, &entry.pid))
            g_array_append_val(out, entry);
        at += dirent->d_reclen;
    }
}

int proc_list(ProcRoot *root, GArray *out)
{
    guint length_before = out->len;
    if (lseek(root->fd, 0, SEEK_SET) < 0)
        return -errno;
    for (;;) {
        ssize_t got = syscall(SYS_getdents64, root->fd, root->listing, LISTING_BYTES);
        if (got == 0)
            return 0;
        if (got < 0) {
            int error = -errno;
            g_array_set_size(out, length_before);
            return error;
        }
        list_buffer(root->listing, (size_t)got, out);
    }
}

typedef struct {
    char text[PATH_MAX];
} ProcPath;

/* "PID/name", relative to the root; false if it is too long for the kernel. */
static bool proc_path(ProcPath *path, uint32_t pid, const char *name)
{
    int length = g_snprintf(path->text, sizeof path->text, "%" G_GUINT32_FORMAT "/%s", pid, name);
    return length > 0 && (size_t)length < sizeof path->text;
}

static int read_link_into(ProcRoot *root, const char *path, char *ret_target, size_t size)
{
    ssize_t length = readlinkat(root->fd, path, ret_target, size);
    if (length < 0)
        return -errno;
    if ((size_t)length >= size)
        return -ENAMETOOLONG;
    ret_target[length] = '\0';
    return 0;
}

static int read_link(ProcRoot *root, const char *path, char **ret_target)
{
    char target[PATH_MAX];
    int error = read_link_into(root, path, target, sizeof target);
    if (error < 0)
        return error;
    *ret_target = g_strdup(target);
    return 0;
}

int proc_link(ProcRoot *root, uint32_t pid, const char *name, char **ret_target)
{
    ProcPath path;
    if (!proc_path(&path, pid, name))
        return -ENAMETOOLONG;
    return read_link(root, path.text, ret_target);
}

int proc_link_into(ProcRoot *root, uint32_t pid, const char *name, char *ret_target, size_t size)
{
    ProcPath path;
    if (!proc_path(&path, pid, name))
        return -ENAMETOOLONG;
    return read_link_into(root, path.text, ret_target, size);
}

int proc_link_global(ProcRoot *root, const char *name, char **ret_target)
{
    return read_link(root, name, ret_target);
}

int proc_stat_link(ProcRoot *root, uint32_t pid, const char *name, struct stat *ret)
{
    ProcPath path;
    if (!proc_path(&path, pid, name))
        return -ENAMETOOLONG;
    struct stat st;
    if (fstatat(root->fd, path.text, &st, 0) < 0)
        return -errno;
    *ret = st;
    return 0;
}

/* Up to the end of file or to the limit. */
static int read_fd(int fd, size_t limit_bytes, GString *out)
{
    while (out->len < limit_bytes) {
        char buffer[READ_BYTES];
        ssize_t got = read(fd, buffer, MIN(sizeof buffer, limit_bytes - out->len));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -errno;
        if (got == 0)
            return 0;
        g_string_append_len(out, buffer, got);
    }
    return 0;
}

static int open_file(ProcRoot *root, const char *path)
{
    int fd = openat(root->fd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return -errno;
    root->opens++;
    return fd;
}

static int read_new(int fd, size_t limit_bytes, GString **ret)
{
    g_autoptr(GString) text = g_string_new(NULL);
    int error = read_fd(fd, limit_bytes, text);
    if (error < 0)
        return error;
    *ret = g_steal_pointer(&text);
    return 0;
}

int proc_open(ProcRoot *root, uint32_t pid, const char *name)
{
    ProcPath path;
    return proc_path(&path, pid, name) ? open_file(root, path.text) : -ENAMETOOLONG;
}

int proc_open_place(ProcRoot *root, uint32_t pid, const char *name)
{
    ProcPath path;
    if (!proc_path(&path, pid, name))
        return -ENAMETOOLONG;
    int fd = openat(root->fd, path.text, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    root->opens++;
    return fd;
}

int proc_read(ProcRoot *root, uint32_t pid, const char *name, size_t limit_bytes, GString **ret)
{
    autofd fd = proc_open(root, pid, name);
    if (fd < 0)
        return fd;
    return read_new(fd, limit_bytes, ret);
}

/* The kept descriptor at its begin, or a new one. A test's file may have been replaced meanwhile.
 */
static int global_fd(ProcRoot *root, const char *name)
{
    gpointer kept = NULL;
    struct stat st;
    if (g_hash_table_lookup_extended(root->globals, name, NULL, &kept)) {
        int fd = GPOINTER_TO_INT(kept);
        if (fstat(fd, &st) == 0 && st.st_nlink > 0 && lseek(fd, 0, SEEK_SET) == 0)
            return fd;
    }
    int fd = open_file(root, name);
    if (fd >= 0)
        g_hash_table_replace(root->globals, g_strdup(name), GINT_TO_POINTER(fd));
    return fd;
}

int proc_read_global(ProcRoot *root, const char *name, size_t limit_bytes, GString **ret)
{
    int fd = global_fd(root, name);
    return fd < 0 ? fd : read_new(fd, limit_bytes, ret);
}

int proc_read_maps(ProcRoot *root, uint32_t pid, size_t limit_bytes, GString **ret)
{
    GString *text = NULL;
    int error = proc_read(root, pid, "maps", limit_bytes, &text);
    if (error < 0)
        return error;
    if (text->len >= limit_bytes) {
        const char *newline = memrchr(text->str, '\n', text->len);
        g_string_truncate(text, newline == NULL ? 0 : (gsize)(newline - text->str) + 1);
    }
    *ret = text;
    return 0;
}

/* What stands behind the name: its last ')' is the one that ends it. */
static bool skip_name(Cursor *stat, Cursor *ret_name)
{
    size_t length = cursor_left(stat);
    const char *begin = length > 0 ? memchr(stat->at, '(', length) : NULL;
    const char *end = length > 0 ? memrchr(stat->at, ')', length) : NULL;
    if (end == NULL)
        return false;
    *ret_name = (Cursor){begin != NULL && begin < end ? begin + 1 : end, end};
    stat->at = end + 1;
    return parse_char(stat, ' ');
}

bool proc_stat_start_time(Cursor stat, uint64_t *ret_ticks)
{
    Cursor field;
    if (!skip_name(&stat, &field))
        return false;
    for (int i = 0; i < FIELDS_BEFORE_START_TIME; i++)
        if (!parse_field(&stat, ' ', &field))
            return false;
    return parse_field(&stat, ' ', &field) && parse_whole_u64(field, ret_ticks);
}

/* The fields behind the name, from field 3 on, up to the flags. */
static bool take_numbers(Cursor stat, ProcStat *ret)
{
    enum { STATE, PPID, PGRP, SESSION, TTY, TPGID, FLAGS, N_FIELDS };
    Cursor fields[N_FIELDS];
    uint64_t ppid = 0;
    uint64_t flags = 0;
    for (int i = 0; i < N_FIELDS; i++)
        if (!parse_field(&stat, ' ', &fields[i]))
            return false;
    if (!parse_whole_u64(fields[PPID], &ppid) || ppid > UINT32_MAX ||
        !parse_whole_u64(fields[FLAGS], &flags) || cursor_left(&fields[TTY]) == 0)
        return false;
    ret->ppid = (uint32_t)ppid;
    ret->terminal = !cursor_is(&fields[TTY], "0");
    ret->kernel = (flags & PF_KTHREAD) != 0;
    return true;
}

bool proc_stat_parse(Cursor stat, ProcStat *ret)
{
    ProcStat parsed = {0};
    Cursor name;
    Cursor rest = stat;
    if (!skip_name(&rest, &name) || !take_numbers(rest, &parsed) ||
        !proc_stat_start_time(stat, &parsed.start_ticks))
        return false;
    memcpy(parsed.name, name.at, MIN(cursor_left(&name), sizeof parsed.name - 1));
    *ret = parsed;
    return true;
}
