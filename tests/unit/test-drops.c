/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "prefetch/drops.h"
#include "unit.h"

START_TEST(what_was_added_is_dropped)
{
    g_autoptr(Drops) drops = drops_new();
    ck_assert(!drops_has(drops, "/a"));
    g_autoptr(GRefString) path = g_ref_string_new("/a");
    drops_add(drops, path);
    drops_add(drops, path);
    ck_assert(drops_has(drops, "/a"));
    ck_assert(!drops_has(drops, "/b"));
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("drops");
    UNIT_ADD(suite, what_was_added_is_dropped);
    return suite;
}
