/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "ctl/report-lists.h"
#include "unit.h"

static GVariant *given(const char *text)
{
    return g_variant_ref_sink(g_variant_new_parsed(text));
}

static guint count(const GString *text, const char *part)
{
    guint n = 0;
    for (const char *at = strstr(text->str, part); at != NULL; at = strstr(at + 1, part))
        n++;
    return n;
}

START_TEST(names_are_escaped)
{
    g_autoptr(GVariant) rows = given("[{'program': <'<script>\"&\\''>, 'launches': <uint64 2>, "
                                     "'saved_usec_estimate': <uint64 5000000>, "
                                     "'local_sec': <int64 1000>}]");
    g_autoptr(GString) out = g_string_new(NULL);
    report_programs(rows, out);
    report_launches(rows, out);
    ck_assert_ptr_null(strstr(out->str, "<script"));
    ck_assert_ptr_null(strstr(out->str, "\"&'"));
    /* In the bars, the table and the timeline: once to be read, once for the pointer. */
    ck_assert_uint_eq(count(out, "&lt;script&gt;&quot;&amp;&apos;"), 3 * 2);
}
END_TEST

START_TEST(saved_time_is_an_estimate)
{
    g_autoptr(GVariant) rows =
        given("[{'program': <'a'>, 'saved_usec_estimate': <uint64 40000000>}, "
              "{'program': <'b'>, 'saved_usec_estimate': <uint64 10000000>}, {'program': <'c'>}]");
    g_autoptr(GString) out = g_string_new(NULL);
    report_programs(rows, out);
    ck_assert_ptr_nonnull(strstr(out->str, "Time saved by program: an estimate"));
    ck_assert_ptr_nonnull(strstr(out->str, "saved (estimate)"));
    ck_assert_ptr_nonnull(strstr(out->str, "≈ 40 s"));
    ck_assert_uint_eq(count(out, "class=\"bar\""), 2);
    ck_assert_uint_eq(count(out, " width=\"100.00%\""), 1);
    ck_assert_uint_eq(count(out, " width=\"25.00%\""), 1);
}
END_TEST

START_TEST(nothing_is_said_of_nothing)
{
    g_autoptr(GVariant) none = given("@aa{sv} []");
    g_autoptr(GVariant) empty = given("[@a{sv} {}]");
    g_autoptr(GString) out = g_string_new(NULL);
    report_programs(none, out);
    report_launches(none, out);
    ck_assert_ptr_nonnull(strstr(out->str, "None was seen yet"));
    ck_assert_ptr_nonnull(strstr(out->str, "Nothing yet"));
    report_programs(empty, out);
    report_launches(empty, out);
    ck_assert_ptr_null(strstr(out->str, "root only"));
    report_programs(NULL, out);
    report_launches(NULL, out);
    ck_assert_uint_eq(count(out, "root only"), 2);
}
END_TEST

START_TEST(a_timeline_is_a_week)
{
    g_autoptr(GVariant) rows =
        given("[{'program': <'old'>, 'local_sec': <int64 0>}, "
              "{'program': <'b'>, 'local_sec': <int64 864000>}, "
              "{'program': <'a'>, 'local_sec': <int64 1036800>}, "
              "{'program': <'a'>, 'local_sec': <int64 1080000>}]"); /* days 0, 10, 12, 12 */
    g_autoptr(GString) out = g_string_new(NULL);
    report_launches(rows, out);
    ck_assert_ptr_null(strstr(out->str, ">old<"));
    ck_assert_ptr_nonnull(strstr(out->str, ">01-07<"));
    ck_assert_ptr_nonnull(strstr(out->str, ">01-13<"));
    ck_assert_ptr_nonnull(strstr(out->str, "cx=\"92.86%\"")); /* noon of the seventh day */
    ck_assert_ptr_nonnull(strstr(out->str, "2×"));
    ck_assert(strstr(out->str, ">a<") < strstr(out->str, ">b<"));
}
END_TEST

static const char *const odd_times[] = {
    "[{'local_sec': <int64 -9223372036854775808>}, {'local_sec': <int64 9223372036854775807>}]",
    "[{'local_sec': <int64 9223372036854775807>}, {'local_sec': <int64 -9223372036854775808>}]",
    "[{'local_sec': <int64 -1>}, {'local_sec': <int64 0>}]",
    "[{'local_sec': <'no number'>}]",
};

START_TEST(odd_times_are_drawn_within)
{
    g_autoptr(GVariant) rows = given(odd_times[_i]);
    g_autoptr(GString) out = g_string_new(NULL);
    report_launches(rows, out);
    for (const char *at = strstr(out->str, "cx=\""); at != NULL; at = strstr(at + 1, "cx=\"")) {
        double percent = g_ascii_strtod(at + 4, NULL);
        ck_assert(percent >= 0 && percent <= 100);
    }
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("report-lists");
    UNIT_ADD(suite, names_are_escaped);
    UNIT_ADD(suite, saved_time_is_an_estimate);
    UNIT_ADD(suite, nothing_is_said_of_nothing);
    UNIT_ADD(suite, a_timeline_is_a_week);
    UNIT_ADD_ROWS(suite, odd_times_are_drawn_within, odd_times);
    return suite;
}
