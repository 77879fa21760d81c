/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "prefetch/loss.h"
#include "base/fd.h"
#include "prefetch/source.h"

static void loss_item_clear(gpointer data)
{
    LossItem *item = data;
    g_clear_pointer(&item->path, g_ref_string_release);
    block_set_clear(&item->blocks);
    block_set_clear(&item->lost);
}

GArray *loss_items_new(void)
{
    GArray *items = g_array_new(FALSE, TRUE, sizeof(LossItem));
    g_array_set_clear_func(items, loss_item_clear);
    return items;
}

static void look_at_file(LossItem *item, int fd, const struct stat *st, const Residency *residency)
{
    g_autoptr(GArray) missing = g_array_new(FALSE, FALSE, sizeof(Range));
    Range range;
    for (uint32_t i = 0; i < item->blocks.n_runs && source_range(&item->blocks.runs[i], st, &range);
         i++)
        (void)residency_missing(residency, fd, st, range, false, missing);
    for (guint i = 0; i < missing->len; i++) {
        const Range *part = &g_array_index(missing, Range, i);
        (void)block_set_add_bytes(&item->lost, part->offset_bytes, part->length_bytes);
    }
}

static void look_at(LossItem *item, const Residency *residency)
{
    struct stat st;
    autofd fd = source_open_cached(item->path, &st);
    if (fd < 0)
        (void)block_set_unite(&item->lost, &item->blocks);
    else if (residency_tells(residency, &st))
        look_at_file(item, fd, &st, residency);
}

void loss_look(GArray *items, const Residency *residency, const int *cancel)
{
    for (guint i = 0; i < items->len && !g_atomic_int_get(cancel); i++)
        look_at(&g_array_index(items, LossItem, i), residency);
}
