/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "model/metrics.h"
#include "model/footprint.h"

/* Sums that reach their bound are halved together: shares stay as they are, and are what counts. */
static void fade(Metrics *metrics)
{
    while (metrics->launches > METRICS_LAUNCHES_MAX ||
           metrics->footprint_bytes > METRICS_BYTES_MAX ||
           metrics->wasted_bytes > METRICS_BYTES_MAX) {
        metrics->launches /= 2;
        metrics->footprint_bytes /= 2;
        metrics->resident_bytes /= 2;
        metrics->ours_bytes /= 2;
        metrics->late_bytes /= 2;
        metrics->wasted_bytes /= 2;
    }
}

void metrics_add(Metrics *metrics, const Metrics *more)
{
    metrics->launches += more->launches;
    metrics->footprint_bytes += more->footprint_bytes;
    metrics->resident_bytes += more->resident_bytes;
    metrics->ours_bytes += more->ours_bytes;
    metrics->late_bytes += more->late_bytes;
    metrics->wasted_bytes += more->wasted_bytes;
    fade(metrics);
}

/* No single launch comes near the bound, so that two numbers below it have a sum. */
static uint64_t bounded(uint64_t bytes, uint64_t most)
{
    return MIN(bytes, MIN(most, METRICS_BYTES_MAX));
}

/* exe may be NULL: nobody's. */
static void count(Model *model, Exe *exe, const Metrics *more)
{
    metrics_add(&model->metrics, more);
    if (exe != NULL)
        metrics_add(&exe->metrics, more);
    metrics_add(&days_at(&model->days, days_of(model->local_sec))->metrics, more);
    model->generation++;
}

void metrics_note_read(Model *model, const char *path, const BlockSet *loaded)
{
    Map *map = model_find_map(model, path);
    if (map != NULL && !map->directory)
        (void)block_set_unite(&map->ours, loaded);
}

/* Whom it was most likely read ahead for: of those that want it, the one with the best bid. */
static Exe *find_meant(const Model *model, const Map *map)
{
    Exe *meant = NULL;
    for (guint i = 0; i < model->exes->len; i++) {
        Exe *exe = model->exes->pdata[i];
        if (meant != NULL && exe->lnprob >= meant->lnprob)
            continue;
        const Edge *edge = model_find_edge(exe, map->path);
        if (edge != NULL && touch_wanted(edge->launches, exe->n_learnt))
            meant = exe;
    }
    return meant;
}

/* Bytes of ours that are in `which`; they are ours no more. */
static uint64_t take_ours(Map *map, const BlockSet *which)
{
    BlockSet common = BLOCK_SET_NULL;
    block_set_intersect(&map->ours, which, &common);
    uint64_t bytes = block_set_file_bytes(&common, map->id.size_bytes);
    if (common.n_runs > 0)
        block_set_subtract(&map->ours, &common);
    block_set_clear(&common);
    return bytes;
}

void metrics_note_missing(Model *model, const char *path, const BlockSet *missing)
{
    Map *map = model_find_map(model, path);
    if (map == NULL || map->ours.n_runs == 0)
        return;
    const Metrics more = {.wasted_bytes = bounded(take_ours(map, missing), METRICS_BYTES_MAX)};
    if (more.wasted_bytes > 0)
        count(model, find_meant(model, map), &more);
}

void metrics_note_lost(Model *model, const char *path, const BlockSet *lost)
{
    Map *map = model_find_map(model, path);
    if (map != NULL && map->ours.n_runs > 0)
        (void)take_ours(map, lost);
}

static GHashTable *index_by_path(const MetricsFile *files, uint32_t n_files)
{
    GHashTable *by_path = g_hash_table_new(g_str_hash, g_str_equal);
    for (uint32_t i = 0; i < n_files; i++) {
        if (files[i].missing != NULL)
            g_hash_table_insert(by_path, (gpointer)files[i].path, (gpointer)files[i].missing);
    }
    return by_path;
}

/* What of ours the launch found, and what of ours was gone when it came. */
static void settle_edge(const Exe *exe, const Edge *edge, GHashTable *missing_by_path,
                        Metrics *more)
{
    Map *map = edge->map;
    if (map->ours.n_runs == 0)
        return;
    const BlockSet *missing = g_hash_table_lookup(missing_by_path, map->path);
    if (missing != NULL)
        more->wasted_bytes += take_ours(map, missing);
    BlockSet wanted = BLOCK_SET_NULL;
    if (footprint_wanted(exe, edge, &wanted))
        more->ours_bytes += take_ours(map, &wanted);
    block_set_clear(&wanted);
}

void metrics_note_launch(Model *model, Exe *exe, uint64_t footprint_bytes, uint64_t resident_bytes,
                         uint64_t late_bytes, const MetricsFile *missing, uint32_t n_missing)
{
    Metrics more = {.launches = 1};
    g_autoptr(GHashTable) missing_by_path = index_by_path(missing, n_missing);
    for (guint i = 0; i < exe->edges->len; i++)
        settle_edge(exe, &g_array_index(exe->edges, Edge, i), missing_by_path, &more);
    more.footprint_bytes = bounded(footprint_bytes, METRICS_BYTES_MAX);
    more.resident_bytes = bounded(resident_bytes, more.footprint_bytes);
    more.ours_bytes = bounded(more.ours_bytes, more.resident_bytes);
    more.late_bytes = bounded(late_bytes, metrics_missed_bytes(&more));
    more.wasted_bytes = bounded(more.wasted_bytes, METRICS_BYTES_MAX);
    count(model, exe, &more);
}
