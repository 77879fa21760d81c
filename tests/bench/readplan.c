/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
/*
 * Reads a plan by hand, for engine.py: the files whose paths are on standard input, one a line,
 * whole, in one of several ways, until all of it is in memory. Prints seconds, requests made, and
 * bytes.
 *
 *     readplan ours SORT MERGING_BYTES     as the daemon does; SORT: none, path, inode, block, auto
 *     readplan blocks                      one request for each block of 64 KiB
 *     readplan files                       one request for each file, which the kernel cuts
 *     readplan touch                       maps each file and touches its pages, as vmtouch -t does
 *     readplan read                        read(2), 1 MiB at a time
 */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "prefetch/readahead.h"

typedef struct {
    uint64_t n_requests;
    uint64_t bytes;
} Outcome;

typedef void (*Way)(int fd, uint64_t size_bytes, Outcome *outcome);

static void item_clear(gpointer data)
{
    PlanItem *item = data;
    g_ref_string_release(item->path);
    block_set_clear(&item->blocks);
}

static GPtrArray *read_paths(void)
{
    GPtrArray *paths = g_ptr_array_new_with_free_func(g_free);
    char *line = NULL;
    size_t room = 0;
    while (getline(&line, &room, stdin) > 0)
        g_ptr_array_add(paths, g_strdup(g_strchomp(line)));
    free(line);
    return paths;
}

static Plan *plan_whole(const GPtrArray *paths)
{
    Plan *plan = g_new0(Plan, 1);
    plan->budget = (Budget){.read_bytes = UINT64_MAX / 2, .keep_bytes = UINT64_MAX / 2};
    plan->items = g_array_new(FALSE, FALSE, sizeof(PlanItem));
    g_array_set_clear_func(plan->items, item_clear);
    for (guint i = 0; i < paths->len; i++) {
        struct stat st;
        if (stat(paths->pdata[i], &st) != 0)
            continue;
        PlanItem item = {.path = g_ref_string_new(paths->pdata[i])};
        (void)block_set_add_bytes(&item.blocks, 0, (uint64_t)st.st_size);
        g_array_append_val(plan->items, item);
    }
    return plan;
}

static Outcome read_ours(const GPtrArray *paths, const char *sort, const char *merging)
{
    static const char *const names[] = {"none", "path", "inode", "block", "auto", NULL};
    ReadaheadRules rules = {.sort = SORT_AUTO, .maxprocs = 30};
    for (guint i = 0; names[i] != NULL; i++)
        if (strcmp(names[i], sort) == 0)
            rules.sort = (SortStrategy)i;
    rules.merging_bytes = strtoull(merging, NULL, 10);
    g_autoptr(Plan) plan = plan_whole(paths);
    g_autoptr(Storage) storage = storage_new("/sys", "/proc/self/mountinfo");
    g_autoptr(Residency) residency = residency_new();
    ReadaheadReport report;
    int cancel = 0;
    readahead_run(plan, &rules, storage, residency, &cancel, &report);
    const Outcome outcome = {report.n_requests, report.loaded_bytes};
    readahead_report_clear(&report);
    return outcome;
}

/* A page of each MiB is enough: what is asked for in order comes in order. */
static void await_all(int fd, uint64_t size_bytes)
{
    char byte;
    (void)posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM);
    for (uint64_t at = 0; at < size_bytes; at += 4096) {
        ssize_t n = pread(fd, &byte, 1, (off_t)at);
        (void)n;
    }
}

static void by_blocks(int fd, uint64_t size_bytes, Outcome *outcome)
{
    for (uint64_t at = 0; at < size_bytes; at += BLOCK_BYTES) {
        (void)posix_fadvise(fd, (off_t)at, (off_t)BLOCK_BYTES, POSIX_FADV_WILLNEED);
        outcome->n_requests++;
    }
}

static void by_file(int fd, uint64_t size_bytes, Outcome *outcome)
{
    (void)posix_fadvise(fd, 0, (off_t)size_bytes, POSIX_FADV_WILLNEED);
    outcome->n_requests++;
}

static void by_touch(int fd, uint64_t size_bytes, Outcome *outcome)
{
    const volatile char *map = mmap(NULL, size_bytes, PROT_READ, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED)
        return;
    for (uint64_t at = 0; at < size_bytes; at += 4096)
        (void)map[at];
    (void)munmap((void *)map, size_bytes);
    outcome->n_requests++;
}

static void by_read(int fd, uint64_t size_bytes, Outcome *outcome)
{
    enum { CHUNK_BYTES = 1 << 20 };
    g_autofree char *chunk = g_malloc(CHUNK_BYTES);
    for (ssize_t n = 1; n > 0;) {
        n = read(fd, chunk, CHUNK_BYTES);
        outcome->n_requests++;
    }
    (void)size_bytes;
}

static Outcome read_each(const GPtrArray *paths, Way way, bool waits)
{
    Outcome outcome = {0};
    g_autofree int *fds = g_new(int, paths->len);
    for (guint i = 0; i < paths->len; i++) {
        struct stat st = {0};
        fds[i] = open(paths->pdata[i], O_RDONLY | O_CLOEXEC);
        if (fds[i] < 0 || fstat(fds[i], &st) != 0)
            continue;
        way(fds[i], (uint64_t)st.st_size, &outcome);
        outcome.bytes += (uint64_t)st.st_size;
    }
    for (guint i = 0; i < paths->len; i++) {
        struct stat st = {0};
        if (waits && fds[i] >= 0 && fstat(fds[i], &st) == 0)
            await_all(fds[i], (uint64_t)st.st_size);
        if (fds[i] >= 0)
            (void)close(fds[i]);
    }
    return outcome;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        Way way;
        bool waits;
    } ways[] = {{"blocks", by_blocks, true},
                {"files", by_file, true},
                {"touch", by_touch, false},
                {"read", by_read, false}};
    g_autoptr(GPtrArray) paths = read_paths();
    Outcome outcome = {0};
    gint64 begun_usec = g_get_monotonic_time();
    if (argc == 4 && strcmp(argv[1], "ours") == 0)
        outcome = read_ours(paths, argv[2], argv[3]);
    for (gsize i = 0; argc == 2 && i < G_N_ELEMENTS(ways); i++)
        if (strcmp(argv[1], ways[i].name) == 0)
            outcome = read_each(paths, ways[i].way, ways[i].waits);
    double seconds = (double)(g_get_monotonic_time() - begun_usec) / 1e6;
    printf("%.4f %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT "\n", seconds, outcome.n_requests,
           outcome.bytes);
    return outcome.bytes > 0 ? 0 : 1;
}
