/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "service/upkeep.h"
#include "service/cycle.h"

#define REASON "upkeep"

guint upkeep_take(Upkeep *upkeep, guint n_known)
{
    if (upkeep->n_rests > 0) {
        upkeep->n_rests--;
        return 0;
    }
    if (upkeep->next >= n_known)
        upkeep->next = 0; /* some are no longer known */
    return MIN(UPKEEP_NAMES, n_known - upkeep->next);
}

void upkeep_note(Upkeep *upkeep, guint n_names, guint n_missing, guint n_known)
{
    upkeep->next += n_names;
    upkeep->n_missing += n_missing;
    if (upkeep->next < n_known)
        return;
    bool in_vain = upkeep->n_missing == 0;
    upkeep->rest = in_vain ? CLAMP(upkeep->rest * 2, UPKEEP_REST_MIN, UPKEEP_REST_MAX) : 0;
    upkeep->n_rests = upkeep->rest;
    upkeep->next = 0;
    upkeep->n_missing = 0;
}

static void upkeep_done(const Plan *plan, const ReadaheadReport *report, gpointer data)
{
    Daemon *daemon = data;
    if (report->took_usec > 0 && !report->cancelled)
        upkeep_note(&daemon->upkeep, plan->items->len, report->n_primed, daemon->model->maps->len);
}

bool upkeep_may(const Daemon *daemon, const ReadaheadReport *report)
{
    return report->submitted_bytes == 0 && !report->cancelled && daemon->stance == NULL &&
           daemon->budget.read_bytes > 0 && !daemon->budget.writeback &&
           queue_length(daemon->queue, CLASS_BULK) == 0;
}

void upkeep_idle(Daemon *daemon, const ReadaheadReport *report)
{
    if (!upkeep_may(daemon, report))
        return;
    guint n_names = upkeep_take(&daemon->upkeep, daemon->model->maps->len);
    if (n_names == 0)
        return;
    const QueueOrder order = {.class = CLASS_BULK,
                              .reason = g_strdup(REASON),
                              .plan = plan_of_names(daemon->model, daemon->upkeep.next, n_names),
                              .rules = cycle_read_rules(daemon, CLASS_BULK),
                              .done = upkeep_done,
                              .data = daemon};
    (void)queue_push(daemon->queue, &order); /* too many wait: then it was not idle */
}
