/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "ctl/list-file.h"
#include "unit.h"

static char *printed(const List *list)
{
    g_autoptr(GString) text = g_string_new(NULL);
    list_print(list, text);
    return g_strdup(text->str);
}

static const struct {
    const char *json;
    const char *lines;
    guint n_refused;
} good[] = {
    {"{\"version\":\"v1\",\"files\":[]}", "", 0},
    {"{\"version\":\"v1\",\"files\":[{\"path\":\"/a\",\"ranges\":[[0,10],[20,5]]},"
     "{\"path\":\"/b\",\"ranges\":null},{\"path\":\"/c\"}]}",
     "/a\t0\t10\n/a\t20\t5\n/b\n/c\n", 0},
    {"{\"version\":\"v1\",\"files\":[{\"path\":\"a\"},{\"path\":3},7,{\"ranges\":null},"
     "{\"path\":\"/b\",\"ranges\":7},{\"path\":\"/c\",\"ranges\":[[-1,2]]},"
     "{\"path\":\"/d\",\"ranges\":[[1]]},{\"path\":\"/e\",\"ranges\":[[1,\"x\"]]}]}",
     "", 8},
};

START_TEST(json_is_a_list)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(List) list = list_of_json(good[_i].json, -1, &error);
    ck_assert_msg(list != NULL, "%s", error ? error->message : "");
    g_autofree char *lines = printed(list);
    ck_assert_str_eq(lines, good[_i].lines);
    ck_assert_uint_eq(list->n_refused, good[_i].n_refused);
}
END_TEST

static const struct {
    const char *json;
    const char *said;
} bad[] = {
    {"{", ""},
    {"[]", "no object"},
    {"{\"version\":\"v2\",\"files\":[]}", "only version v1"},
    {"{\"files\":[]}", "only version v1"},
    {"{\"version\":1,\"files\":[]}", "only version v1"},
    {"{\"version\":\"v1\"}", "there are no files"},
    {"{\"version\":\"v1\",\"files\":{}}", "there are no files"},
    {"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "too deeply"},
};

START_TEST(other_json_is_none)
{
    g_autoptr(GError) error = NULL;
    ck_assert_ptr_null(list_of_json(bad[_i].json, -1, &error));
    ck_assert_msg(strstr(error->message, bad[_i].said) != NULL, "%s", error->message);
}
END_TEST

START_TEST(a_file_is_either)
{
    g_autofree char *directory = unit_mkdir();
    g_autofree char *lines = unit_write(directory, "lines", "/a\n", -1);
    g_autofree char *json =
        unit_write(directory, "json", " {\"version\":\"v1\",\"files\":[{\"path\":\"/a\"}]}", -1);
    const char *const paths[] = {lines, json};
    for (guint i = 0; i < G_N_ELEMENTS(paths); i++) {
        g_autoptr(List) list = list_load(paths[i], NULL);
        g_autofree char *text = printed(list);
        ck_assert_str_eq(text, "/a\n");
    }
    g_autoptr(GError) error = NULL;
    ck_assert_ptr_null(list_load(directory, &error));
    unit_rmdir(g_steal_pointer(&directory));
}
END_TEST

START_TEST(what_is_written_is_read)
{
    g_autoptr(List) list = list_new();
    const Range range = {4096, 10};
    ck_assert(list_add(list, "/a \"b\"", &range));
    ck_assert(list_add(list, "/c", NULL));
    g_autofree char *json = list_to_json(list);
    g_autoptr(List) again = list_of_json(json, -1, NULL);
    g_autofree char *before = printed(list);
    g_autofree char *after = printed(again);
    ck_assert_str_eq(before, after);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("list-file");
    UNIT_ADD_ROWS(suite, json_is_a_list, good);
    UNIT_ADD_ROWS(suite, other_json_is_none, bad);
    UNIT_ADD(suite, a_file_is_either);
    UNIT_ADD(suite, what_is_written_is_read);
    return suite;
}
