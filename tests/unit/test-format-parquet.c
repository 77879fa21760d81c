/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "format-case.h"

/* A writer of Thrift's compact protocol that has nothing of the reader. */
static void varint(GString *bytes, uint64_t value)
{
    for (; value > 127; value >>= 7)
        g_string_append_c(bytes, (char)(value | 128));
    g_string_append_c(bytes, (char)value);
}

/* A field of 64 bits whose number is that much above the last one's. */
static void i64(GString *bytes, int above, uint64_t value)
{
    g_string_append_c(bytes, (char)(above << 4 | 6));
    varint(bytes, value << 1);
}

static void open_field(GString *bytes, int above, int type)
{
    g_string_append_c(bytes, (char)(above << 4 | type));
}

/* ColumnChunk: 2 file_offset, 3 meta_data, 4 to 7 the indexes. */
static void column(GString *bytes, uint64_t dictionary, uint64_t data, uint64_t packed,
                   uint64_t index)
{
    i64(bytes, 2, data);
    open_field(bytes, 1, 12);
    open_field(bytes, 3, 9); /* 3 path_in_schema: a list of one text */
    g_string_append_c(bytes, 1 << 4 | 8);
    varint(bytes, 1);
    g_string_append_c(bytes, 'x');
    i64(bytes, 4, packed); /* 7 */
    i64(bytes, 2, data);   /* 9 */
    if (dictionary > 0)
        i64(bytes, 2, dictionary); /* 11 */
    g_string_append_c(bytes, 0);
    i64(bytes, 1, index);
    open_field(bytes, 1, 5);
    varint(bytes, 10 << 1);
    g_string_append_c(bytes, 0);
}

static GString *given_table(gsize *footer)
{
    GString *bytes = g_string_new("PAR1");
    put_fill(bytes, 'd', 996);
    *footer = bytes->len;
    open_field(bytes, 1, 5); /* 1 version */
    varint(bytes, 2 << 1);
    i64(bytes, 2, 77);       /* 3 rows */
    open_field(bytes, 1, 9); /* 4 row groups: two */
    g_string_append_c(bytes, 2 << 4 | 12);
    for (uint64_t group = 0; group < 2; group++) {
        open_field(bytes, 1, 9);
        g_string_append_c(bytes, 2 << 4 | 12);
        column(bytes, 4 + group * 400, 104 + group * 400, 200, 900 + group * 20);
        column(bytes, 0, 204 + group * 400, 200, 910 + group * 20);
        i64(bytes, 2, 400);
        g_string_append_c(bytes, 0);
    }
    open_field(bytes, 2, 8); /* 6 created_by */
    varint(bytes, 4);
    g_string_append(bytes, "test");
    g_string_append_c(bytes, 0);
    put_le(bytes, bytes->len - *footer, 4);
    g_string_append(bytes, "PAR1");
    return bytes;
}

START_TEST(groups_and_indexes)
{
    gsize footer = 0;
    g_autoptr(GString) bytes = given_table(&footer);
    g_autoptr(Anatomy) anatomy = case_analyze("parquet", "a.parquet", bytes);
    case_check(anatomy, "footer", footer, bytes->len - footer);
    case_check(anatomy, "row group 0", 4, 400);
    case_check(anatomy, "row group 1", 404, 400);
    case_check(anatomy, "dictionaries", 4, 100);
    ck_assert_uint_eq(case_sum(anatomy, "page indexes"), 40);
    ck_assert_str_eq(case_fact(anatomy, "rows"), "77");
    ck_assert_str_eq(case_fact(anatomy, "row_groups"), "2");
    ck_assert_str_eq(case_fact(anatomy, "created_by"), "test");
    ck_assert(!anatomy->clipped);
}
END_TEST

START_TEST(an_encrypted_footer_is_not_read)
{
    gsize footer = 0;
    g_autoptr(GString) bytes = given_table(&footer);
    memcpy(bytes->str, "PARE", 4);
    memcpy(bytes->str + bytes->len - 4, "PARE", 4);
    g_autoptr(Anatomy) anatomy = case_analyze("parquet", "a.parquet", bytes);
    ck_assert_uint_eq(anatomy->segments->len, 1);
    ck_assert_str_eq(case_fact(anatomy, "encrypted"), "yes");
}
END_TEST

START_TEST(a_footer_that_lies)
{
    gsize footer = 0;
    g_autoptr(GString) bytes = given_table(&footer);
    memset(bytes->str + bytes->len - 8, 0x7f, 4);
    case_check_refused("parquet", "a.parquet", bytes, "outside the file");
    g_string_truncate(bytes, bytes->len - 1);
    case_check_refused("parquet", "a.parquet", bytes, "no footer");
}
END_TEST

/* Lists in lists, 100000 of them. */
START_TEST(a_footer_without_bottom)
{
    g_autoptr(GString) bytes = g_string_new("PAR1");
    open_field(bytes, 1, 9);
    put_fill(bytes, 1 << 4 | 9, 100000);
    put_le(bytes, 100001, 4);
    g_string_append(bytes, "PAR1");
    case_check_refused("parquet", "a.parquet", bytes, "contradicts itself");
}
END_TEST

START_TEST(damaged_anywhere)
{
    gsize footer = 0;
    g_autoptr(GString) bytes = given_table(&footer);
    case_damage("parquet", "a.parquet", bytes);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *s = suite_create("format-parquet");
    UNIT_ADD(s, groups_and_indexes);
    UNIT_ADD(s, an_encrypted_footer_is_not_read);
    UNIT_ADD(s, a_footer_that_lies);
    UNIT_ADD(s, a_footer_without_bottom);
    UNIT_ADD(s, damaged_anywhere);
    return s;
}
