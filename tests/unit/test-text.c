/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "ctl/text.h"
#include "unit.h"

static const struct {
    uint64_t bytes;
    const char *text;
} sizes[] = {
    {0, "0 B"},           {999, "999 B"},         {1000, "1 KiB"},         {1 << 20, "1.0 MiB"},
    {15 << 20, "15 MiB"}, {999 << 20, "999 MiB"}, {1000 << 20, "1.0 GiB"}, {UINT64_MAX, "16 EiB"},
};

START_TEST(sizes_are_short)
{
    g_autofree char *text = text_bytes(sizes[_i].bytes);
    ck_assert_str_eq(text, sizes[_i].text);
}
END_TEST

static const struct {
    double sec;
    const char *text;
} spans[] = {
    {0, "0.0 s"},     {0.44, "0.4 s"}, {42, "42 s"},          {150, "2 min"},
    {3599, "59 min"}, {3600, "1 h"},   {12000, "3 h 20 min"}, {400000, "4 days"},
};

START_TEST(spans_are_short)
{
    g_autofree char *text = text_span((uint64_t)(spans[_i].sec * G_USEC_PER_SEC));
    ck_assert_str_eq(text, spans[_i].text);
}
END_TEST

static const struct {
    uint64_t n;
    const char *noun;
    const char *text;
} counts[] = {
    {0, "file", "0 files"},
    {1, "file", "1 file"},
    {UINT64_MAX, "order", "18446744073709551615 orders"},
    {1, "measured launch", "1 measured launch"},
    {2, "launch", "2 launches"},
};

START_TEST(counts_are_of_one_or_of_many)
{
    g_autofree char *text = text_count(counts[_i].n, counts[_i].noun);
    ck_assert_str_eq(text, counts[_i].text);
}
END_TEST

static const struct {
    const char *line;
    int columns;
    const char *text;
} fits[] = {
    {"", 4, ""},
    {"abcd", 4, "abcd"},
    {"abcde", 4, "abc…"},
    {"\033[1mabcd\033[0m", 4, "\033[1mabcd\033[0m"},
    {"\033[1mabcde\033[0m", 4, "\033[1mabc\033[0m…"},
    {"ab\033[33mcde", 4, "ab\033[33mc\033[0m…"},
    {"█████", 4, "███…"},
    {"日本語", 4, "日…"},
    {"\033", 4, "\033"},
    {"\033[12", 9, "\033[12"},
};

START_TEST(lines_are_cut_to_the_terminal)
{
    g_autoptr(GString) out = g_string_new(NULL);
    text_fit(out, fits[_i].line, fits[_i].columns);
    ck_assert_str_eq(out->str, fits[_i].text);
}
END_TEST

static const struct {
    double ratio;
    bool known;
    const char *text;
} shares[] = {
    {0, true, "0 %"},   {0.004, true, "0.4 %"}, {0.5, true, "50 %"},
    {1, true, "100 %"}, {2, true, "100 %"},     {0.5, false, "-"},
};

START_TEST(shares_are_percent)
{
    g_autofree char *text = text_share(shares[_i].ratio, shares[_i].known);
    ck_assert_str_eq(text, shares[_i].text);
}
END_TEST

static const struct {
    bool terminal;
    const char *no_color;
    const char *term;
    bool colour;
    bool bars;
} terminals[] = {
    {true, NULL, "xterm", true, true}, {true, "", "xterm", true, true},
    {true, "1", "xterm", false, true}, {true, NULL, "dumb", false, false},
    {true, NULL, NULL, false, false},  {false, NULL, "xterm", false, false},
};

START_TEST(colours_and_bars_are_for_terminals)
{
    const Paint paint =
        paint_of(terminals[_i].terminal, terminals[_i].no_color, terminals[_i].term, 0);
    ck_assert(paint.colour == terminals[_i].colour);
    ck_assert(paint.bars == terminals[_i].bars);
    ck_assert_int_eq(paint.columns, 80);
    g_autoptr(GString) out = g_string_new(NULL);
    paint_append(&paint, out, INK_GOOD, "x");
    ck_assert_str_eq(out->str, paint.colour ? "\033[32mx\033[0m" : "x");
}
END_TEST

static const struct {
    const char *text;
    int columns;
    bool left;
    const char *out;
} columns[] = {
    {"abc", 5, true, "abc  "},   {"abc", 5, false, "  abc"}, {"abcdef", 4, true, "abc…"},
    {"", 2, true, "  "},         {"ä", 2, true, "ä "},       {"漢字", 5, false, " 漢字"},
    {"漢字漢", 4, true, "漢… "},
};

START_TEST(columns_are_filled_or_cut)
{
    g_autoptr(GString) out = g_string_new(NULL);
    text_column(out, columns[_i].text, columns[_i].columns, columns[_i].left);
    ck_assert_str_eq(out->str, columns[_i].out);
}
END_TEST

START_TEST(days_and_bars)
{
    g_autofree char *day = text_day(20000);
    ck_assert_str_eq(day, "2024-10-04");
    g_autofree char *absurd = text_day(INT64_MAX);
    ck_assert_str_eq(absurd, "-");
    g_autofree char *time = text_time(INT64_MAX);
    ck_assert_str_eq(time, "-");
    g_autoptr(GString) bar = g_string_new(NULL);
    text_bar(bar, 0.5, 4);
    text_bar(bar, 7, 1);
    ck_assert_str_eq(bar->str, "██░░█");
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("text");
    UNIT_ADD_ROWS(suite, sizes_are_short, sizes);
    UNIT_ADD_ROWS(suite, spans_are_short, spans);
    UNIT_ADD_ROWS(suite, lines_are_cut_to_the_terminal, fits);
    UNIT_ADD_ROWS(suite, counts_are_of_one_or_of_many, counts);
    UNIT_ADD_ROWS(suite, shares_are_percent, shares);
    UNIT_ADD_ROWS(suite, colours_and_bars_are_for_terminals, terminals);
    UNIT_ADD_ROWS(suite, columns_are_filled_or_cut, columns);
    UNIT_ADD(suite, days_and_bars);
    return suite;
}
