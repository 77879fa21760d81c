/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
/*
 * A program that means no good, for the tests to launch:
 *
 *   name             gives itself a name, and arguments, of control characters
 *   regions FILE     maps a page of the file as often as the kernel lets it (vm.max_map_count)
 *   storm N          becomes itself N times
 *   odd FIFO         opens the FIFO, and maps a device
 *
 * Then it writes a byte to standard output and lives until its standard input ends.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#define CONTROLS "\n\033]0;x\007\033[31m\r\t\177"

static bool rename_self(int argc, char **argv)
{
    for (int i = 0; i < argc; i++) {
        size_t length = strlen(argv[i]);
        for (size_t at = 0; at < length; at++)
            argv[i][at] = CONTROLS[at % strlen(CONTROLS)];
    }
    return prctl(PR_SET_NAME, CONTROLS, 0, 0, 0) == 0;
}

/* Neighbours of other rights, so that they are not one; some room is left for what comes after. */
static bool map_much(const char *path)
{
    enum { PAGE = 4096, LEFT = 200 };
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    int n = 0;
    void *last[LEFT] = {0};
    if (fd < 0)
        return false;
    for (;; n++) {
        void *map = mmap(NULL, PAGE, n % 2 == 0 ? PROT_READ : PROT_NONE, MAP_PRIVATE, fd, 0);
        if (map == MAP_FAILED)
            break;
        last[n % LEFT] = map;
    }
    for (int i = 0; i < LEFT; i++)
        if (last[i] != NULL)
            (void)munmap(last[i], PAGE);
    (void)close(fd);
    return n > LEFT;
}

static bool storm(char **argv)
{
    long left = strtol(argv[2], NULL, 10);
    if (left <= 0)
        return true;
    char next[24];
    (void)snprintf(next, sizeof next, "%ld", left - 1);
    argv[2] = next;
    (void)execv(argv[0], argv);
    return false;
}

static bool be_odd(const char *fifo)
{
    int fd = open("/dev/zero", O_RDWR | O_CLOEXEC);
    char *zeros = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    return open(fifo, O_RDWR | O_CLOEXEC) >= 0 && zeros != MAP_FAILED && (zeros[0] = 1) == 1;
}

static bool act(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "name") == 0)
        return rename_self(argc, argv);
    if (argc == 3 && strcmp(argv[1], "regions") == 0)
        return map_much(argv[2]);
    if (argc == 3 && strcmp(argv[1], "storm") == 0)
        return storm(argv);
    return argc == 3 && strcmp(argv[1], "odd") == 0 && be_odd(argv[2]);
}

int main(int argc, char **argv)
{
    char byte = 'r';
    if (!act(argc, argv) || write(STDOUT_FILENO, &byte, 1) != 1)
        return 1;
    while (read(STDIN_FILENO, &byte, 1) > 0)
        ;
    return 0;
}
