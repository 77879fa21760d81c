/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "prefetch/readahead.h"

#include <linux/ioprio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "prefetch/assist.h"
#include "prefetch/reading.h"
#include "prefetch/run.h"

void readahead_report_clear(ReadaheadReport *report)
{
    g_clear_pointer(&report->files, g_array_unref);
}

/* What nobody waits for yet: all that is missing is found first, and is then read in the best
 * order. */
static void read_predicted(Run *run)
{
    Reading reading = reading_make();
    Walk walk;
    walk_begin(&walk, run, &reading, run->rules->sort);
    walk_plan(&walk);
    guint n_headless = order_portions(&reading, run->rules->sort);
    submit_reading(run, &reading, n_headless);
    walk_end(&walk);
    reading_clear(&reading);
}

/* An assist only asks. What is paced took longer than the disk did (run_end() has that); what is
 * not, but was held to a rate, says nothing at all. */
static void note_speed(const ReadaheadRules *rules, ReadaheadReport *report)
{
    bool limited = rules->limiter != NULL;
    bool held = limited && (!rules->limits.heedless || rules->limits.rate_bytes > 0);
    if (rules->assist || held)
        return;
    report->timed_bytes = report->loaded_bytes;
    report->timed_usec = report->took_usec;
}

void readahead_run(const Plan *plan, const ReadaheadRules *rules, Storage *storage,
                   const Residency *residency, const int *cancel, ReadaheadReport *ret_report)
{
    gint64 begun_usec = g_get_monotonic_time();
    Run run;
    run_begin(&run, plan, rules, storage, residency, cancel, ret_report);
    if (rules->turns != NULL)
        turns_begin(rules->turns, rules->class);
    if (rules->assist)
        assist_run(&run);
    else
        read_predicted(&run);
    if (rules->turns != NULL)
        turns_end(rules->turns, rules->class);
    run_end(&run);
    ret_report->took_usec = MAX(1, (uint64_t)(g_get_monotonic_time() - begun_usec));
    note_speed(rules, ret_report);
}

bool readahead_idle_class(void)
{
    return syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0,
                   IOPRIO_PRIO_VALUE(IOPRIO_CLASS_IDLE, 0)) == 0;
}
