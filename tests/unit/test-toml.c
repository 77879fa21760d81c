/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/toml.h"
#include "unit.h"

static const struct {
    const char *text;
    TomlKind kind;
    const char *key;
    const char *value;
    uint64_t number;
} good[] = {
    {"", TOML_BLANK, NULL, NULL, 0},
    {"  # x = 1", TOML_BLANK, NULL, NULL, 0},
    {"[[segments]]", TOML_TABLE, "segments", NULL, 0},
    {" [[ segments ]] # x\r", TOML_TABLE, "segments", NULL, 0},
    {"a = 0", TOML_NUMBER, "a", NULL, 0},
    {"a-1_B=18446744073709551615", TOML_NUMBER, "a-1_B", NULL, UINT64_MAX},
    {"a = +1_000 # y", TOML_NUMBER, "a", NULL, 1000},
    {"a = 0xDead_Beef", TOML_NUMBER, "a", NULL, 0xdeadbeef},
    {"a = 0o17", TOML_NUMBER, "a", NULL, 15},
    {"a = 0b101", TOML_NUMBER, "a", NULL, 5},
    {"a = \"b # c\" # d", TOML_STRING, "a", "b # c", 0},
    {"a = \"\\t\\\"\\\\\\u00e9\\U0001F600\"", TOML_STRING, "a", "\t\"\\\xc3\xa9\xf0\x9f\x98\x80",
     0},
    {"a = 'C:\\x'", TOML_STRING, "a", "C:\\x", 0},
    {"a = ''", TOML_STRING, "a", "", 0},
};

START_TEST(a_line_says_one_thing)
{
    g_auto(TomlLine) line = {0};
    const char *problem = NULL;
    Cursor text = cursor_of(good[_i].text, strlen(good[_i].text));
    ck_assert_msg(toml_parse_line(text, &line, &problem), "%s", problem);
    ck_assert_int_eq(line.kind, good[_i].kind);
    ck_assert_pstr_eq(line.key, good[_i].key);
    ck_assert_pstr_eq(line.text, good[_i].value);
    ck_assert_uint_eq(line.number, good[_i].number);
}
END_TEST

static const char *const bad[] = {
    "a",
    "a =",
    "= 1",
    "a = 1 2",
    "a = -1",
    "a = 01",
    "a = 1__0",
    "a = _1",
    "a = 1_",
    "a = 0x",
    "a = 0xg",
    "a = 0b2",
    "a = +0x1",
    "a = 1.5",
    "a = true",
    "a = [1]",
    "a = {}",
    "a = \"x",
    "a = \"\\q\"",
    "a = \"\\u12",
    "a = \"\\ud800\"",
    "a = \"\\u0000\"",
    "a = \"\xff\"",
    "a.b = 1",
    "\"a\" = 1",
    "[segments]",
    "[[segments]",
    "[[]]",
    "[[a]] b",
    "a = \"\"\"x\"\"\"",
    "a = 18446744073709551616",
    "a = 99999999999999999999999",
    "a = \"\x01\"",
};

START_TEST(what_is_not_of_the_subset_is_refused)
{
    g_auto(TomlLine) line = {0};
    const char *problem = NULL;
    ck_assert(!toml_parse_line(cursor_of(bad[_i], strlen(bad[_i])), &line, &problem));
    ck_assert_ptr_nonnull(problem);
    ck_assert_ptr_null(line.key);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("toml");
    UNIT_ADD_ROWS(suite, a_line_says_one_thing, good);
    UNIT_ADD_ROWS(suite, what_is_not_of_the_subset_is_refused, bad);
    return suite;
}
