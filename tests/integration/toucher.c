/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
/*
 * A program for the tests to launch, that does what its arguments say, one after the other:
 *
 *   touch=FILE:N,N,...   maps the file and reads a byte of each of these 64 KiB blocks
 *   write=FILE:N,N,...   the same, and writes to the private page
 *   read=FILE            reads all of it
 *   part=FILE:N,N,...    reads these 64 KiB blocks, and nothing around them
 *   list=DIRECTORY       lists it, and asks for each name in it
 *   child=FILE:N,N,...   has a child touch these blocks, which then lives as long as this process
 *   wait                 writes a byte to standard output, and waits for one from standard input
 *   live=MSEC            stays so long, or until its standard input ends
 *   exec=PROGRAM         becomes that program, which has all arguments that follow
 *
 * The kernel maps what is in memory around a page that is touched, 64 KiB: the mapping begins at a
 * multiple of that, so that a block is touched alone. And it maps a large folio as a whole where
 * addresses and file are aligned alike (do_set_pmd() in mm/memory.c): the mapping never is.
 */
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define BLOCK ((size_t)65536)

typedef struct {
    int child_end; /* closing it ends the child; -1: there is none */
    pid_t child;
} Family;

/* Whether the option is of that name; its value. */
static bool is(const char *arg, const char *name, char **ret_value)
{
    size_t length = strlen(name);
    if (strncmp(arg, name, length) != 0 || arg[length] != '=')
        return false;
    *ret_value = strdup(arg + length + 1);
    return *ret_value != NULL;
}

/* Cuts "FILE:LIST" in two and opens the file. */
static int open_listed(char *value, char **ret_list)
{
    char *colon = strrchr(value, ':');
    if (colon == NULL)
        return -1;
    *colon = '\0';
    *ret_list = colon + 1;
    return open(value, O_RDONLY | O_CLOEXEC);
}

/* The next number of the list; false at its end. */
static bool next_block(char **list, size_t *ret)
{
    char *end = NULL;
    if (**list == '\0')
        return false;
    *ret = strtoul(*list, &end, 10);
    *list = *end == ',' ? end + 1 : end;
    return true;
}

static char *map_aligned(int fd, size_t length)
{
    const size_t large = (size_t)2 << 20;
    char *room = mmap(NULL, length + 2 * large, PROT_NONE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (room == MAP_FAILED)
        return NULL;
    char *at = (char *)(((uintptr_t)room + large - 1) / large * large) + BLOCK;
    char *map = mmap(at, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, fd, 0);
    return map != MAP_FAILED && madvise(map, length, MADV_RANDOM) == 0 ? map : NULL;
}

static bool touch(char *value, bool writes)
{
    struct stat st;
    char *list = NULL;
    int fd = open_listed(value, &list);
    if (fd < 0 || fstat(fd, &st) < 0)
        return false;
    volatile char *map = map_aligned(fd, (size_t)st.st_size);
    (void)close(fd);
    for (size_t block; map != NULL && next_block(&list, &block);) {
        volatile char *byte = map + block * BLOCK;
        char value_there = *byte;
        if (writes)
            *byte = (char)(value_there + 1);
    }
    return map != NULL;
}

static bool read_all(const char *path)
{
    char buffer[4096];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : 1;
    while (n > 0)
        n = read(fd, buffer, sizeof buffer);
    if (fd >= 0)
        (void)close(fd);
    return n == 0;
}

static bool read_part(char *value)
{
    char buffer[BLOCK];
    char *list = NULL;
    int fd = open_listed(value, &list);
    bool good = fd >= 0 && posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM) == 0;
    for (size_t block; good && next_block(&list, &block);)
        good = pread(fd, buffer, BLOCK, (off_t)(block * BLOCK)) == (ssize_t)BLOCK;
    if (fd >= 0)
        (void)close(fd);
    return good;
}

static bool list_all(const char *path)
{
    DIR *dir = opendir(path);
    if (dir == NULL)
        return false;
    struct stat st;
    for (const struct dirent *entry; (entry = readdir(dir)) != NULL;)
        (void)fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW);
    return closedir(dir) == 0;
}

/* Returns when the child has touched its blocks. */
static bool have_child(Family *family, char *value)
{
    int to[2];
    int from[2];
    char byte = 0;
    if (pipe(to) < 0 || pipe(from) < 0)
        return false;
    family->child = fork();
    if (family->child == 0) {
        (void)close(to[1]);
        bool good = touch(value, false) && write(from[1], &byte, 1) == 1;
        (void)!read(to[0], &byte, 1);
        _exit(good ? 0 : 1);
    }
    (void)close(to[0]);
    (void)close(from[1]);
    (void)fcntl(to[1], F_SETFD, FD_CLOEXEC);
    family->child_end = to[1];
    bool touched = read(from[0], &byte, 1) == 1;
    (void)close(from[0]);
    return touched;
}

static bool end_child(const Family *family)
{
    int status = 0;
    if (family->child_end < 0)
        return true;
    (void)close(family->child_end);
    return waitpid(family->child, &status, 0) == family->child && status == 0;
}

static bool wait_for_word(void)
{
    char byte = 'r';
    return write(STDOUT_FILENO, &byte, 1) == 1 && read(STDIN_FILENO, &byte, 1) >= 0;
}

static bool live(const char *msec)
{
    struct pollfd input = {STDIN_FILENO, POLLIN, 0};
    return poll(&input, 1, (int)strtol(msec, NULL, 10)) >= 0;
}

static bool become(const char *program, char **args)
{
    args[0] = (char *)program;
    (void)execv(program, args);
    return false;
}

static bool act(Family *family, char **arg)
{
    char *value = NULL;
    if (is(*arg, "touch", &value))
        return touch(value, false);
    if (is(*arg, "write", &value))
        return touch(value, true);
    if (is(*arg, "read", &value))
        return read_all(value);
    if (is(*arg, "part", &value))
        return read_part(value);
    if (is(*arg, "list", &value))
        return list_all(value);
    if (is(*arg, "child", &value))
        return have_child(family, value);
    if (is(*arg, "live", &value))
        return live(value);
    if (is(*arg, "exec", &value))
        return become(value, arg);
    return strcmp(*arg, "wait") == 0 && wait_for_word();
}

int main(int argc, char **argv)
{
    Family family = {.child_end = -1};
    for (int i = 1; i < argc; i++)
        if (!act(&family, &argv[i]))
            return i;
    return end_child(&family) ? 0 : 100;
}
