/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "disk.h"
#include "prefetch/loss.h"

#define BLOCK ((size_t)BLOCK_BYTES)

static void add(GArray *items, const char *path, const char *blocks)
{
    LossItem item = {.path = g_ref_string_new(path)};
    ck_assert(block_set_parse(cursor_of(blocks, strlen(blocks)), &item.blocks));
    g_array_append_val(items, item);
}

static void assert_lost(const GArray *items, guint i, const char *expected)
{
    g_autoptr(GString) text = g_string_new(NULL);
    const LossItem *item = &g_array_index(items, LossItem, i);
    if (item->lost.n_runs > 0)
        block_set_print(&item->lost, text);
    ck_assert_str_eq(text->str, expected);
}

START_TEST(what_is_gone_is_told_block_by_block)
{
    char *directory = disk_mkdir();
    if (directory == NULL)
        unit_skip("no directory on a disk");
    g_autoptr(Residency) residency = residency_new();
    g_autofree char *path = disk_file(directory, "a", 10 * BLOCK);
    g_autofree char *whole = disk_file(directory, "b", 10 * BLOCK);
    g_autofree char *gone = g_build_filename(directory, "gone", NULL);
    disk_drop(path);
    disk_load(path, 0, 3 * BLOCK);
    disk_load(whole, 0, 10 * BLOCK);
    GArray *items = loss_items_new();
    add(items, path, "0-3,9");
    add(items, whole, "2-5");
    add(items, gone, "1-2");
    int cancel = 0;
    loss_look(items, residency, &cancel);
    assert_lost(items, 0, "3,9"); /* not 4: that was not asked */
    assert_lost(items, 1, "");
    assert_lost(items, 2, "1-2");
    g_array_unref(items);
    unit_rmdir(directory);
}
END_TEST

START_TEST(a_look_that_is_cancelled_tells_of_no_loss)
{
    g_autoptr(Residency) residency = residency_new();
    GArray *items = loss_items_new();
    add(items, "/nowhere/file", "0-3");
    int cancel = 1;
    loss_look(items, residency, &cancel);
    assert_lost(items, 0, "");
    g_array_unref(items);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("loss");
    UNIT_ADD(suite, what_is_gone_is_told_block_by_block);
    UNIT_ADD(suite, a_look_that_is_cancelled_tells_of_no_loss);
    return suite;
}
