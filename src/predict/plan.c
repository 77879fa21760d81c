/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "predict/plan.h"
#include "model/footprint.h"

static void plan_item_clear(gpointer data)
{
    PlanItem *item = data;
    g_clear_pointer(&item->path, g_ref_string_release);
    block_set_clear(&item->blocks);
    g_clear_pointer(&item->ranges, g_array_unref);
}

/* What is wanted of a Map, by the Exes that do not run and by those that do. */
typedef struct {
    BlockSet idle;
    BlockSet running;
    bool in_use; /* a running Exe wants it, be it without any block */
} Wanted;

static void wanted_clear(gpointer data)
{
    Wanted *wanted = data;
    block_set_clear(&wanted->idle);
    block_set_clear(&wanted->running);
}

/* For each Map by index. */
static GArray *find_wanted(const Model *model)
{
    GArray *all = g_array_sized_new(FALSE, TRUE, sizeof(Wanted), model->maps->len);
    g_array_set_clear_func(all, wanted_clear);
    g_array_set_size(all, model->maps->len);
    for (guint i = 0; i < model->exes->len; i++) {
        const Exe *exe = model->exes->pdata[i];
        for (guint j = 0; j < exe->edges->len; j++) {
            const Edge *edge = &g_array_index(exe->edges, Edge, j);
            Wanted *wanted = &g_array_index(all, Wanted, edge->map->index);
            bool is_wanted =
                footprint_wanted(exe, edge, exe->running ? &wanted->running : &wanted->idle);
            wanted->in_use |= is_wanted && exe->running;
        }
    }
    return all;
}

/* Whether something is wanted that no running Exe wants; spoils what the running ones want. */
static bool is_to_be_read(Wanted *wanted)
{
    return !wanted->in_use || block_set_unite(&wanted->running, &wanted->idle);
}

static Plan *empty_plan(const Budget *budget)
{
    Plan *plan = g_new0(Plan, 1);
    plan->budget = *budget;
    plan->items = g_array_new(FALSE, FALSE, sizeof(PlanItem));
    g_array_set_clear_func(plan->items, plan_item_clear);
    return plan;
}

/* The blocks become the item's. */
static void add_item(Plan *plan, const Map *map, BlockSet *blocks, float lnprob)
{
    PlanItem item = {
        .path = g_ref_string_acquire(map->path),
        .blocks = *blocks,
        .directory = map->directory,
        .lnprob = lnprob,
    };
    *blocks = BLOCK_SET_NULL;
    g_array_append_val(plan->items, item);
}

/* Whether the observation pool has more than its share. */
static bool is_over(const Budget *budget, const uint64_t planned_bytes[2])
{
    return planned_bytes[POOL_OBSERVATION] > pool_observation_bytes(budget->keep_bytes,
                                                                    planned_bytes[POOL_PRIORITY],
                                                                    budget->observation_percent);
}

Plan *plan_new(const Model *model, const Prophecy *prophecy, const Budget *budget)
{
    Plan *plan = empty_plan(budget);
    if (budget->read_bytes == 0)
        return plan;
    g_autoptr(GArray) all = find_wanted(model);
    uint64_t planned_bytes[2] = {0}; /* by Pool */
    for (guint i = 0; i < prophecy->maps->len; i++) {
        const Map *map = prophecy->maps->pdata[i];
        Wanted *wanted = &g_array_index(all, Wanted, map->index);
        if (!is_to_be_read(wanted))
            continue;
        planned_bytes[map->pool] += block_set_bytes(&wanted->idle);
        if (map->pool == POOL_OBSERVATION && is_over(budget, planned_bytes))
            break;
        add_item(plan, map, &wanted->idle, map->lnprob);
    }
    return plan;
}

Plan *plan_of_launch(const Exe *exe, const Budget *budget)
{
    Plan *plan = empty_plan(budget);
    if (budget->read_bytes == 0)
        return plan;
    g_autoptr(GArray) parts = footprint_parts(exe);
    for (guint i = 0; i < parts->len; i++) {
        FootprintPart *part = &g_array_index(parts, FootprintPart, i);
        add_item(plan, part->map, &part->blocks, 0);
    }
    return plan;
}

Plan *plan_of_names(const Model *model, guint first, guint n_names)
{
    const Budget budget = {.read_bytes = BLOCK_BYTES, .keep_bytes = BLOCK_BYTES};
    Plan *plan = empty_plan(&budget);
    for (guint i = first; i < model->maps->len && i - first < n_names; i++) {
        BlockSet none = BLOCK_SET_NULL;
        add_item(plan, model->maps->pdata[i], &none, 0);
    }
    return plan;
}

Plan *plan_of_ranges(const Budget *budget)
{
    return empty_plan(budget);
}

void plan_add_ranges_of(Plan *plan, const char *path, dev_t dev, ino_t ino, GArray *ranges)
{
    const PlanItem item = {
        .path = g_ref_string_new(path), .ranges = g_array_ref(ranges), .dev = dev, .ino = ino};
    g_array_append_val(plan->items, item);
}

void plan_add_ranges(Plan *plan, const char *path, GArray *ranges)
{
    plan_add_ranges_of(plan, path, 0, 0, ranges);
}

void plan_free(Plan *plan)
{
    if (plan == NULL)
        return;
    g_array_unref(plan->items);
    g_free(plan);
}
