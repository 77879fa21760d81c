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
    Reading *reading;
    const Residency *residency;
    const int *cancel;
    int next;  /* g_atomic_int: the next portion to take */
    guint end; /* portions from here on are not for helpers */
    GMutex lock;
    ReadaheadReport *report; /* under lock */
} Submission;

static bool cancelled(const Submission *submission)
{
    return g_atomic_int_get(submission->cancel) != 0;
}

/* The file that was looked at before, or a negative errno: -ESTALE if another one has its name now.
 */
static int open_again(const Target *target, struct stat *ret_st)
{
    autofd fd = fd_open_foreign(target->path, ret_st);
    if (fd < 0)
        return fd;
    return ret_st->st_dev == target->dev && ret_st->st_ino == target->ino ? fd_steal(&fd) : -ESTALE;
}

/* In pieces that the kernel does not cut. The result of posix_fadvise(3) is an errno. */
static bool submit_range(const Submission *submission, int fd, const Range *range,
                         uint64_t request_bytes, ReadaheadReport *tally)
{
    for (uint64_t done = 0; done < range->length_bytes;) {
        if (cancelled(submission))
            return true;
        uint64_t length_bytes = MIN(request_bytes, range->length_bytes - done);
        if (posix_fadvise(fd, (off_t)(range->offset_bytes + done), (off_t)length_bytes,
                          POSIX_FADV_WILLNEED) != 0)
            return false;
        tally->n_requests++;
        tally->submitted_bytes += length_bytes;
        done += length_bytes;
    }
    return true;
}

static bool submit_portion(const Submission *submission, const Portion *portion,
                           ReadaheadReport *tally)
{
    const Target *target = reading_target(submission->reading, portion);
    const Range *ranges = reading_ranges(submission->reading, portion);
    struct stat st;
    autofd fd = open_again(target, &st);
    bool submitted = fd >= 0;
    for (uint32_t i = 0; submitted && i < portion->n_ranges; i++)
        submitted = submit_range(submission, fd, &ranges[i], target->disk->request_bytes, tally);
    return submitted;
}

static void add_tally(Submission *submission, const ReadaheadReport *tally)
{
    g_mutex_lock(&submission->lock);
    submission->report->n_requests += tally->n_requests;
    submission->report->submitted_bytes += tally->submitted_bytes;
    g_mutex_unlock(&submission->lock);
}

static void submit_one(Submission *submission, guint index, ReadaheadReport *tally)
{
    const Portion *portion = &g_array_index(submission->reading->portions, Portion, index);
    if (!submit_portion(submission, portion, tally))
        g_atomic_int_set(&reading_target(submission->reading, portion)->failed, 1);
}

/* A thread: takes portions until there are no more. */
static gpointer submit_shared(gpointer data)
{
    Submission *submission = data;
    ReadaheadReport tally = {0};
    while (!cancelled(submission)) {
        guint index = (guint)g_atomic_int_add(&submission->next, 1);
        if (index >= submission->end)
            break;
        submit_one(submission, index, &tally);
    }
    add_tally(submission, &tally);
    return NULL;
}

/* One head can be at one place only: one thread, one portion after the other. */
static void submit_with_head(Submission *submission)
{
    ReadaheadReport tally = {0};
    for (guint i = submission->end; i < submission->reading->portions->len; i++) {
        if (cancelled(submission))
            break;
        submit_one(submission, i, &tally);
    }
    add_tally(submission, &tally);
}

/* Fewer threads than wanted is no error: this one takes what is left. They inherit our I/O
 * priority. */
static GPtrArray *start_helpers(Submission *submission, uint32_t maxprocs)
{
    GPtrArray *helpers = g_ptr_array_new();
    guint n_wanted = MIN(MIN(maxprocs, THREADS_MAX), submission->end);
    while (helpers->len < n_wanted) {
        GThread *helper = g_thread_try_new("readahead", submit_shared, submission, NULL);
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
            residency_missing(submission->residency, fd, st, ranges[i], true, missing);
    return resident_bytes;
}

/* What is on its way is passed over by the kernel; what was dropped is asked for once more. */
static void ask_again(const Submission *submission, const Portion *portion, int fd,
                      const GArray *missing)
{
    ReadaheadReport counted_before = {0};
    const Target *target = reading_target(submission->reading, portion);
    for (guint i = 0; i < missing->len; i++)
        (void)submit_range(submission, fd, &g_array_index(missing, Range, i),
                           target->disk->request_bytes, &counted_before);
}

/*
 * Looks what is in memory, asks and waits for what is not, and looks again, until all is there or
 * nothing helps. Where the kernel does not tell, the last page is waited for.
 */
static bool verify_portion(const Submission *submission, const Portion *portion,
                           ReadaheadReport *report)
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
        report->untold_bytes += portion->length_bytes;
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
    report->loaded_bytes += resident_bytes;
    return readable;
}

static void verify(Submission *submission)
{
    for (guint i = 0; i < submission->reading->portions->len; i++) {
        if (cancelled(submission))
            return;
        const Portion *portion = &g_array_index(submission->reading->portions, Portion, i);
        Target *target = reading_target(submission->reading, portion);
        if (!target->failed && !verify_portion(submission, portion, submission->report))
            target->failed = 1; /* the helpers have ended: no longer shared */
    }
}

static uint32_t count_failed(const Reading *reading)
{
    uint32_t n = 0;
    for (guint i = 0; i < reading->targets->len; i++)
        n += g_array_index(reading->targets, Target, i).failed != 0;
    return n;
}

void submit_reading(Reading *reading, const ReadaheadRules *rules, guint n_headless,
                    const Residency *residency, const int *cancel, ReadaheadReport *report)
{
    Submission submission = {.reading = reading,
                             .residency = residency,
                             .cancel = cancel,
                             .end = n_headless,
                             .report = report};
    g_mutex_init(&submission.lock);
    g_autoptr(GPtrArray) helpers = start_helpers(&submission, rules->maxprocs);
    submit_with_head(&submission);
    (void)submit_shared(&submission);
    for (guint i = 0; i < helpers->len; i++)
        (void)g_thread_join(helpers->pdata[i]);
    verify(&submission);
    g_mutex_clear(&submission.lock);
    report->n_failed += count_failed(reading);
}
