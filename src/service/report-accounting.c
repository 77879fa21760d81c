/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "service/report.h"

/* ", 12 MiB merged" or nothing. */
static void append_bytes(GString *text, uint64_t bytes, const char *what)
{
    g_autofree char *amount = report_bytes(bytes);
    if (bytes > 0)
        g_string_append_printf(text, ", %s %s", amount, what);
}

/* ", 2 files failed" or nothing; `of` follows the thing that is counted. */
static void append_count(GString *text, uint64_t n, const char *thing, const char *of)
{
    if (n > 0)
        g_string_append_printf(text, ", %" G_GUINT64_FORMAT " %s%s%s", n, thing, n == 1 ? "" : "s",
                               of);
}

static void report_row(Log *log, const char *class, const AccountingRow *row)
{
    g_autofree char *asked = report_bytes(row->asked_bytes);
    g_autoptr(GString) text = g_string_new(NULL);
    g_string_append_printf(text, "%s wanted", asked);
    append_bytes(text, row->resident_bytes, "in memory before");
    append_bytes(text, row->read_bytes, "read");
    append_count(text, row->n_requests, "request", "");
    append_bytes(text, row->gap_bytes, "of it gaps");
    append_count(text, row->n_merged, "request", " saved by that");
    append_bytes(text, row->loaded_bytes, "seen loaded");
    append_bytes(text, row->cancelled_bytes, "cancelled");
    append_bytes(text, row->left_bytes, "over the budget");
    append_count(text, row->n_primed, "name", " looked up");
    append_count(text, row->n_skipped, "file", " skipped");
    append_count(text, row->n_failed, "file", " failed");
    append_count(text, row->n_stopped, "plan", " stopped early");
    log_write(log, LEVEL_NOTICE, MESSAGE_NONE, "  %s: %" G_GUINT64_FORMAT " plan%s in %.1f s: %s",
              class, row->n_plans, row->n_plans == 1 ? "" : "s",
              (double)row->took_usec / G_USEC_PER_SEC, text->str);
}

void report_accounting(Log *log, const Accounting *accounting)
{
    g_autofree char *wasted = report_bytes(accounting->wasted_bytes);
    log_write(log, LEVEL_NOTICE, MESSAGE_NONE, "read ahead since the start, %s in vain:", wasted);
    for (guint i = 0; i < CLASSES; i++)
        if (accounting->all[i].n_plans > 0)
            report_row(log, read_class_name((ReadClass)i), &accounting->all[i]);
}
