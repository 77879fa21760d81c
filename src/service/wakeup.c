/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "service/wakeup.h"
#include "model/metrics.h"
#include "prefetch/loss.h"
#include "service/report.h"

/* A look in the reader's thread. */
typedef struct {
    Daemon *daemon;
    GArray *items; /* LossItem */
    uint64_t slept_usec;
} Look;

static GArray *items_of(const Model *model)
{
    GArray *items = loss_items_new();
    for (guint i = 0; i < model->maps->len; i++) {
        const Map *map = model->maps->pdata[i];
        if (map->ours.n_runs == 0)
            continue;
        const LossItem item = {.path = g_ref_string_acquire(map->path),
                               .blocks = block_set_copy(&map->ours)};
        g_array_append_val(items, item);
    }
    return items;
}

static void look_run(gpointer job)
{
    Look *look = job;
    loss_look(look->items, look->daemon->residency, &look->daemon->cancel);
}

static void tell(const Look *look, uint64_t lost_bytes, uint64_t all_bytes)
{
    g_autofree char *lost = report_bytes(lost_bytes);
    g_autofree char *all = report_bytes(all_bytes);
    log_write(look->daemon->log, LEVEL_INFO, MESSAGE_WOKE_UP,
              "the machine slept for %.0f s: of %s that had been read ahead %s were lost",
              (double)look->slept_usec / G_USEC_PER_SEC, all, lost);
}

static void look_done(gpointer job)
{
    Look *look = job;
    Daemon *daemon = look->daemon;
    uint64_t lost_bytes = 0;
    uint64_t all_bytes = 0;
    for (guint i = 0; i < look->items->len; i++) {
        const LossItem *item = &g_array_index(look->items, LossItem, i);
        all_bytes += block_set_bytes(&item->blocks);
        lost_bytes += block_set_bytes(&item->lost);
        metrics_note_lost(daemon->model, item->path, &item->lost);
    }
    if (!g_atomic_int_get(&daemon->cancel)) /* else it was not looked at */
        tell(look, lost_bytes, all_bytes);
    g_array_unref(look->items);
    g_free(look);
    /* At the end of the daemon there is no timer any more. */
    if (daemon->cycle_source != 0 && daemon->config->doscan && daemon->observer != NULL &&
        !observer_busy(daemon->observer))
        observer_pass(daemon->observer);
}

void wakeup_begin(Daemon *daemon, uint64_t slept_usec)
{
    Look *look = g_new(Look, 1);
    *look = (Look){daemon, items_of(daemon->model), slept_usec};
    queue_call(daemon->queue, CLASS_PREDICTED, look_run, look_done, look);
}
