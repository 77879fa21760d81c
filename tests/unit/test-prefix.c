/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "base/prefix.h"
#include "unit.h"

static const struct {
    const char *list; /* separated by ';' */
    const char *path;
    bool accepted;
} rows[] = {
    {"", "/anything", true},
    {"/usr/;!/", "/usr/bin/x", true},
    {"/usr/;!/", "/home/x", false},
    {"!/usr/sbin/;/usr/;!/", "/usr/sbin/x", false},
    {"!/usr/sbin/;/usr/;!/", "/usr/bin/x", true},
    {"/usr/;!/usr/sbin/", "/usr/sbin/x", true}, /* the first match decides, not the longest */
    {"/lib;!/", "/lib64/x", true},              /* no component boundary */
    {"!/home", "/opt/x", true},                 /* no match accepts */
    {"!", "/usr/x", false},
    /* '*' is any number of bytes but '/' */
    {"/home/*/.;!/", "/home/ann/.config/x", true},
    {"/home/*/.;!/", "/home/ann/.x", true},
    {"/home/*/.;!/", "/home/ann/Documents/.x", false},
    {"/home/*/.;!/", "/home/ann/Documents/x", false},
    {"/home/*/.;!/", "/home/ann", false},
    {"/home/*/.;!/", "/home/ann/", false},
    {"/home/*/.;!/", "/home/.x", false},
    {"/home/*/.;!/", "/home//.x", true}, /* none of them, too */
    {"/home/*/.;!/", "/var/home/ann/.x", false},
    {"!/home/*/.ssh;/home/*/.;!/", "/home/ann/.ssh/id", false},
    {"!/home/*/.ssh;/home/*/.;!/", "/home/ann/.sshrc", false},
    {"!/home/*/.ssh;/home/*/.;!/", "/home/ann/.config/.ssh", true},
    {"/home/*;!/", "/home/", true},
    {"/home/*;!/", "/home/ann/x", true}, /* still a prefix */
    {"/*/bin/;!/", "/usr/bin/x", true},
    {"/*/bin/;!/", "/usr/local/bin/x", false},
    {"/*/*/bin/;!/", "/usr/local/bin/x", true},
    {"/*/*/bin/;!/", "/usr/bin/x", false},
    {"/*.so;!/", "/a.so", true},
    {"/*.so;!/", "/a.s.so.1", true},
    {"/*.so;!/", "/a.s", false},
    {"/*.so;!/", "/d/a.so", false},
    {"/*a*b/c;!/", "/xaab/c", true},
    {"/*a*b/c;!/", "/xab/d/ab/c", false},
    {"/*ab/*ab/;!/", "/aab/abab/", true},
    {"/*ab/*ab/;!/", "/aab/aba/", false},
    {"/**x;!/", "/yx", true},
    {"/*x/y/*/z;!/", "/ax/y/b/z", true},
    {"/*x/y/*/z;!/", "/ax/w/b/z", false},
    {"/*xyz/;!/", "/yz/", false}, /* what stands before the '/' is longer than the component */
    {"/a*a/;!/", "/a/", false},   /* no byte counts twice */
    {"/a*a;!/", "/aa", true},
    {"*/x;!/", "/x", true},
    {"!*;/", "/x", false},
};

START_TEST(first_match_decides)
{
    g_auto(GStrv) items = g_strsplit(rows[_i].list, ";", -1);
    g_autoptr(PrefixList) list = prefix_list_new((const char *const *)items);
    ck_assert(prefix_list_accepts(list, rows[_i].path) == rows[_i].accepted);
}
END_TEST

/* The meaning of an item, said as plainly as can be. */
static bool fits(const char *item, const char *path)
{
    if (*item == '\0')
        return true;
    if (*item != '*')
        return *item == *path && fits(item + 1, path + 1);
    return fits(item + 1, path) || (*path != '\0' && *path != '/' && fits(item, path + 1));
}

/* The number-th of the words of that many letters of the alphabet. */
static void spell(const char *alphabet, guint number, guint n_letters, char *word)
{
    guint n = (guint)strlen(alphabet);
    for (guint i = 0; i < n_letters; i++, number /= n)
        word[i] = alphabet[number % n];
    word[n_letters] = '\0';
}

START_TEST(all_short_items_on_all_short_paths)
{
    for (guint i = 0; i < 4 * 4 * 4 * 4 * 4; i++) {
        char item[] = "/12345";
        spell("ab/*", i, 5, item + 1);
        const char *const items[] = {item, "!/", NULL};
        g_autoptr(PrefixList) list = prefix_list_new(items);
        for (guint j = 0; j < 3 * 3 * 3 * 3 * 3 * 3; j++) {
            char path[] = "/123456";
            spell("ab/", j, 6, path + 1);
            ck_assert_msg(prefix_list_accepts(list, path) == fits(item, path), "%s on %s", item,
                          path);
        }
    }
}
END_TEST

/*
 * What would take longer than the age of the universe if each '*' tried each place: the case is
 * ended by Check's time limit. Told besides: it is right.
 */
static const struct {
    const char *tail; /* behind 100,000 times "a" */
    bool accepted;
} long_rows[] = {
    {"", false},
    {"b", true},
    {"/b", false},
};

START_TEST(long_paths_take_no_time)
{
    g_autoptr(GString) path = g_string_new("/");
    for (int i = 0; i < 100000; i++)
        g_string_append_c(path, 'a');
    g_string_append(path, long_rows[_i].tail);
    g_autoptr(GString) item = g_string_new("/");
    for (int i = 0; i < 1000; i++)
        g_string_append(item, "*a");
    g_string_append(item, "*b");
    const char *const items[] = {item->str, "!/", NULL};
    g_autoptr(PrefixList) list = prefix_list_new(items);
    for (int i = 0; i < 100; i++)
        ck_assert(prefix_list_accepts(list, path->str) == long_rows[_i].accepted);
}
END_TEST

START_TEST(null_list_and_references)
{
    PrefixList *list = prefix_list_new(NULL);
    ck_assert_ptr_eq(prefix_list_ref(list), list);
    prefix_list_unref(list);
    ck_assert(prefix_list_accepts(list, "/x"));
    prefix_list_unref(list);
    prefix_list_unref(NULL);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("prefix");
    UNIT_ADD_ROWS(suite, first_match_decides, rows);
    UNIT_ADD(suite, all_short_items_on_all_short_paths);
    UNIT_ADD_ROWS(suite, long_paths_take_no_time, long_rows);
    UNIT_ADD(suite, null_list_and_references);
    return suite;
}
