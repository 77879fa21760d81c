/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "base/parse.h"
#include "unit.h"

static Cursor text(const char *s)
{
    return cursor_of(s, strlen(s));
}

static const struct {
    const char *given;
    bool ok;
    uint64_t value;
    const char *rest;
} decimals[] = {
    {"0", true, 0, ""},
    {"42 x", true, 42, " x"},
    {"18446744073709551615", true, UINT64_MAX, ""},
    {"18446744073709551616", false, 0, "18446744073709551616"},
    {"99999999999999999999999", false, 0, "99999999999999999999999"},
    {"", false, 0, ""},
    {"-1", false, 0, "-1"},
    {" 1", false, 0, " 1"},
};

START_TEST(u64)
{
    Cursor c = text(decimals[_i].given);
    uint64_t value = 0;
    ck_assert(parse_u64(&c, &value) == decimals[_i].ok);
    ck_assert_uint_eq(value, decimals[_i].value);
    ck_assert(cursor_is(&c, decimals[_i].rest));
}
END_TEST

START_TEST(hex)
{
    uint64_t value = 0;
    Cursor c = text("7fFf00-1");
    ck_assert(parse_hex(&c, &value));
    ck_assert_uint_eq(value, 0x7fff00);
    ck_assert(parse_char(&c, '-'));
    ck_assert(!parse_char(&c, '-'));
    c = text("10000000000000000");
    ck_assert(!parse_hex(&c, &value));
    c = text("xyz");
    ck_assert(!parse_hex(&c, &value));
}
END_TEST

static const struct {
    const char *given;
    bool ok;
    int64_t value;
} signeds[] = {
    {"-9223372036854775808", true, INT64_MIN},
    {"9223372036854775807", true, INT64_MAX},
    {"9223372036854775808", false, 0},
    {"-9223372036854775809", false, 0},
    {"-", false, 0},
    {"-7", true, -7},
};

START_TEST(i64)
{
    Cursor c = text(signeds[_i].given);
    int64_t value = 0;
    ck_assert(parse_i64(&c, &value) == signeds[_i].ok);
    ck_assert_int_eq(value, signeds[_i].value);
}
END_TEST

static const struct {
    const char *given;
    bool ok;
    double value;
} doubles[] = {
    {"1.5", true, 1.5},
    {"-2e3", true, -2000},
    {"nan", false, 0},
    {"inf", false, 0},
    {"0x10", false, 0},
    {"1e999", false, 0},
    {"", false, 0},
    {"1,5", false, 0},
    {"1.5x", false, 0},
    {"e", false, 0},
    {" 1.5", false, 0},
    {"1111111111111111111111111111111111111111111111111111111111111111", false, 0},
};

START_TEST(whole_double)
{
    double value = 0;
    ck_assert(parse_whole_double(text(doubles[_i].given), &value) == doubles[_i].ok);
    ck_assert_double_eq(value, doubles[_i].value);
}
END_TEST

START_TEST(double_ends_at_an_embedded_nul)
{
    double value = 0;
    Cursor c = cursor_of("1\0002", 3);
    ck_assert(parse_double(&c, &value));
    ck_assert_double_eq(value, 1);
    ck_assert_uint_eq(cursor_left(&c), 2);
}
END_TEST

START_TEST(fields_and_lines)
{
    Cursor c = text("a\t\tb\nlast");
    Cursor line;
    Cursor field;
    ck_assert(parse_line(&c, &line));
    ck_assert(parse_field(&line, '\t', &field) && cursor_is(&field, "a"));
    ck_assert(parse_field(&line, '\t', &field) && cursor_is(&field, ""));
    ck_assert(parse_field(&line, '\t', &field) && cursor_is(&field, "b"));
    ck_assert(!parse_field(&line, '\t', &field));
    ck_assert(parse_line(&c, &line) && cursor_is(&line, "last"));
    ck_assert(!parse_line(&c, &line));
}
END_TEST

START_TEST(literal_blanks_whole)
{
    Cursor c = text(" \t Name: 5");
    uint64_t value = 0;
    parse_blanks(&c);
    ck_assert(!parse_literal(&c, "Names"));
    ck_assert(parse_literal(&c, "Name:"));
    parse_blanks(&c);
    ck_assert(parse_whole_u64(c, &value));
    ck_assert_uint_eq(value, 5);
    ck_assert(!parse_whole_u64(text("5 "), &value));
    ck_assert(!parse_literal(&c, "5 and more"));
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("parse");
    UNIT_ADD_ROWS(suite, u64, decimals);
    UNIT_ADD(suite, hex);
    UNIT_ADD_ROWS(suite, i64, signeds);
    UNIT_ADD_ROWS(suite, whole_double, doubles);
    UNIT_ADD(suite, double_ends_at_an_embedded_nul);
    UNIT_ADD(suite, fields_and_lines);
    UNIT_ADD(suite, literal_blanks_whole);
    return suite;
}
