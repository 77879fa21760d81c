/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "ctl/report-plot.h"
#include "unit.h"
#include <math.h>

static char *text_of(double value)
{
    return g_strdup_printf("<%g>", value);
}

static const Plot plot = {
    .label = "a \"label\"",
    .parts = {{"one & all", "ours"}, {"two", "anyway"}, {"three", "vain"}},
    .n_parts = 3,
    .top = 1,
    .text_of = text_of,
};

/* Each attribute of that name within the bounds. How many there are. */
static guint check(const char *svg, const char *name, double max, const char *unit)
{
    g_autofree char *start = g_strdup_printf(" %s=\"", name);
    guint n = 0;
    for (const char *at = strstr(svg, start); at != NULL; at = strstr(at + 1, start), n++) {
        char *end = NULL;
        double value = g_ascii_strtod(at + strlen(start), &end);
        ck_assert_msg(value >= 0 && value <= max, "%s is %g", name, value);
        ck_assert_msg(g_str_has_prefix(end, unit), "%s ends in '%.4s'", name, end);
    }
    return n;
}

static const double values[] = {
    0, 0.5, 1, 1.5, 1e308, -1, -1e308, 1e-308, NAN, INFINITY, -INFINITY,
};

START_TEST(coordinates_are_bounded)
{
    for (int stacked = 0; stacked < 2; stacked++) {
        g_autoptr(GString) out = g_string_new(NULL);
        Plot wild = plot;
        wild.stacked = stacked != 0;
        const PlotDay days[] = {{20000, {values[_i], values[_i], values[_i]}},
                                {20001, {1, values[_i], 1}}};
        plot_days(&wild, days, G_N_ELEMENTS(days), out);
        ck_assert_uint_ge(check(out->str, "x", 100, "%\""), 8);
        ck_assert_uint_ge(check(out->str, "width", 100, "%\""), 8);
        ck_assert_uint_ge(check(out->str, "y", 184, "\""), 8);
        ck_assert_uint_ge(check(out->str, "height", 184, "\""), 8);
        ck_assert_ptr_null(strstr(out->str, "=\"nan"));
        ck_assert_ptr_null(strstr(out->str, "=\"inf"));
    }
    g_autoptr(GString) lanes = g_string_new(NULL);
    plot_bar(values[_i], "ours", lanes);
    plot_lane(&values[_i], 1, 7, lanes);
    ck_assert_uint_eq(check(lanes->str, "width", 100, "%\""), 1);
    ck_assert_uint_eq(check(lanes->str, "cx", 100, "%\""), 1);
    ck_assert_uint_eq(check(lanes->str, "x1", 100, ""), 7);
}
END_TEST

/* Days as no daemon says them: far apart, falling, at the ends of what there is. */
static const int64_t odd_days[][3] = {
    {0, 0, 0},          {5, 4, 3},          {-40, 0, 3660000},
    {G_MININT64, 0, 1}, {0, 0, G_MAXINT64}, {0, 0, G_MININT64},
};

START_TEST(days_are_bounded)
{
    g_autoptr(GString) out = g_string_new(NULL);
    PlotDay days[3] = {{0}};
    for (int i = 0; i < 3; i++)
        days[i] = (PlotDay){.day = odd_days[_i][i], .values = {1, 1, 1}};
    plot_days(&plot, days, 3, out);
    check(out->str, "x", 100, "%\"");
    check(out->str, "width", 100, "%\"");
    ck_assert_uint_le(out->len, 20000);
}
END_TEST

START_TEST(text_is_escaped)
{
    g_autoptr(GString) out = g_string_new(NULL);
    const PlotDay day = {20000, {1, 1, 1}};
    plot_days(&plot, &day, 1, out);
    const char *const columns[] = {"<b>"};
    plot_columns(columns, 1, out);
    ck_assert_ptr_nonnull(strstr(out->str, "one &amp; all"));
    ck_assert_ptr_nonnull(strstr(out->str, "a &quot;label&quot;"));
    ck_assert_ptr_nonnull(strstr(out->str, "&lt;0.5&gt;"));
    ck_assert_ptr_nonnull(strstr(out->str, "&lt;b&gt;"));
    ck_assert_ptr_null(strstr(out->str, "<b>"));
    ck_assert_ptr_nonnull(strstr(out->str, "<title>2024-10-04: "));
}
END_TEST

START_TEST(nothing_is_no_plot)
{
    g_autoptr(GString) out = g_string_new(NULL);
    plot_days(&plot, NULL, 0, out);
    ck_assert_uint_eq(out->len, 0);
}
END_TEST

static const struct {
    double bytes;
    double top;
} tops[] = {
    {0, 1024},        {1024, 1024},    {1025, 1536}, {1537, 2048}, {3 * 1048576., 3 * 1048576.},
    {0x1p62, 0x1p62}, {1e308, 0x1p62}, {NAN, 1024},  {-1, 1024},
};

START_TEST(tops_are_round)
{
    ck_assert_double_eq(plot_top_bytes(tops[_i].bytes), tops[_i].top);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("report-plot");
    UNIT_ADD_ROWS(suite, coordinates_are_bounded, values);
    UNIT_ADD_ROWS(suite, days_are_bounded, odd_days);
    UNIT_ADD(suite, text_is_escaped);
    UNIT_ADD(suite, nothing_is_no_plot);
    UNIT_ADD_ROWS(suite, tops_are_round, tops);
    return suite;
}
