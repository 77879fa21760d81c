/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "format-case.h"

/* A writer of protocol buffers. */
static void varint(GString *bytes, uint64_t value)
{
    for (; value > 127; value >>= 7)
        g_string_append_c(bytes, (char)(value | 128));
    g_string_append_c(bytes, (char)value);
}

static void number(GString *bytes, uint64_t id, uint64_t value)
{
    varint(bytes, id << 3);
    varint(bytes, value);
}

static void message(GString *bytes, uint64_t id, const GString *body)
{
    varint(bytes, id << 3 | 2);
    varint(bytes, body->len);
    g_string_append_len(bytes, body->str, (gssize)body->len);
}

/* Two stripes of 10 bytes of index, 80 of data and 10 of footer; compression: 1 is zlib. */
static GString *given_table(uint64_t compression, gsize *footer)
{
    GString *bytes = g_string_new("ORC");
    g_autoptr(GString) body = g_string_new(NULL);
    g_autoptr(GString) magic = g_string_new("ORC");
    put_fill(bytes, 'd', 200);
    put_fill(bytes, 's', 20);
    *footer = bytes->len;
    for (uint64_t i = 0; i < 2; i++) {
        g_autoptr(GString) stripe = g_string_new(NULL);
        number(stripe, 1, 3 + i * 100);
        number(stripe, 2, 10);
        number(stripe, 3, 80);
        number(stripe, 4, 10);
        message(body, 3, stripe);
    }
    number(body, 6, 77);
    if (compression > 0)
        put_le(bytes, body->len << 1 | 1, 3);
    g_string_append_len(bytes, body->str, (gssize)body->len);
    const gsize postscript = bytes->len;
    number(bytes, 1, postscript - *footer);
    number(bytes, 2, compression);
    number(bytes, 3, 262144);
    number(bytes, 5, 20);
    message(bytes, 8000, magic);
    g_string_append_c(bytes, (char)(bytes->len - postscript));
    return bytes;
}

START_TEST(stripes_and_statistics)
{
    gsize footer = 0;
    g_autoptr(GString) bytes = given_table((uint64_t)_i, &footer);
    g_autoptr(Anatomy) anatomy = case_analyze("orc", "a.orc", bytes);
    case_check(anatomy, "footer", footer, bytes->len - footer);
    case_check(anatomy, "statistics", footer - 20, 20);
    case_check(anatomy, "stripe 0", 13, 80);
    case_check(anatomy, "stripe 1", 113, 80);
    ck_assert_uint_eq(case_sum(anatomy, "stripe indexes"), 20);
    ck_assert_uint_eq(case_sum(anatomy, "stripe footers"), 20);
    ck_assert_str_eq(case_fact(anatomy, "rows"), "77");
    ck_assert_str_eq(case_fact(anatomy, "compression"), _i == 0 ? "none" : "zlib");
}
END_TEST

START_TEST(a_postscript_that_lies)
{
    gsize footer = 0;
    g_autoptr(GString) bytes = given_table(0, &footer);
    bytes->str[bytes->len - 1] = (char)0xff;
    case_check_refused("orc", "a.orc", bytes, "postscript");
    bytes->str[bytes->len - 1] = 0;
    case_check_refused("orc", "a.orc", bytes, "no postscript");
}
END_TEST

START_TEST(damaged_anywhere)
{
    gsize footer = 0;
    g_autoptr(GString) bytes = given_table(0, &footer);
    case_damage("orc", "a.orc", bytes);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *s = suite_create("format-orc");
    UNIT_ADD_TIMES(s, stripes_and_statistics, 2);
    UNIT_ADD(s, a_postscript_that_lies);
    UNIT_ADD(s, damaged_anywhere);
    return s;
}
