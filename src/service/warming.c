/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "service/warming.h"
#include "base/fd.h"
#include "formats/warmlists.h"
#include "service/answer.h"
#include "service/control-error.h"
#include "service/cycle.h"
#include "service/pause.h"
#include "service/relief.h"
#include <fcntl.h>
#include <limits.h>
#include <string.h>

#define MOUNTINFO_LIMIT_BYTES ((size_t)16 << 20)

struct Warming {
    Daemon *daemon;
    GPtrArray *jobs; /* Job, by rising number */
    uint32_t n_jobs; /* ever */
};

typedef struct {
    Warming *warming;
    uint32_t number; /* 0: of the lists */
    uid_t uid;
    bool by_descriptor;
    uint64_t goal_bytes;
    uint64_t submitted_bytes; /* so far */
    bool ended;
    uint64_t resident_bytes;
    uint64_t loaded_bytes;
    uint64_t left_bytes;
    uint32_t n_skipped;
    uint32_t n_failed;
    bool cancelled;
} Job;

/* The lists, as a thread of the queue reads them. */
typedef struct {
    Warming *warming;
    char *directory;
    Plan *plan;
    WarmLists found;
} Look;

/* 0 while nothing may be read. */
static Budget budget_now(const Daemon *daemon)
{
    Meminfo memory;
    const BudgetRules rules = cycle_budget_rules(daemon->config);
    if (pause_active(daemon) || relief_holds(daemon->relief) ||
        !machine_memory(daemon->machine, &memory))
        return (Budget){0};
    return budget_of(&memory, &rules);
}

static void note_progress(const QueueProgress *progress, gpointer data)
{
    ((Job *)data)->submitted_bytes = progress->submitted_bytes;
}

static void forget_oldest(Warming *warming)
{
    for (guint i = 0; i < warming->jobs->len && warming->jobs->len > WARMING_REMEMBERED; i++) {
        const Job *job = warming->jobs->pdata[i];
        if (job->ended)
            g_ptr_array_remove_index(warming->jobs, i--);
    }
}

static void tell(const Job *job, const ReadaheadReport *report)
{
    const Daemon *daemon = job->warming->daemon;
    log_write(daemon->log, LEVEL_INFO, MESSAGE_NONE,
              "warmed %s: %" G_GUINT64_FORMAT " KiB wanted, %" G_GUINT64_FORMAT
              " in memory before, %" G_GUINT64_FORMAT " read; %u files skipped, %u failed%s",
              job->number == 0 ? "by lists" : "on request", report->planned_bytes / 1024,
              report->resident_bytes / 1024, report->submitted_bytes / 1024, report->n_skipped,
              report->n_failed, report->cancelled ? "; cancelled" : "");
}

static void job_done(const Plan *plan, const ReadaheadReport *report, gpointer data)
{
    Job *job = data;
    job->ended = true;
    job->submitted_bytes = report->submitted_bytes;
    job->resident_bytes = report->resident_bytes;
    job->loaded_bytes = report->loaded_bytes;
    job->left_bytes = report->left_bytes;
    job->n_skipped = report->n_skipped;
    job->n_failed = report->n_failed;
    job->cancelled = report->cancelled;
    tell(job, report);
    if (job->number == 0)
        g_free(job);
    else
        forget_oldest(job->warming);
}

/* Takes both. False, and both are freed, if too much waits already. */
static bool push(Warming *warming, Job *job, ReadClass class, Plan *plan)
{
    const QueueOrder order = {.class = class,
                              .reason = g_strdup_printf("warm %u", job->number),
                              .plan = plan,
                              .rules = cycle_read_rules(warming->daemon, class),
                              .progress = note_progress,
                              .done = job_done,
                              .data = job};
    if (queue_push(warming->daemon->queue, &order))
        return true;
    g_free(job);
    return false;
}

static void look_run(gpointer data)
{
    Look *look = data;
    g_autoptr(GString) text = fd_read_file(AT_FDCWD, "/proc/self/mountinfo", MOUNTINFO_LIMIT_BYTES);
    if (text == NULL)
        return;
    g_autoptr(Mounts) mounts = mounts_parse(cursor_of(text->str, text->len));
    warm_lists_read(look->directory, mounts, &look->warming->daemon->cancel, look->plan,
                    &look->found);
}

static void look_done(gpointer data)
{
    Look *look = data;
    const Daemon *daemon = look->warming->daemon;
    const WarmLists *found = &look->found;
    if (found->n_lists > 0)
        log_write(daemon->log, LEVEL_NOTICE, MESSAGE_NONE,
                  "%u lists in %s: %u files are read ahead, %u entries are not there, %u lines are "
                  "none of a list",
                  found->n_lists, look->directory, found->n_files, found->n_missing,
                  found->n_refused);
    look->plan->budget = budget_now(daemon);
    if (found->n_files > 0 && !g_atomic_int_get(&daemon->cancel)) {
        Job *job = g_new0(Job, 1);
        job->warming = look->warming;
        (void)push(look->warming, job, CLASS_SESSION, g_steal_pointer(&look->plan));
    }
    g_clear_pointer(&look->plan, plan_free);
    g_free(look->directory);
    g_free(look);
}

Warming *warming_new(Daemon *daemon, const char *lists_directory)
{
    const Budget nothing = {0};
    Warming *warming = g_new0(Warming, 1);
    warming->daemon = daemon;
    warming->jobs = g_ptr_array_new_with_free_func(g_free);
    if (!g_file_test(lists_directory, G_FILE_TEST_IS_DIR))
        return warming;
    Look *look = g_new0(Look, 1);
    look->warming = warming;
    look->directory = g_strdup(lists_directory);
    look->plan = plan_of_ranges(&nothing);
    queue_call(daemon->queue, CLASS_SESSION, look_run, look_done, look);
    return warming;
}

void warming_free(Warming *warming)
{
    if (warming == NULL)
        return;
    g_ptr_array_unref(warming->jobs);
    g_free(warming);
}

static bool refuse(GError **error, ControlError code, const char *text)
{
    g_set_error_literal(error, CONTROL_ERROR, (int)code, text);
    return false;
}

static bool take_ranges(GVariant *wanted, GArray *ranges, uint64_t *goal_bytes, GError **error)
{
    for (gsize i = 0; i < g_variant_n_children(wanted); i++) {
        guint64 offset_bytes = 0;
        guint64 length_bytes = 0;
        g_variant_get_child(wanted, i, "(tt)", &offset_bytes, &length_bytes);
        if (length_bytes == 0 || offset_bytes > INT64_MAX ||
            length_bytes > INT64_MAX - offset_bytes)
            return refuse(error, CONTROL_ERROR_ARGUMENTS, "a range is no part of any file");
        const Range range = {offset_bytes, length_bytes};
        g_array_append_val(ranges, range);
        *goal_bytes += MIN(length_bytes, UINT64_MAX - *goal_bytes);
    }
    return true;
}

static bool take_file(Plan *plan, const char *path, GVariant *wanted, uint64_t *goal_bytes,
                      GError **error)
{
    g_autoptr(GArray) ranges = g_array_new(FALSE, FALSE, sizeof(Range));
    if (path[0] != '/' || strlen(path) >= PATH_MAX)
        return refuse(error, CONTROL_ERROR_ARGUMENTS, "paths are absolute");
    if (!take_ranges(wanted, ranges, goal_bytes, error))
        return false;
    plan_add_ranges(plan, path, ranges);
    return true;
}

/* NULL for what is no regular file that the caller may read, or has no name here. */
static char *name_of(int fd, struct stat *st)
{
    g_autofree char *link = g_strdup_printf("/proc/self/fd/%d", fd);
    const int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || (flags & O_PATH) != 0 || (flags & O_ACCMODE) == O_WRONLY ||
        fstat(fd, st) != 0 || !S_ISREG(st->st_mode) || st->st_nlink == 0)
        return NULL;
    g_autofree char *path = g_file_read_link(link, NULL);
    return path != NULL && path[0] == '/' ? g_steal_pointer(&path) : NULL;
}

static bool take_open_file(Plan *plan, int fd, GVariant *wanted, uint64_t *goal_bytes,
                           GError **error)
{
    struct stat st;
    g_autofree char *path = name_of(fd, &st);
    g_autoptr(GArray) ranges = g_array_new(FALSE, FALSE, sizeof(Range));
    if (path == NULL)
        return refuse(error, CONTROL_ERROR_ARGUMENTS,
                      "a descriptor is of no regular file, or not opened for reading");
    if (!take_ranges(wanted, ranges, goal_bytes, error))
        return false;
    plan_add_ranges_of(plan, path, st.st_dev, st.st_ino, ranges);
    return true;
}

static bool take_open_files(Plan *plan, GVariant *files, const Caller *caller, uint64_t *goal_bytes,
                            GError **error)
{
    gsize n_ranges = 0;
    for (gsize i = 0; i < g_variant_n_children(files); i++) {
        gint32 handle = -1;
        g_autoptr(GVariant) wanted = NULL;
        g_variant_get_child(files, i, "(h@a(tt))", &handle, &wanted);
        n_ranges += g_variant_n_children(wanted);
        if (handle < 0 || (guint)handle >= caller->n_fds)
            return refuse(error, CONTROL_ERROR_ARGUMENTS,
                          "a descriptor did not come with the call");
        if (n_ranges > WARMING_RANGES_MAX)
            return refuse(error, CONTROL_ERROR_LIMITS, "too many ranges for one order");
        if (!take_open_file(plan, caller->fds[handle], wanted, goal_bytes, error))
            return false;
    }
    return true;
}

static bool take_files(Plan *plan, GVariant *files, uint64_t *goal_bytes, GError **error)
{
    gsize n_ranges = 0;
    if (g_variant_n_children(files) > WARMING_FILES_MAX)
        return refuse(error, CONTROL_ERROR_LIMITS, "too many files for one order");
    for (gsize i = 0; i < g_variant_n_children(files); i++) {
        const char *path = NULL;
        g_autoptr(GVariant) wanted = NULL;
        g_variant_get_child(files, i, "(&s@a(tt))", &path, &wanted);
        n_ranges += g_variant_n_children(wanted);
        if (n_ranges > WARMING_RANGES_MAX)
            return refuse(error, CONTROL_ERROR_LIMITS, "too many ranges for one order");
        if (!take_file(plan, path, wanted, goal_bytes, error))
            return false;
    }
    return true;
}

/* Takes the plan; the order's number, or 0 with error set. */
static uint32_t order(Warming *warming, Plan *plan, const Job *wanted, GError **error)
{
    const guint n_files = plan->items->len;
    if (plan->budget.read_bytes == 0) {
        plan_free(plan);
        (void)refuse(error, CONTROL_ERROR_FAILED,
                     "nothing may be read now: there is a pause, or memory is short, or much is "
                     "being written");
        return 0;
    }
    Job *job = g_memdup2(wanted, sizeof *wanted);
    job->warming = warming;
    job->number = ++warming->n_jobs;
    uint32_t number = job->number;
    if (!push(warming, job, CLASS_BULK, plan)) {
        (void)refuse(error, CONTROL_ERROR_LIMITS, "too many orders wait already");
        return 0;
    }
    g_ptr_array_add(warming->jobs, job);
    log_write(warming->daemon->log, LEVEL_INFO, MESSAGE_NONE, "user %u wants %u files warmed",
              (unsigned)wanted->uid, n_files);
    return number;
}

uint32_t warming_order(Warming *warming, GVariant *files, uint32_t uid, GError **error)
{
    Job job = {.uid = uid};
    const Budget budget = budget_now(warming->daemon);
    g_autoptr(Plan) plan = plan_of_ranges(&budget);
    if (!take_files(plan, files, &job.goal_bytes, error))
        return 0;
    return order(warming, g_steal_pointer(&plan), &job, error);
}

static guint count_waiting(const Warming *warming, uid_t uid)
{
    guint n = 0;
    for (guint i = 0; i < warming->jobs->len; i++) {
        const Job *job = warming->jobs->pdata[i];
        n += job->uid == uid && !job->ended;
    }
    return n;
}

uint32_t warming_order_open(Warming *warming, GVariant *files, const Caller *caller, GError **error)
{
    Job job = {.uid = caller->uid, .by_descriptor = true};
    const Budget budget = budget_now(warming->daemon);
    g_autoptr(Plan) plan = plan_of_ranges(&budget);
    if (caller->uid != 0 && count_waiting(warming, caller->uid) >= WARMING_OF_USER_MAX) {
        (void)refuse(error, CONTROL_ERROR_LIMITS, "too many orders of yours wait already");
        return 0;
    }
    if (!take_open_files(plan, files, caller, &job.goal_bytes, error))
        return 0;
    return order(warming, g_steal_pointer(&plan), &job, error);
}

/* NULL if there is none of that number. */
static const Job *find_job(const Warming *warming, uint32_t number)
{
    for (guint i = 0; i < warming->jobs->len; i++)
        if (((const Job *)warming->jobs->pdata[i])->number == number)
            return warming->jobs->pdata[i];
    return NULL;
}

static void begin_answer(GVariantBuilder *answer, const Job *job)
{
    answer_begin(answer);
    answer_bool(answer, "ended", job->ended);
    answer_bool(answer, "cancelled", job->cancelled);
    answer_u64(answer, "goal_bytes", job->goal_bytes);
}

GVariant *warming_progress(const Warming *warming, uint32_t number, uid_t uid)
{
    const Job *job = find_job(warming, number);
    if (job == NULL || !job->by_descriptor || job->uid != uid)
        return NULL;
    GVariantBuilder answer;
    begin_answer(&answer, job);
    answer_u32(&answer, "skipped", job->n_skipped);
    return answer_end(&answer);
}

GVariant *warming_status(const Warming *warming, uint32_t number)
{
    const Job *job = find_job(warming, number);
    if (job == NULL)
        return NULL;
    GVariantBuilder answer;
    begin_answer(&answer, job);
    answer_u64(&answer, "read_bytes", job->submitted_bytes);
    answer_u64(&answer, "resident_bytes", job->resident_bytes);
    answer_u64(&answer, "loaded_bytes", job->loaded_bytes);
    answer_u64(&answer, "left_bytes", job->left_bytes);
    answer_u32(&answer, "skipped", job->n_skipped);
    answer_u32(&answer, "failed", job->n_failed);
    return answer_end(&answer);
}

uint32_t warming_waiting(const Warming *warming, uint64_t *ret_left_bytes)
{
    uint32_t n_waiting = 0;
    *ret_left_bytes = 0;
    for (guint i = 0; warming != NULL && i < warming->jobs->len; i++) {
        const Job *job = warming->jobs->pdata[i];
        if (job->ended)
            continue;
        uint64_t left_bytes = job->goal_bytes - MIN(job->submitted_bytes, job->goal_bytes);
        *ret_left_bytes += MIN(left_bytes, UINT64_MAX - *ret_left_bytes);
        n_waiting++;
    }
    return n_waiting;
}
