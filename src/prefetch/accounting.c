/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "prefetch/accounting.h"

#include <string.h>

static void add(AccountingRow *row, const ReadaheadReport *report)
{
    row->n_plans++;
    row->n_stopped += report->cancelled ? 1 : 0;
    row->n_files += report->n_files;
    row->n_skipped += report->n_skipped;
    row->n_failed += report->n_failed;
    row->n_requests += report->n_requests;
    row->n_merged += report->n_merged;
    row->n_primed += report->n_primed;
    row->asked_bytes += report->planned_bytes;
    row->resident_bytes += report->resident_bytes;
    row->read_bytes += report->submitted_bytes;
    row->gap_bytes += report->gap_bytes;
    row->loaded_bytes += report->loaded_bytes;
    row->cancelled_bytes += report->cancelled_bytes;
    row->left_bytes += report->left_bytes;
    row->took_usec += report->took_usec;
}

void accounting_note(Accounting *accounting, ReadClass class, const ReadaheadReport *report)
{
    add(&accounting->all[class], report);
    add(&accounting->cycle[class], report);
}

void accounting_begin_cycle(Accounting *accounting)
{
    memset(accounting->cycle, 0, sizeof accounting->cycle);
    accounting->cycle_wasted_bytes = 0;
}

void accounting_note_wasted(Accounting *accounting, uint64_t wasted_bytes)
{
    if (!accounting->wasted_told)
        accounting->wasted_before_bytes = wasted_bytes;
    accounting->wasted_told = true;
    uint64_t since_bytes = wasted_bytes - MIN(wasted_bytes, accounting->wasted_before_bytes);
    if (since_bytes > accounting->wasted_bytes)
        accounting->cycle_wasted_bytes += since_bytes - accounting->wasted_bytes;
    accounting->wasted_bytes = since_bytes;
}
