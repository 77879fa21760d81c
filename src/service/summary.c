/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "service/summary.h"
#include "build-config.h"
#include "model/footprint.h"
#include "service/answer.h"
#include "service/assist.h"
#include "service/pause.h"
#include "service/pinning.h"
#include "service/warming.h"

static HealthFacts gather(const Daemon *daemon)
{
    const Config *config = daemon->config;
    const char *statefile = daemon->options->statefile;
    const PinningSum pins = pinning_sum(daemon->pinning);
    return (HealthFacts){
        .rights = rights_now(),
        .kernel = kernel_now("/proc"),
        .service = notify_managed(daemon->notify),
        .proc = daemon->observer != NULL && !daemon->error_told,
        .memory = daemon->memory_known,
        .looked = daemon->scanning_done,
        .events = daemon->health,
        .scans = config->doscan,
        .predicts = config->dopredict,
        .assists = config->assist,
        .keeps = statefile == NULL || statefile[0] != '\0',
        .saves = daemon->store != NULL && store_writable(daemon->store) && !daemon->save_failed,
        .watches = daemon->watcher != NULL,
        .n_unwatched = daemon->watcher != NULL ? watcher_unwatched(daemon->watcher) : 0,
        .n_pins = pins.n_wanted,
        .n_locked = pins.n_locked,
    };
}

HealthLevel summary_level(const Daemon *daemon)
{
    const HealthFacts facts = gather(daemon);
    g_autoptr(GPtrArray) items = health_of(&facts);
    return health_worst(items);
}

GVariant *summary_health(const Daemon *daemon)
{
    const HealthFacts facts = gather(daemon);
    g_autoptr(GPtrArray) items = health_of(&facts);
    GVariantBuilder rows;
    g_variant_builder_init(&rows, G_VARIANT_TYPE("aa{sv}"));
    for (guint i = 0; i < items->len; i++) {
        const HealthItem *item = items->pdata[i];
        GVariantBuilder row;
        answer_begin(&row);
        answer_text(&row, "name", item->name);
        answer_text(&row, "level", health_name(item->level));
        answer_text(&row, "what", item->what);
        answer_text(&row, "cost", item->cost);
        answer_text(&row, "remedy", item->remedy);
        g_variant_builder_add_value(&rows, answer_end(&row));
    }
    return g_variant_builder_end(&rows);
}

const char *summary_doing(const Daemon *daemon)
{
    if (!daemon->config->doscan || daemon->observer == NULL)
        return "nothing: programs are not watched";
    if (queue_length(daemon->queue, CLASS_ASSIST) > 0)
        return "helping a launch";
    if (pause_active(daemon))
        return "paused: learning only";
    if (queue_length(daemon->queue, CLASS_SESSION) > 0 ||
        queue_length(daemon->queue, CLASS_PREDICTED) > 0)
        return "reading ahead";
    if (queue_length(daemon->queue, CLASS_BULK) > 0)
        return "warming what was asked for";
    if (daemon->health.n_learning > 0)
        return "learning a launch";
    if (!daemon->scanning_done)
        return "looking at what runs";
    if (daemon->budget.writeback)
        return "watching; the disk is busy writing, so nothing is read ahead";
    if (daemon->budget.read_bytes == 0)
        return "watching; memory is short, so nothing is read ahead";
    return "watching";
}

/* Read ahead, and not yet needed. */
static uint64_t held_bytes(const Model *model)
{
    uint64_t bytes = 0;
    for (guint i = 0; i < model->maps->len; i++) {
        const Map *map = model->maps->pdata[i];
        bytes += block_set_file_bytes(&map->ours, map->id.size_bytes);
    }
    return bytes;
}

static GVariant *answer_span(const Model *model, int32_t n_days, const Day *all)
{
    int32_t today = days_of(model->local_sec);
    Day span = days_sum(&model->days, today - n_days + 1, today);
    GVariantBuilder answer;
    answer_begin(&answer);
    answer_day(&answer, &span, all);
    return answer_end(&answer);
}

static void answer_learnt(GVariantBuilder *answer, const Model *model)
{
    uint32_t n_learnt = 0;
    uint32_t n_converged = 0;
    for (guint i = 0; i < model->exes->len; i++) {
        const Exe *exe = model->exes->pdata[i];
        n_learnt += exe->n_learnt > 0;
        n_converged += exe->n_stable >= FOOTPRINT_STABLE;
    }
    answer_u32(answer, "programs", model->exes->len);
    answer_u32(answer, "running", model->running->len);
    answer_u32(answer, "learnt", n_learnt);
    answer_u32(answer, "converged", n_converged);
    answer_u32(answer, "files", model->maps->len);
    answer_u32(answer, "chains", model->n_chains);
    answer_u64(answer, "observed_usec", model->now_usec);
}

/* What is in memory or soon will be because somebody said so, and not because it is predicted. */
static void answer_wanted(GVariantBuilder *answer, const Daemon *daemon)
{
    uint64_t left_bytes = 0;
    const PinningSum pins = pinning_sum(daemon->pinning);
    answer_u32(answer, "pins", pins.n_wanted);
    answer_u32(answer, "pins_locked", pins.n_locked);
    answer_u64(answer, "pinned_bytes", pins.locked_bytes);
    answer_u64(answer, "pin_limit_bytes", pins.limit_bytes);
    answer_u32(answer, "warm_orders", warming_waiting(daemon->warming, &left_bytes));
    answer_u64(answer, "warm_left_bytes", left_bytes);
}

static uint64_t speed_bytes(const Day *all)
{
    if (all->read_usec == 0)
        return 0;
    return (uint64_t)((double)all->timed_bytes * G_USEC_PER_SEC / (double)all->read_usec);
}

GVariant *summary_status(Daemon *daemon)
{
    const Model *model = daemon->model;
    Day all = days_all(&model->days);
    GVariantBuilder answer;
    answer_begin(&answer);
    answer_text(&answer, "version", PRELOAD_VERSION);
    answer_i64(&answer, "started_unix_sec", daemon->started_unix_sec);
    answer_u64(&answer, "up_usec", clock_awake_usec(daemon->clock) - daemon->started_usec);
    answer_text(&answer, "doing", summary_doing(daemon));
    answer_text(&answer, "stance", daemon->stance != NULL ? daemon->stance : "");
    answer_bool(&answer, "paused", pause_active(daemon));
    answer_u32(&answer, "pause_left_sec", pause_left_sec(daemon));
    answer_text(&answer, "level", health_name(summary_level(daemon)));
    answer_learnt(&answer, model);
    answer_put(&answer, "today", answer_span(model, 1, &all));
    answer_put(&answer, "week", answer_span(model, 7, &all));
    answer_u64(&answer, "held_bytes", held_bytes(model));
    answer_u64(&answer, "budget_bytes", daemon->budget.read_bytes);
    answer_u64(&answer, "keep_bytes", daemon->budget.keep_bytes);
    answer_wanted(&answer, daemon);
    answer_u64(&answer, "speed_bytes_per_sec_estimate", speed_bytes(&all));
    return answer_end(&answer);
}

GVariant *summary_total(const Daemon *daemon)
{
    const Model *model = daemon->model;
    Day all = days_all(&model->days);
    GVariantBuilder rows;
    GVariantBuilder row;
    g_variant_builder_init(&rows, G_VARIANT_TYPE("aa{sv}"));
    answer_begin(&row);
    answer_metrics(&row, &model->metrics);
    answer_u64(&row, "read_ahead_bytes", all.read_bytes);
    answer_u64(&row, "saved_usec_estimate", answer_saved_usec(model->metrics.ours_bytes, &all));
    g_variant_builder_add_value(&rows, answer_end(&row));
    return g_variant_builder_end(&rows);
}

GVariant *summary_days(const Daemon *daemon)
{
    const Model *model = daemon->model;
    Day all = days_all(&model->days);
    GVariantBuilder rows;
    g_variant_builder_init(&rows, G_VARIANT_TYPE("aa{sv}"));
    for (uint32_t i = 0; i < model->days.n; i++) {
        GVariantBuilder row;
        answer_begin(&row);
        answer_i64(&row, "day", model->days.of[i].day);
        answer_day(&row, &model->days.of[i], &all);
        g_variant_builder_add_value(&rows, answer_end(&row));
    }
    return g_variant_builder_end(&rows);
}
