/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "predict/budget.h"
#include <glib.h>
#include <math.h>

/* Above this share of RAM being written, reading ahead would make somebody wait (neopreload's
 * value). */
#define WRITEBACK_SHARE_MAX 0.02
/* Of what is available, prediction leaves a quarter to the files that people read themselves. */
#define KEEP_SHARE 0.75

static double percent_of(uint64_t bytes, int percent)
{
    return (double)bytes / 100 * percent;
}

static double swap_factor(const Meminfo *memory)
{
    if (memory->swap_total_bytes == 0)
        return 1;
    double share = (double)memory->swap_free_bytes / (double)memory->swap_total_bytes;
    return sqrt(share > 1 ? 1 : share);
}

Budget budget_of(const Meminfo *memory, const BudgetRules *rules)
{
    if ((double)memory->writeback_bytes > WRITEBACK_SHARE_MAX * (double)memory->total_bytes)
        return (Budget){.writeback = true};
    double wanted = percent_of(memory->total_bytes, rules->memtotal_percent) +
                    percent_of(memory->available_bytes, rules->memfree_percent);
    double read = MAX(0, wanted) * swap_factor(memory) +
                  percent_of(memory->cached_bytes, rules->memcached_percent);
    /* The percentages may add up to more than there is. */
    double available = (double)memory->available_bytes;
    read = CLAMP(read, 0, available);
    double keep = read > 0 ? MAX(read, KEEP_SHARE * available) : 0;
    return (Budget){.read_bytes = (uint64_t)read,
                    .keep_bytes = (uint64_t)keep,
                    .observation_percent = rules->observation_percent};
}
