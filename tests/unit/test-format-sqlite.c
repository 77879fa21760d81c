/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "format-case.h"

#define NEED_SQLITE() case_need("sqlite3")

/* A database in which a table was deleted, so that there are free pages. */
static char *given_database(const char *directory, const char *journal, int rows)
{
    g_autofree char *command = g_strdup_printf(
        "sqlite3 t.db \"pragma page_size=1024; pragma journal_mode=%s;"
        "create table big(id integer primary key, word text, fill text);"
        "create index by_word on big(word);"
        "create table small(a); create table gone(a); create table keys(k text primary key, v) "
        "without rowid;"
        "with recursive n(i) as (select 1 union all select i+1 from n where i<%d)"
        " insert into big select i, 'word'||(i*7919%%10007), printf('%%.100c','x') from n;"
        "insert into gone select fill from big; insert into keys select word||id, 1 from big;"
        "insert into small values(1); drop table gone;\"",
        journal, rows);
    g_free(case_shell(directory, command));
    return g_build_filename(directory, "t.db", NULL);
}

/* What dbstat says of the pages of this kind, in bytes. */
static uint64_t asked(const char *directory, const char *where)
{
    g_autofree char *command = g_strdup_printf(
        "sqlite3 t.db \"select coalesce(sum(pgsize),0) from dbstat where %s\"", where);
    g_autofree char *said = case_shell(directory, command);
    return g_ascii_strtoull(said, NULL, 10);
}

static uint64_t asked_pragma(const char *directory, const char *pragma)
{
    g_autofree char *command = g_strdup_printf("sqlite3 t.db 'pragma %s'", pragma);
    g_autofree char *said = case_shell(directory, command);
    return g_ascii_strtoull(said, NULL, 10);
}

START_TEST(as_dbstat_says)
{
    NEED_SQLITE();
    char *directory = unit_mkdir();
    g_autofree char *path = given_database(directory, "delete", 5000);
    g_autoptr(Anatomy) anatomy = case_analyze_file("sqlite", path);
    ck_assert(!anatomy->clipped);
    ck_assert_uint_eq(case_sum(anatomy, "table big"),
                      asked(directory, "name='big' and pagetype='leaf'"));
    ck_assert_uint_eq(case_sum(anatomy, "index by_word"),
                      asked(directory, "name='by_word' and pagetype='leaf'"));
    ck_assert_uint_eq(case_sum(anatomy, "table keys"),
                      asked(directory, "name='keys' and pagetype='leaf'"));
    ck_assert_uint_eq(case_sum(anatomy, "table small"), 1024);
    ck_assert_uint_eq(case_sum(anatomy, "interior pages"),
                      asked(directory, "name<>'sqlite_schema' and pagetype='internal'"));
    ck_assert_uint_eq(case_sum(anatomy, "free pages"),
                      asked_pragma(directory, "freelist_count") * 1024);
    ck_assert_uint_gt(case_sum(anatomy, "free pages"), 0);
    ck_assert_uint_eq(g_ascii_strtoull(case_fact(anatomy, "pages"), NULL, 10),
                      asked_pragma(directory, "page_count"));
    unit_rmdir(directory);
}
END_TEST

START_TEST(small_before_large)
{
    NEED_SQLITE();
    char *directory = unit_mkdir();
    g_autofree char *path = given_database(directory, "wal", 2000);
    g_autoptr(Anatomy) anatomy = case_analyze_file("sqlite", path);
    const Segment *first = &g_array_index(anatomy->segments, Segment, 0);
    ck_assert_str_eq(first->name, "schema");
    uint32_t interior = case_segment(anatomy, "interior pages")->priority;
    uint32_t index = case_segment(anatomy, "index by_word")->priority;
    uint32_t small = case_segment(anatomy, "table small")->priority;
    uint32_t big = case_segment(anatomy, "table big")->priority;
    ck_assert(interior < index && index < small && small < big);
    ck_assert_int_eq(case_segment(anatomy, "free pages")->kind, SEGMENT_UNUSED);
    ck_assert_str_eq(case_fact(anatomy, "journal"), "wal");
    ck_assert_uint_eq(anatomy->companions->len, 1);
    ck_assert_str_eq(anatomy->companions->pdata[0], "t.db-wal");
    unit_rmdir(directory);
}
END_TEST

START_TEST(damaged_anywhere)
{
    NEED_SQLITE();
    char *directory = unit_mkdir();
    g_autofree char *path = given_database(directory, "delete", 100);
    g_autoptr(GString) bytes = case_contents(path);
    case_damage("sqlite", "t.db", bytes);
    unit_rmdir(directory);
}
END_TEST

/* A page, empty but for its header. */
static void put_page(GString *bytes, uint8_t type, uint32_t right)
{
    const gsize begin = bytes->len;
    if (begin == 0) {
        g_string_append_len(bytes, "SQLite format 3", 16);
        put_be(bytes, 512, 2);
        put_fill(bytes, 1, 2);
        put_fill(bytes, 0, 80);
    }
    put_be(bytes, type, 1);
    put_be(bytes, 0, 7);
    put_be(bytes, right, 4);
    put_fill(bytes, 0, begin + 512 - bytes->len);
}

START_TEST(a_tree_that_is_a_circle)
{
    g_autoptr(GString) bytes = g_string_new(NULL);
    put_page(bytes, 5, 2);
    put_page(bytes, 5, 3);
    put_page(bytes, 5, 2);
    g_autoptr(Anatomy) anatomy = case_analyze("sqlite", "t.db", bytes);
    ck_assert(anatomy->clipped);
}
END_TEST

START_TEST(a_list_of_free_pages_that_is_a_circle)
{
    g_autoptr(GString) bytes = g_string_new(NULL);
    put_page(bytes, 13, 0);
    bytes->str[35] = 2;
    put_page(bytes, 0, 0);
    bytes->str[512 + 3] = 2;
    memset(bytes->str + 512 + 4, 0xff, 4);
    g_autoptr(Anatomy) anatomy = case_analyze("sqlite", "t.db", bytes);
    ck_assert(anatomy->clipped);
    case_check(anatomy, "free pages", 512, 512);
}
END_TEST

START_TEST(no_such_page_size)
{
    g_autoptr(GString) bytes = g_string_new(NULL);
    put_page(bytes, 13, 0);
    bytes->str[17] = 1;
    case_check_refused("sqlite", "t.db", bytes, "page size is 513");
}
END_TEST

Suite *unit_suite(void)
{
    Suite *s = suite_create("format-sqlite");
    UNIT_ADD(s, as_dbstat_says);
    UNIT_ADD(s, small_before_large);
    UNIT_ADD(s, damaged_anywhere);
    UNIT_ADD(s, a_tree_that_is_a_circle);
    UNIT_ADD(s, a_list_of_free_pages_that_is_a_circle);
    UNIT_ADD(s, no_such_page_size);
    return s;
}
