/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
/*
 * A program for the tests to launch: maps the file named on its command line, touches every page of
 * it, writes a byte to standard output and lives until its standard input ends.
 */
#include <fcntl.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    struct stat st;
    int fd = argc > 1 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0 || fstat(fd, &st) < 0)
        return 1;
    const volatile char *map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED)
        return 1;
    char sum = 0;
    for (off_t at = 0; at < st.st_size; at += 4096)
        sum = (char)(sum + map[at]);
    if (write(STDOUT_FILENO, &sum, 1) != 1)
        return 1;
    char byte;
    while (read(STDIN_FILENO, &byte, 1) > 0)
        ;
    return 0;
}
