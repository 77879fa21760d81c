/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "prefetch/reading.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"

/*
 * Threads at one disk without a head. A request returns when the disk has taken it, but metadata is
 * waited for (mm/readahead.c): a few threads hide that, more only wait in the same queue.
 */
#define THREADS_MAX 4
/* The disk may deliver out of order, and the kernel gives a request up where it finds no free page
 * at once (GFP_NORETRY): after so many looks what is missing cannot be had. */
#define LOOKS_MAX 4

/* What the threads share. */
typedef struct {
    Run *run;
    Reading *reading;
    int next;  /* g_atomic_int: the next portion to take */
    guint end; /* portions from here on are not for helpers */
} Submission;

/* The file that was looked at before, or a negative errno: -ESTALE if another one has its name now.
 */
static int open_again(const Target *target, struct stat *ret_st)
{
    autofd fd = fd_open_foreign(target->path, ret_st);
    if (fd < 0)
        return fd;
    return ret_st->st_dev == target->dev && ret_st->st_ino == target->ino ? fd_steal(&fd) : -ESTALE;
}

static bool submit_portion(const Submission *submission, const Portion *portion)
{
    Run *run = submission->run;
    const Target *target = reading_target(submission->reading, portion);
    const Range *ranges = reading_ranges(submission->reading, portion);
    struct stat st;
    autofd fd = open_again(target, &st);
    bool submitted = fd >= 0;
    for (uint32_t i = 0; submitted && i < portion->n_ranges; i++)
        submitted = run_request(run, target->entry, fd, ranges[i], target->disk, NULL, NULL);
    if (submitted && !target->told)
        run_count_untold(run, portion->length_bytes);
    return submitted;
}

static void submit_one(const Submission *submission, guint index)
{
    const Portion *portion = &g_array_index(submission->reading->portions, Portion, index);
    Target *target = reading_target(submission->reading, portion);
    if (!run_wants(submission->run, target->path))
        return;
    if (!submit_portion(submission, portion)) {
        run_count_lost(submission->run, portion->length_bytes);
        g_atomic_int_set(&target->failed, 1);
    }
}

/* A thread: takes portions until there are no more. */
static gpointer submit_shared(gpointer data)
{
    Submission *submission = data;
    while (!run_cancelled(submission->run)) {
        guint index = (guint)g_atomic_int_add(&submission->next, 1);
        if (index >= submission->end)
            break;
        submit_one(submission, index);
    }
    return NULL;
}

/* One head can be at one place only: one thread, one portion after the other. */
static void submit_with_head(Submission *submission)
{
    for (guint i = submission->end; i < submission->reading->portions->len; i++) {
        if (run_cancelled(submission->run))
            break;
        const Portion *portion = &g_array_index(submission->reading->portions, Portion, i);
        const Disk *disk = reading_target(submission->reading, portion)->disk;
        bool held = run_take_head(submission->run, disk);
        submit_one(submission, i);
        if (held)
            run_give_head(submission->run, disk);
    }
}

static GPtrArray *start_helpers(Submission *submission)
{
    GPtrArray *helpers = g_ptr_array_new();
    guint n_wanted = MIN(MIN(submission->run->rules->maxprocs, THREADS_MAX), submission->end);
    while (helpers->len < n_wanted) {
        GThread *helper = run_start_helper(submission->run, "readahead", submit_shared, submission);
        if (helper == NULL)
            break;
        g_ptr_array_add(helpers, helper);
    }
    return helpers;
}

/* Blocks until the page is in memory; false if it could not be read. */
static bool wait_for_page(int fd, uint64_t offset_bytes)
{
    char byte;
    return pread(fd, &byte, sizeof byte, (off_t)offset_bytes) >= 0;
}

/* The first and the last page: what lies between was asked for between them. */
static bool wait_for(int fd, const GArray *missing)
{
    for (guint i = 0; i < missing->len; i++) {
        const Range *range = &g_array_index(missing, Range, i);
        if (!wait_for_page(fd, range->offset_bytes) ||
            !wait_for_page(fd, range->offset_bytes + range->length_bytes - 1))
            return false;
    }
    return true;
}

/* What of the portion is not in memory now. */
static uint64_t look(const Submission *submission, const Portion *portion, int fd,
                     const struct stat *st, GArray *missing)
{
    const Range *ranges = reading_ranges(submission->reading, portion);
    uint64_t resident_bytes = 0;
    g_array_set_size(missing, 0);
    for (uint32_t i = 0; i < portion->n_ranges; i++)
        resident_bytes +=
            residency_missing(submission->run->residency, fd, st, ranges[i], true, missing);
    return resident_bytes;
}

/* What is on its way is passed over by the kernel; what was dropped is asked for once more, which
 * is not counted again. */
static void ask_again(const Submission *submission, const Portion *portion, int fd,
                      const GArray *missing)
{
    const Run *run = submission->run;
    uint64_t request_bytes = reading_target(submission->reading, portion)->disk->request_bytes;
    for (guint i = 0; i < missing->len; i++) {
        Range rest = g_array_index(missing, Range, i);
        while (rest.length_bytes > 0 && !run_cancelled(run)) {
            const Range request = {rest.offset_bytes, MIN(rest.length_bytes, request_bytes)};
            (void)run->ask(run->ask_data, fd, request); /* it is looked what came of it */
            rest.offset_bytes += request.length_bytes;
            rest.length_bytes -= request.length_bytes;
        }
    }
}

/*
 * Looks what is in memory, asks and waits for what is not, and looks again, until all is there or
 * nothing helps. Where the kernel does not tell, the last page is waited for.
 */
static bool verify_portion(const Submission *submission, const Portion *portion)
{
    struct stat st;
    const Target *target = reading_target(submission->reading, portion);
    autofd fd = open_again(target, &st);
    if (fd < 0)
        return false;
    /* No reading ahead around the single pages that are waited for. */
    (void)posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM);
    if (!target->told) {
        const Range *last = reading_ranges(submission->reading, portion) + portion->n_ranges - 1;
        return wait_for_page(fd, last->offset_bytes + last->length_bytes - 1);
    }
    g_autoptr(GArray) missing = g_array_new(FALSE, FALSE, sizeof(Range));
    uint64_t resident_bytes = look(submission, portion, fd, &st, missing);
    bool readable = true;
    for (uint32_t i = 1; missing->len > 0 && readable && i < LOOKS_MAX; i++) {
        ask_again(submission, portion, fd, missing);
        readable = wait_for(fd, missing);
        resident_bytes = look(submission, portion, fd, &st, missing);
    }
    run_count_loaded(submission->run, resident_bytes);
    for (guint i = 0; i < missing->len; i++)
        ledger_lacking(submission->run->ledger, target->entry, g_array_index(missing, Range, i));
    return readable;
}

static void verify(const Submission *submission)
{
    for (guint i = 0; i < submission->reading->portions->len; i++) {
        if (run_cancelled(submission->run))
            return;
        const Portion *portion = &g_array_index(submission->reading->portions, Portion, i);
        Target *target = reading_target(submission->reading, portion);
        if (!target->failed && run_wants(submission->run, target->path) &&
            !verify_portion(submission, portion))
            target->failed = 1; /* the helpers have ended: no longer shared */
    }
}

static void count_failed(const Submission *submission)
{
    const GArray *targets = submission->reading->targets;
    uint32_t n = 0;
    for (guint i = 0; i < targets->len; i++)
        n += g_array_index(targets, Target, i).failed != 0;
    run_count_failed(submission->run, n);
}

void submit_reading(Run *run, Reading *reading, guint n_headless)
{
    Submission submission = {.run = run, .reading = reading, .end = n_headless};
    g_autoptr(GPtrArray) helpers = start_helpers(&submission);
    submit_with_head(&submission);
    (void)submit_shared(&submission);
    for (guint i = 0; i < helpers->len; i++)
        (void)g_thread_join(helpers->pdata[i]);
    verify(&submission);
    count_failed(&submission);
}

void submit_unverified(Run *run, Reading *reading)
{
    Submission submission = {.run = run, .reading = reading};
    submit_with_head(&submission);
    count_failed(&submission);
}
