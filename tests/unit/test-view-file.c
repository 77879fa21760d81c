/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "ctl/account.h"
#include "ctl/json.h"
#include "ctl/view-file.h"
#include "ctl/view-warm.h"
#include "unit.h"

static const Paint plain = {.columns = 80};
static const Paint bright = {.bars = true, .columns = 24};

static Anatomy *anatomy_of_two(void)
{
    Anatomy *anatomy = anatomy_new(8 * 4096);
    anatomy->format = "manifest";
    anatomy_add_fact(anatomy, "architecture", "x");
    anatomy_add(anatomy, SEGMENT_METADATA, 0, -1, 0, 4096, "header");
    anatomy_add(anatomy, SEGMENT_DATA, 5, 0, 4096, 7 * 4096, "block.0");
    anatomy_add_companion(anatomy, "file-wal");
    return anatomy;
}

/* Missing are the pages from `first` on. */
static Census census_from(uint64_t first, bool told)
{
    const Range missing = {first * 4096, (8 - first) * 4096};
    Census census = {.size_bytes = 8 * 4096,
                     .told = told,
                     .resident_bytes = told ? first * 4096 : 0,
                     .missing = g_array_new(FALSE, FALSE, sizeof(Range))};
    if (first < 8 && told)
        g_array_append_val(census.missing, missing);
    return census;
}

static char *shown(GVariant *account, void (*view)(const Paint *, GVariant *, GString *),
                   const Paint *paint)
{
    g_autoptr(GVariant) file = g_variant_ref_sink(account);
    g_autoptr(GString) out = g_string_new(NULL);
    view(paint, file, out);
    return g_strdup(out->str);
}

static void has(const char *text, const char *part)
{
    ck_assert_msg(strstr(text, part) != NULL, "no '%s' in: %s", part, text);
}

START_TEST(an_analysis_has_all_that_is_known)
{
    g_autoptr(Anatomy) anatomy = anatomy_of_two();
    g_autofree char *text = shown(account_analysis("/f", anatomy), view_analysis, &plain);
    has(text, "/f  32 KiB\n");
    has(text, "architecture    x\n");
    has(text, "with            file-wal\n");
    has(text, "block.0 ");
    has(text, "0x1000 ");
    has(text, "metadata\n");
}
END_TEST

static const struct {
    uint64_t first;
    bool told;
    const char *part;
    const char *bar;
} rows[] = {
    {0, true, "0 % in memory (0 B)", "░░░░░░░░░░░░░░░░░░░░\n"},
    {4, true, "50 % in memory (16 KiB)", "██████████░░░░░░░░░░\n"},
    {8, true, "100 % in memory (32 KiB)", "████████████████████\n"},
    {8, false, "the kernel does not tell", "/f"},
};

START_TEST(residency_is_never_more_than_it_is)
{
    g_auto(Census) census = census_from(rows[_i].first, rows[_i].told);
    g_autofree char *text = shown(account_residency("/f", &census, NULL), view_residency, &bright);
    has(text, rows[_i].part);
    has(text, rows[_i].bar);
    ck_assert(rows[_i].told || strstr(text, "100") == NULL);
}
END_TEST

START_TEST(a_page_that_is_missing_is_not_100_percent)
{
    const Range last = {9999 * 4096, 4096};
    g_auto(Census) census = {.size_bytes = 10000 * 4096,
                             .told = true,
                             .resident_bytes = 9999 * 4096,
                             .missing = g_array_new(FALSE, FALSE, sizeof(Range))};
    g_array_append_val(census.missing, last);
    g_autofree char *text = shown(account_residency("/f", &census, NULL), view_residency, &plain);
    has(text, "> 99 % in memory");
}
END_TEST

START_TEST(each_segment_has_its_share)
{
    g_autoptr(Anatomy) anatomy = anatomy_of_two();
    g_auto(Census) census = census_from(1, true);
    g_autofree char *text =
        shown(account_residency("/f", &census, anatomy), view_residency, &plain);
    has(text, "header                              100 % of 4 KiB\n");
    has(text, "block.0                               0 % of 28 KiB\n");
}
END_TEST

START_TEST(runs_are_exact_in_json)
{
    g_auto(Census) census = census_from(3, true);
    g_autoptr(GVariant) file = g_variant_ref_sink(account_residency("/f\xff", &census, NULL));
    g_autofree char *json = json_of(file, FALSE);
    has(json, "\"runs\":[[0,12288]]");
    has(json, "\"resident_bytes\":12288");
}
END_TEST

START_TEST(progress_fits_a_line)
{
    const WarmProgress progress = {.goal_bytes = 1000 << 20,
                                   .done_bytes = 250 << 20,
                                   .read_bytes = 200 << 20,
                                   .took_usec = 1000000};
    g_autoptr(GString) out = g_string_new(NULL);
    view_progress(&plain, &progress, out);
    ck_assert_str_eq(out->str, " 25 %  250 MiB of 1.0 GiB  200 MiB/s  3.8 s left");
}
END_TEST

START_TEST(an_outcome_says_why_it_ended)
{
    const WarmOutcome outcomes[] = {
        {.interrupted = true}, {.stopped = LIMITER_MEMORY}, {.left_bytes = 4096}, {.n_failed = 2}};
    static const char *const said[] = {"interrupted", "memory became short", "4 KiB are over",
                                       "2 files could not be read"};
    for (guint i = 0; i < G_N_ELEMENTS(said); i++) {
        g_autoptr(GString) out = g_string_new(NULL);
        view_outcome(&plain, &outcomes[i], out);
        has(out->str, said[i]);
    }
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("view-file");
    UNIT_ADD(suite, an_analysis_has_all_that_is_known);
    UNIT_ADD_ROWS(suite, residency_is_never_more_than_it_is, rows);
    UNIT_ADD(suite, a_page_that_is_missing_is_not_100_percent);
    UNIT_ADD(suite, each_segment_has_its_share);
    UNIT_ADD(suite, runs_are_exact_in_json);
    UNIT_ADD(suite, progress_fits_a_line);
    UNIT_ADD(suite, an_outcome_says_why_it_ended);
    return suite;
}
