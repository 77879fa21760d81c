/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "predict/plan.h"

static void plan_item_clear(gpointer data)
{
    PlanItem *item = data;
    g_clear_pointer(&item->path, g_ref_string_release);
    block_set_clear(&item->blocks);
}

/* For each Map by index, the blocks that Exes which do not run use of it. */
static GArray *wanted_blocks(const Model *model)
{
    GArray *blocks = g_array_sized_new(FALSE, TRUE, sizeof(BlockSet), model->maps->len);
    g_array_set_size(blocks, model->maps->len);
    for (guint i = 0; i < model->exes->len; i++) {
        const Exe *exe = model->exes->pdata[i];
        for (guint j = 0; !exe->running && j < exe->edges->len; j++) {
            const Edge *edge = &g_array_index(exe->edges, Edge, j);
            /* A Map in use is not planned. */
            if (edge->map->lnprob < 0)
                (void)block_set_unite(&g_array_index(blocks, BlockSet, edge->map->index),
                                      &edge->blocks);
        }
    }
    return blocks;
}

Plan *plan_new(const Model *model, const Prophecy *prophecy, const Budget *budget)
{
    Plan *plan = g_new0(Plan, 1);
    plan->budget = *budget;
    plan->items = g_array_new(FALSE, FALSE, sizeof(PlanItem));
    g_array_set_clear_func(plan->items, plan_item_clear);
    if (budget->read_bytes == 0)
        return plan;
    g_autoptr(GArray) blocks = wanted_blocks(model);
    g_array_set_clear_func(blocks, (GDestroyNotify)block_set_clear);
    for (guint i = 0; i < prophecy->maps->len; i++) {
        const Map *map = prophecy->maps->pdata[i];
        BlockSet *wanted = &g_array_index(blocks, BlockSet, map->index);
        PlanItem item = {g_ref_string_acquire(map->path), *wanted, map->lnprob};
        *wanted = BLOCK_SET_NULL; /* the item's now */
        g_array_append_val(plan->items, item);
    }
    return plan;
}

void plan_free(Plan *plan)
{
    if (plan == NULL)
        return;
    g_array_unref(plan->items);
    g_free(plan);
}
