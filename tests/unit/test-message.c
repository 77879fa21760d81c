/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "base/message.h"
#include "unit.h"

START_TEST(no_message_has_no_id)
{
    ck_assert_ptr_null(message_id(MESSAGE_NONE));
}
END_TEST

START_TEST(each_message_has_an_id_of_its_own)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    for (int id = MESSAGE_NONE + 1; id < MESSAGES; id++) {
        const char *text = message_id((MessageId)id);
        ck_assert_msg(text != NULL, "message %d has no id", id);
        ck_assert_uint_eq(strlen(text), 32);
        ck_assert_uint_eq(strspn(text, "0123456789abcdef"), 32);
        ck_assert_msg(g_hash_table_add(seen, (gpointer)text), "message %d has another's id", id);
    }
    ck_assert_uint_eq(g_hash_table_size(seen), MESSAGES - 1);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("message");
    UNIT_ADD(suite, no_message_has_no_id);
    UNIT_ADD(suite, each_message_has_an_id_of_its_own);
    return suite;
}
