/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "unit.h"

#include "observe/heads.h"

START_TEST(test_nothing_is_known_at_first)
{
    g_autoptr(Heads) heads = heads_new();
    bool has_head = true;
    ck_assert(!heads_find(heads, 8, 0, 1, &has_head));
    ck_assert(has_head);
}
END_TEST

START_TEST(test_the_last_word_counts)
{
    g_autoptr(Heads) heads = heads_new();
    bool has_head = false;
    heads_note(heads, 8, 0, 1, true);
    heads_note(heads, 8, 16, 2, false);
    ck_assert(heads_find(heads, 8, 0, 1, &has_head) && has_head);
    ck_assert(heads_find(heads, 8, 16, 2, &has_head) && !has_head);
    heads_note(heads, 8, 0, 1, false);
    ck_assert(heads_find(heads, 8, 0, 1, &has_head) && !has_head);
}
END_TEST

/* Pulled out, and another one put in. */
START_TEST(test_another_disk_of_that_number_is_not_known)
{
    g_autoptr(Heads) heads = heads_new();
    bool has_head = false;
    heads_note(heads, 8, 0, 1, true);
    ck_assert(!heads_find(heads, 8, 0, 2, &has_head));
    heads_note(heads, 8, 0, 2, false);
    ck_assert(heads_find(heads, 8, 0, 2, &has_head) && !has_head);
    ck_assert(!heads_find(heads, 8, 0, 1, &has_head));
}
END_TEST

START_TEST(test_more_than_are_remembered)
{
    g_autoptr(Heads) heads = heads_new();
    bool has_head = false;
    for (uint32_t i = 0; i <= HEADS_MAX; i++)
        heads_note(heads, 8, i, 1, true);
    ck_assert(heads_find(heads, 8, HEADS_MAX - 1, 1, &has_head));
    ck_assert(!heads_find(heads, 8, HEADS_MAX, 1, &has_head));
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("heads");
    UNIT_ADD(suite, test_nothing_is_known_at_first);
    UNIT_ADD(suite, test_the_last_word_counts);
    UNIT_ADD(suite, test_another_disk_of_that_number_is_not_known);
    UNIT_ADD(suite, test_more_than_are_remembered);
    return suite;
}
