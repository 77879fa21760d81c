/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "base/exekey.h"
#include "unit.h"

START_TEST(equality_is_of_both_parts)
{
    g_autoptr(ExeKey) python = exe_key_new("/usr/bin/python3", NULL);
    g_autoptr(ExeKey) tool = exe_key_new("/usr/bin/python3", "/usr/bin/tool");
    g_autoptr(ExeKey) again = exe_key_new("/usr/bin/python3", "/usr/bin/tool");
    g_autoptr(ExeKey) other = exe_key_new("/usr/bin/python4", "/usr/bin/tool");
    ck_assert(!exe_key_equal(python, tool));
    ck_assert(!exe_key_equal(tool, python));
    ck_assert(!exe_key_equal(tool, other));
    ck_assert(exe_key_equal(tool, again));
    ck_assert_uint_eq(exe_key_hash(tool), exe_key_hash(again));
    ck_assert_uint_ne(exe_key_hash(tool), exe_key_hash(python));
}
END_TEST

static const struct {
    const char *path;
    const char *script;
    const char *label;
} rows[] = {
    {"/usr/bin/firefox", NULL, "firefox"},
    {"/usr/bin/python3.11", "/usr/share/deluge/deluge", "python3.11 deluge"},
    {"/usr/bin/python3.11", "http.server", "python3.11 http.server"},
    {"/usr/bin/a\n\x1b[31mb", NULL, "a??[31mb"},
    {"/usr/bin/\xff", NULL, "\xef\xbf\xbd"},
};

START_TEST(label)
{
    g_autoptr(ExeKey) key = exe_key_new(rows[_i].path, rows[_i].script);
    g_autofree char *text = exe_key_label(key);
    ck_assert_str_eq(text, rows[_i].label);
}
END_TEST

START_TEST(references)
{
    ExeKey *key = exe_key_new("/x", "y");
    ck_assert_ptr_eq(exe_key_ref(key), key);
    exe_key_unref(key);
    ck_assert_str_eq(key->path, "/x");
    exe_key_unref(key);
    exe_key_unref(NULL);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("exekey");
    UNIT_ADD(suite, equality_is_of_both_parts);
    UNIT_ADD_ROWS(suite, label, rows);
    UNIT_ADD(suite, references);
    return suite;
}
