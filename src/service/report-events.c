/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "service/report.h"
#include <errno.h>

char *report_assist(const char *label, const ReadaheadReport *report)
{
    g_autofree char *planned = report_bytes(report->planned_bytes);
    g_autofree char *submitted = report_bytes(report->submitted_bytes);
    uint64_t percent =
        report->planned_bytes > 0 ? report->resident_bytes * 100 / report->planned_bytes : 100;
    if (report->submitted_bytes == 0)
        return g_strdup_printf("%s starts: %" G_GUINT64_FORMAT " %% of its %s in memory", label,
                               percent, planned);
    return g_strdup_printf(
        "%s starts: %" G_GUINT64_FORMAT " %% of its %s in memory, %s asked for in %.2f s%s", label,
        percent, planned, submitted, (double)report->took_usec / G_USEC_PER_SEC,
        report->cancelled ? ", until it ended" : "");
}

static const char *reason(int error)
{
    if (error == -EPERM || error == -EACCES)
        return "not permitted";
    if (error == -EOPNOTSUPP)
        return "no answer: in a container, or the kernel has none";
    return g_strerror(-error);
}

char *report_events(const ObserverHealth *health)
{
    if (!health->asked)
        return NULL;
    if (health->execs_error != 0)
        return g_strdup_printf("programs that start are not told (proc connector: %s): looking "
                               "each cycle instead; short-lived programs are missed, files that "
                               "are read but not mapped are not learnt, nothing is read ahead at "
                               "the start of a program",
                               reason(health->execs_error));
    if (health->opens_error != 0)
        return g_strdup_printf("files that are opened are not told (fanotify: %s): those that are "
                               "read but not mapped are not learnt",
                               reason(health->opens_error));
    if (health->n_unmarked > 0)
        return g_strdup_printf("on %u file system%s opens are not told (%s): files there that are "
                               "read but not mapped are not learnt",
                               health->n_unmarked, health->n_unmarked == 1 ? "" : "s",
                               health->unmarked_why);
    return NULL;
}
