/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "base/inodes.h"
#include "unit.h"

START_TEST(each_inode_is_new_once)
{
    g_autoptr(GHashTable) inodes = inodes_new();
    ck_assert(inodes_add(inodes, 1, 7));
    ck_assert(!inodes_add(inodes, 1, 7));
    ck_assert(inodes_add(inodes, 2, 7)); /* another disk */
    ck_assert(inodes_add(inodes, 1, (uint64_t)7 << 32));
    ck_assert(!inodes_add(inodes, 1, (uint64_t)7 << 32));
    ck_assert_uint_eq(g_hash_table_size(inodes), 3);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("inodes");
    UNIT_ADD(suite, each_inode_is_new_once);
    return suite;
}
