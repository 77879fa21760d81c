/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Files on a disk, in and out of the page cache, for the tests of prefetch. What is in memory is
 * asked of mincore(2) here again, so that a test does not believe what it tests.
 */
#include "unit.h"
#include <fcntl.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

static inline bool disk_has_cache(const char *directory)
{
    struct statfs fs;
    return statfs(directory, &fs) == 0 && fs.f_type != TMPFS_MAGIC && fs.f_type != RAMFS_MAGIC;
}

/* As unit_mkdir(), but on a disk: the temporary directory or the build's. NULL if both are in
 * memory. */
static inline char *disk_mkdir(void)
{
    const char *parents[] = {g_get_tmp_dir(), g_getenv("builddir"), "/var/tmp"};
    for (guint i = 0; i < G_N_ELEMENTS(parents); i++) {
        if (parents[i] == NULL || !disk_has_cache(parents[i]))
            continue;
        char *directory = g_build_filename(parents[i], "preload-unit-XXXXXX", NULL);
        if (g_mkdtemp(directory) != NULL)
            return directory;
        g_free(directory);
    }
    return NULL;
}

static inline void disk_write_all(int fd, const char *bytes, size_t length)
{
    for (size_t done = 0; done < length;) {
        ssize_t n = write(fd, bytes + done, length - done);
        ck_assert_int_gt(n, 0);
        done += (size_t)n;
    }
}

/* A file whose every 8 bytes say where they are, on the disk for good. Returns its path. */
static inline char *disk_file(const char *directory, const char *name, size_t size_bytes)
{
    char *path = g_build_filename(directory, name, NULL);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    ck_assert_int_ge(fd, 0);
    enum { CHUNK_WORDS = 8192 };
    g_autofree uint64_t *words = g_new(uint64_t, CHUNK_WORDS);
    for (size_t at = 0; at < size_bytes; at += CHUNK_WORDS * sizeof *words) {
        for (size_t i = 0; i < CHUNK_WORDS; i++)
            words[i] = at + i * sizeof *words + 1;
        disk_write_all(fd, (const char *)words, MIN(size_bytes - at, CHUNK_WORDS * sizeof *words));
    }
    ck_assert_int_eq(fsync(fd), 0);
    ck_assert_int_eq(close(fd), 0);
    return path;
}

/* Bytes in memory, in whole pages (4096 also where pages are larger: then all of one is or is not).
 */
static inline size_t disk_resident(const char *path, off_t offset, size_t length)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE);
    size_t n_pages = (length + page_bytes - 1) / page_bytes;
    g_autofree unsigned char *in_core = g_malloc(n_pages);
    void *map = mmap(NULL, length, PROT_READ, MAP_SHARED, fd, offset);
    ck_assert_ptr_ne(map, MAP_FAILED);
    ck_assert_int_eq(mincore(map, length, in_core), 0);
    size_t n = 0;
    for (size_t i = 0; i < n_pages; i++)
        n += in_core[i] & 1;
    (void)munmap(map, length);
    (void)close(fd);
    return n * page_bytes;
}

/* Out of the page cache. */
static inline void disk_drop(const char *path)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(fstat(fd, &st), 0);
    ck_assert_int_eq(fsync(fd), 0);
    ck_assert_int_eq(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED), 0);
    (void)close(fd);
    ck_assert_uint_eq(disk_resident(path, 0, (size_t)st.st_size), 0);
}

/* Just these bytes into the page cache, without the kernel reading ahead. */
static inline void disk_load(const char *path, off_t offset, size_t length)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM), 0);
    g_autofree char *bytes = g_malloc(length);
    ck_assert_int_eq(pread(fd, bytes, length, offset), (ssize_t)length);
    (void)close(fd);
}
