/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "prefetch/giveback.h"

#include <fcntl.h>

#include "base/fd.h"
#include "model/footprint.h"
#include "prefetch/source.h"

/* The kernel begins to reclaim far below this (vm.watermark_scale_factor), so that what is free is
 * room for whoever takes memory now. */
#define FREE_SHARE 10

static void item_clear(gpointer data)
{
    GivebackItem *item = data;
    g_ref_string_release(item->path);
    block_set_clear(&item->blocks);
}

static GArray *items_new(void)
{
    GArray *items = g_array_new(FALSE, FALSE, sizeof(GivebackItem));
    g_array_set_clear_func(items, item_clear);
    return items;
}

/* It uses it, then, whether it has it mapped or not. */
static bool is_in_use(const Model *model, const Map *map)
{
    for (guint i = 0; i < model->running->len; i++) {
        Exe *exe = model->running->pdata[i];
        const Edge *edge = model_find_edge(exe, map->path);
        if (edge != NULL && touch_wanted(edge->launches, exe->n_learnt))
            return true;
    }
    return false;
}

static gint compare_wanted(gconstpointer left, gconstpointer right)
{
    const Map *a = *(Map *const *)left;
    const Map *b = *(Map *const *)right;
    if (a->pool != b->pool)
        return a->pool == POOL_PRIORITY ? 1 : -1;
    return (a->lnprob < b->lnprob) - (a->lnprob > b->lnprob);
}

GArray *giveback_list(const Model *model)
{
    g_autoptr(GPtrArray) maps = g_ptr_array_new();
    for (guint i = 0; i < model->maps->len; i++) {
        Map *map = model->maps->pdata[i];
        if (map->ours.n_runs > 0 && !is_in_use(model, map))
            g_ptr_array_add(maps, map);
    }
    g_ptr_array_sort(maps, compare_wanted);
    GArray *list = items_new();
    for (guint i = 0; i < maps->len; i++) {
        const Map *map = maps->pdata[i];
        const GivebackItem item = {g_ref_string_acquire(map->path), block_set_copy(&map->ours)};
        g_array_append_val(list, item);
    }
    return list;
}

/* One file that is being given back. */
typedef struct {
    const Residency *residency;
    int fd;
    struct stat st;
    GArray *missing; /* Range: not looked at */
    BlockSet given;
    uint64_t given_bytes;
} Gift;

static uint64_t resident_bytes(Gift *gift, Range range)
{
    g_array_set_size(gift->missing, 0);
    return residency_missing(gift->residency, gift->fd, &gift->st, range, false, gift->missing);
}

/* The blocks of the run of which nothing is left. */
static void note_given(Gift *gift, const BlockRun *run)
{
    for (uint32_t i = 0; i < run->count; i++) {
        const BlockRun block = {run->first + i, 1};
        Range range;
        if (source_range(&block, &gift->st, &range) && resident_bytes(gift, range) == 0)
            (void)block_set_add_run(&gift->given, block.first, 1);
    }
}

static void give_run(Gift *gift, const BlockRun *run)
{
    Range range;
    if (!source_range(run, &gift->st, &range))
        return;
    uint64_t before_bytes = resident_bytes(gift, range);
    bool told = residency_tells(gift->residency, &gift->st);
    if (before_bytes > 0 || !told)
        /* What the kernel made of it is looked at. */
        (void)posix_fadvise(gift->fd, (off_t)range.offset_bytes, (off_t)range.length_bytes,
                            POSIX_FADV_DONTNEED);
    note_given(gift, run);
    if (told)
        gift->given_bytes += before_bytes - MIN(before_bytes, resident_bytes(gift, range));
}

static void give_item(const GivebackItem *item, const GivebackSetup *setup, GivebackReport *report)
{
    Gift gift = {.residency = setup->residency};
    if (!storage_is_local(setup->storage, item->path))
        return;
    autofd fd = source_open_cached(item->path, &gift.st);
    if (fd < 0) /* whose name is not in memory any more, its pages hardly are */
        return;
    gift.fd = fd;
    gift.missing = g_array_new(FALSE, FALSE, sizeof(Range));
    for (uint32_t i = 0; i < item->blocks.n_runs; i++)
        give_run(&gift, &item->blocks.runs[i]);
    g_array_unref(gift.missing);
    report->given_bytes += gift.given_bytes;
    report->n_files += gift.given_bytes > 0 ? 1 : 0;
    const GivebackItem given = {g_ref_string_acquire(item->path), gift.given};
    g_array_append_val(report->given, given);
}

bool giveback_is_enough(const Meminfo *memory)
{
    return memory->free_bytes >= memory->total_bytes / FREE_SHARE;
}

static bool is_enough(const GivebackSetup *setup)
{
    Meminfo memory;
    return setup->memory(setup->memory_data, &memory) && giveback_is_enough(&memory);
}

void giveback_run(const GArray *list, const GivebackSetup *setup, GivebackReport *ret_report)
{
    *ret_report = (GivebackReport){.given = items_new()};
    storage_refresh(setup->storage);
    for (guint i = 0; i < list->len; i++) {
        if (g_atomic_int_get(setup->cancel) != 0 || is_enough(setup))
            return;
        give_item(&g_array_index(list, GivebackItem, i), setup, ret_report);
    }
}

void giveback_report_clear(GivebackReport *report)
{
    g_clear_pointer(&report->given, g_array_unref);
}
