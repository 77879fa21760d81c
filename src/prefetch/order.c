/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "prefetch/reading.h"

#include <string.h>

typedef struct {
    const Reading *reading;
    SortStrategy sort;
} Order;

static SortStrategy strategy_for(SortStrategy sort, const Disk *disk)
{
    if (sort != SORT_AUTO)
        return sort;
    return disk->rotational ? SORT_BLOCK : SORT_NONE;
}

bool order_wants_place(SortStrategy sort, const Disk *disk)
{
    return strategy_for(sort, disk) == SORT_BLOCK;
}

static int compare(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int compare_disks(const Disk *a, const Disk *b)
{
    if (a->rotational != b->rotational)
        return a->rotational ? 1 : -1;
    return a->major != b->major ? compare(a->major, b->major) : compare(a->minor, b->minor);
}

/* By address; those of which the address is not told behind, by inode. */
static int compare_places(const Portion *a, const Portion *b)
{
    if (a->placed != b->placed)
        return a->placed ? -1 : 1;
    return compare(a->place, b->place);
}

static int compare_by(SortStrategy sort, const Reading *reading, const Portion *a, const Portion *b)
{
    const Target *a_target = reading_target(reading, a);
    const Target *b_target = reading_target(reading, b);
    switch (sort) {
    case SORT_NONE:
    case SORT_AUTO: /* is one of the others by now */
        return 0;
    case SORT_PATH:
        return strcmp(a_target->path, b_target->path);
    case SORT_INODE:
        return compare(a_target->ino, b_target->ino);
    case SORT_BLOCK:
        return compare_places(a, b);
    }
    g_assert_not_reached();
}

static gint compare_portions(gconstpointer left, gconstpointer right, gpointer data)
{
    const Order *order = data;
    const Portion *a = left;
    const Portion *b = right;
    const Disk *disk = reading_target(order->reading, a)->disk;
    int result = compare_disks(disk, reading_target(order->reading, b)->disk);
    if (result == 0)
        result = compare_by(strategy_for(order->sort, disk), order->reading, a, b);
    /* Ranges were added in the order of the plan. */
    return result != 0 ? result : compare(a->first_range, b->first_range);
}

guint order_portions(Reading *reading, SortStrategy sort)
{
    Order order = {reading, sort};
    g_array_sort_with_data(reading->portions, compare_portions, &order);
    guint n = 0;
    while (n < reading->portions->len) {
        const Portion *portion = &g_array_index(reading->portions, Portion, n);
        if (reading_target(reading, portion)->disk->rotational)
            break;
        n++;
    }
    return n;
}
