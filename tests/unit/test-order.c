/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "unit.h"

#include "prefetch/reading.h"

static const Disk flash = {.major = 259, .minor = 0, .request_bytes = 131072};
static const Disk flash_2 = {.major = 259, .minor = 1, .request_bytes = 131072};
static const Disk spinning = {.major = 8, .rotational = true, .request_bytes = 131072};

/* In the order of the plan. */
static const struct {
    const char *path;
    const Disk *disk;
    ino_t ino;
    uint64_t place; /* 0: not told */
} files[] = {
    {"/s/d", &spinning, 40, 1000}, {"/f/c", &flash, 30, 3000},   {"/s/b", &spinning, 20, 0},
    {"/f/a", &flash, 50, 1000},    {"/s/a", &spinning, 10, 500}, {"/s/c", &spinning, 15, 0},
    {"/f/b", &flash, 5, 2000},     {"/2/x", &flash_2, 1, 1},
};

static const struct {
    SortStrategy sort;
    const char *order;
} rows[] = {
    {SORT_NONE, "/f/c /f/a /f/b /2/x /s/d /s/b /s/a /s/c "},
    {SORT_PATH, "/f/a /f/b /f/c /2/x /s/a /s/b /s/c /s/d "},
    {SORT_INODE, "/f/b /f/c /f/a /2/x /s/a /s/c /s/b /s/d "},
    {SORT_BLOCK, "/f/a /f/b /f/c /2/x /s/a /s/d /s/c /s/b "},
    {SORT_AUTO, "/f/c /f/a /f/b /2/x /s/a /s/d /s/c /s/b "},
};

static Reading reading_new(void)
{
    Reading reading = {.targets = g_array_new(FALSE, FALSE, sizeof(Target)),
                       .ranges = g_array_new(FALSE, FALSE, sizeof(Range)),
                       .portions = g_array_new(FALSE, FALSE, sizeof(Portion))};
    for (guint i = 0; i < G_N_ELEMENTS(files); i++) {
        const Target target = {.path = files[i].path, .disk = files[i].disk, .ino = files[i].ino};
        const Portion portion = {.target = i,
                                 .first_range = i,
                                 .placed = files[i].place != 0,
                                 .place = files[i].place != 0 ? files[i].place : files[i].ino};
        g_array_append_val(reading.targets, target);
        g_array_append_val(reading.portions, portion);
    }
    return reading;
}

static void reading_free(Reading *reading)
{
    g_array_unref(reading->targets);
    g_array_unref(reading->ranges);
    g_array_unref(reading->portions);
}

/* Disks without a head first, disk by disk, and on each what the strategy says. */
START_TEST(test_order)
{
    Reading reading = reading_new();
    ck_assert_uint_eq(order_portions(&reading, rows[_i].sort), 4);
    g_autoptr(GString) order = g_string_new(NULL);
    for (guint i = 0; i < reading.portions->len; i++) {
        const Portion *portion = &g_array_index(reading.portions, Portion, i);
        g_string_append_printf(order, "%s ", reading_target(&reading, portion)->path);
    }
    ck_assert_str_eq(order->str, rows[_i].order);
    reading_free(&reading);
}
END_TEST

/* As drivers/md/dm-stripe.c has it: chunks are dealt out in turns. */
#define CHUNK_BYTES UINT64_C(65536)

typedef struct {
    guint leg;
    uint64_t at_bytes;
} Spot;

static Spot on_stripes(uint64_t place, guint n_legs)
{
    uint64_t chunk = place / CHUNK_BYTES;
    return (Spot){(guint)(chunk % n_legs), chunk / n_legs * CHUNK_BYTES + place % CHUNK_BYTES};
}

/* What is sorted by its place on a striped array never goes back on one of its legs. */
START_TEST(test_stripes)
{
    enum { N = 500, LEGS_MAX = 5 };
    const guint n_legs = (guint)_i + 1;
    uint64_t at_bytes[LEGS_MAX] = {0};
    guint n_on_leg[LEGS_MAX] = {0};
    Reading reading = reading_make();
    const Target target = {.path = "/a", .disk = &spinning};
    g_array_append_val(reading.targets, target);
    for (guint i = 0; i < N; i++) {
        /* Pages all over 32 MiB; N and the factor have no common divisor. */
        const Portion portion = {
            .first_range = i, .placed = true, .place = i * 7919 % N * 16 * 4096};
        g_array_append_val(reading.portions, portion);
    }
    ck_assert_uint_eq(order_portions(&reading, SORT_AUTO), 0);
    for (guint i = 0; i < N; i++) {
        const Spot spot = on_stripes(g_array_index(reading.portions, Portion, i).place, n_legs);
        ck_assert_uint_ge(spot.at_bytes, at_bytes[spot.leg]);
        at_bytes[spot.leg] = spot.at_bytes;
        n_on_leg[spot.leg]++;
    }
    for (guint i = 0; i < n_legs; i++)
        ck_assert_uint_ge(n_on_leg[i], N / n_legs); /* all of them work */
    reading_clear(&reading);
}
END_TEST

START_TEST(test_wants_place)
{
    ck_assert(order_wants_place(SORT_BLOCK, &flash));
    ck_assert(order_wants_place(SORT_AUTO, &spinning));
    ck_assert(!order_wants_place(SORT_AUTO, &flash));
    ck_assert(!order_wants_place(SORT_NONE, &spinning));
    ck_assert(!order_wants_place(SORT_INODE, &spinning));
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("order");
    UNIT_ADD_ROWS(suite, test_order, rows);
    UNIT_ADD_TIMES(suite, test_stripes, 5);
    UNIT_ADD(suite, test_wants_place);
    return suite;
}
