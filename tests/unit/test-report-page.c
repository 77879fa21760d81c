/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "ctl/report-page.h"
#include "unit.h"

static GVariant *given(const char *text)
{
    return g_variant_ref_sink(g_variant_new_parsed(text));
}

#define HOSTILE "<img src=http://x/>\"&"

static GString *page_of(const char *status, const char *days, const char *health)
{
    g_autoptr(GVariant) status_answer = given(status);
    g_autoptr(GVariant) days_answer = given(days);
    g_autoptr(GVariant) health_answer = given(health);
    const ReportAnswers answers = {
        .status = status_answer, .days = days_answer, .health = health_answer};
    GString *out = g_string_new(NULL);
    report_page(&answers, 1764320000, out);
    return out;
}

START_TEST(all_is_escaped)
{
    g_autoptr(GString) out =
        page_of("{'doing': <'" HOSTILE "'>, 'version': <'" HOSTILE "'>}", "@aa{sv} []",
                "[{'level': <'" HOSTILE "'>, 'what': <'" HOSTILE "'>, 'cost': <'" HOSTILE
                "'>, 'remedy': <'" HOSTILE "'>}]");
    ck_assert_ptr_null(strstr(out->str, "<img"));
    ck_assert_ptr_nonnull(strstr(out->str, "&lt;img src=http://x/&gt;&quot;&amp;"));
}
END_TEST

/* Nothing that a browser would fetch or run. */
START_TEST(no_request_leaves_the_page)
{
    static const char *const none_of[] = {
        "http:", "https:",  "//",    "<script", "<link",       "<img",    "<iframe",
        "url(",  "@import", " src=", " href=",  "javascript:", " onload", "style=\""};
    g_autoptr(GString) out = page_of("@a{sv} {}", "[{'day': <int64 20000>}]", "@aa{sv} []");
    for (gsize i = 0; i < G_N_ELEMENTS(none_of); i++)
        ck_assert_msg(strstr(out->str, none_of[i]) == NULL, "%s", none_of[i]);
    ck_assert_ptr_nonnull(strstr(out->str, "default-src 'none'; style-src 'unsafe-inline'"));
    ck_assert_ptr_nonnull(strstr(out->str, "name=\"viewport\""));
    ck_assert_ptr_nonnull(strstr(out->str, "prefers-color-scheme: dark"));
    ck_assert(g_str_has_suffix(out->str, "</html>\n"));
}
END_TEST

START_TEST(what_is_pinned_and_warmed_is_told)
{
    g_autoptr(GString) out =
        page_of("{'pins': <uint32 3>, 'pins_locked': <uint32 2>, 'pinned_bytes': <uint64 1048576>, "
                "'pin_limit_bytes': <uint64 2097152>, 'warm_orders': <uint32 2>, "
                "'warm_left_bytes': <uint64 1024>}",
                "@aa{sv} []", "@aa{sv} []");
    ck_assert_ptr_nonnull(
        strstr(out->str, " Pinned: 2 of 3 files, 1.0 MiB locked in memory, at most 2.0 MiB may "
                         "be. Being warmed: 2 orders, at most 1 KiB to be read.</p>"));
    g_autoptr(GString) nothing = page_of("@a{sv} {}", "@aa{sv} []", "@aa{sv} []");
    ck_assert_ptr_null(strstr(nothing->str, "Pinned:"));
    ck_assert_ptr_null(strstr(nothing->str, "warmed:"));
}
END_TEST

START_TEST(nothing_measured_is_no_fault)
{
    g_autoptr(GString) out = page_of("@a{sv} {}", "@aa{sv} []", "@aa{sv} []");
    ck_assert_ptr_nonnull(strstr(out->str, "No launch was measured yet"));
    ck_assert_ptr_nonnull(strstr(out->str, "not known"));
    ck_assert_ptr_nonnull(strstr(out->str, "<li>Nothing.</li>"));
    ck_assert_ptr_null(strstr(out->str, "class=\"days\""));
}
END_TEST

START_TEST(days_become_bars)
{
    g_autoptr(GString) out =
        page_of("{'week': <{'launches': <uint64 3>, 'footprint_bytes': <uint64 9>, "
                "'hit_ratio': <0.75>}>}",
                "[{'day': <int64 20000>, 'hit_ratio': <0.75>, 'ours_ratio': <0.5>, "
                "'read_ahead_bytes': <uint64 1048576>, 'ours_bytes': <uint64 524288>}]",
                "@aa{sv} []");
    ck_assert_ptr_nonnull(strstr(out->str, "75 %"));
    ck_assert_ptr_nonnull(strstr(out->str, "at 3 launches in 7 days"));
    ck_assert_ptr_nonnull(
        strstr(out->str, "2024-10-04: because read ahead 50 %, in memory anyway 25 %"));
    ck_assert_ptr_nonnull(strstr(out->str, "read ahead 1.0 MiB, used 512 KiB, in vain 0 B"));
    /* Half of the height, and a quarter upon it. */
    ck_assert_ptr_nonnull(strstr(out->str, "y=\"80.00\" height=\"80.00\""));
    ck_assert_ptr_nonnull(strstr(out->str, "y=\"40.00\" height=\"40.00\""));
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("report-page");
    UNIT_ADD(suite, all_is_escaped);
    UNIT_ADD(suite, no_request_leaves_the_page);
    UNIT_ADD(suite, what_is_pinned_and_warmed_is_told);
    UNIT_ADD(suite, nothing_measured_is_no_fault);
    UNIT_ADD(suite, days_become_bars);
    return suite;
}
