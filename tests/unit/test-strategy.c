/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/strategy.h"
#include "unit.h"

/* Pages: 0 header, 1 free, 2-3 layer 1, 4-5 layer 0, 6 of no layer, 7 of no segment. */
static Anatomy *anatomy_of_model(void)
{
    Anatomy *anatomy = anatomy_new(8 * 4096);
    anatomy_add(anatomy, SEGMENT_METADATA, 0, -1, 0, 4096, "header");
    anatomy_add(anatomy, SEGMENT_UNUSED, 9, -1, 4096, 4096, "free");
    anatomy_add(anatomy, SEGMENT_DATA, 3, 1, 2 * 4096, 2 * 4096, "block.1");
    anatomy_add(anatomy, SEGMENT_DATA, 2, 0, 4 * 4096, 2 * 4096, "block.0");
    anatomy_add(anatomy, SEGMENT_DATA, 4, -1, 6 * 4096, 4096, "head");
    anatomy_sort(anatomy);
    return anatomy;
}

static char *print_pages(const GArray *ranges)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < ranges->len; i++) {
        const Range *range = &g_array_index(ranges, Range, i);
        uint64_t end = range->offset_bytes + range->length_bytes;
        for (uint64_t at = range->offset_bytes; at < end; at += 4096)
            g_string_append_printf(text, "%u", (unsigned)(at / 4096));
    }
    return g_string_free(text, FALSE);
}

static const struct {
    Strategy strategy;
    uint32_t n_layers;
    const char *pages;
} rows[] = {
    {STRATEGY_AUTO, 0, "0452367"},          {STRATEGY_INFERENCE_ORDER, 0, "0452367"},
    {STRATEGY_SEQUENTIAL, 0, "01234567"},   {STRATEGY_FIRST_N_LAYERS, 1, "0456"},
    {STRATEGY_FIRST_N_LAYERS, 8, "045236"}, {STRATEGY_FIRST_N_LAYERS, 0, "06"},
    {STRATEGY_METADATA_ONLY, 0, "0"},
};

START_TEST(pages_are_in_the_order_of_the_strategy)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Anatomy) anatomy = anatomy_of_model();
    g_autoptr(GArray) ranges =
        strategy_ranges(rows[_i].strategy, anatomy, 8 * 4096, rows[_i].n_layers, &error);
    ck_assert_msg(ranges != NULL, "%s", error != NULL ? error->message : "");
    g_autofree char *pages = print_pages(ranges);
    ck_assert_str_eq(pages, rows[_i].pages);
}
END_TEST

START_TEST(an_unknown_format_is_read_from_the_beginning)
{
    g_autoptr(GArray) ranges = strategy_ranges(STRATEGY_AUTO, NULL, 10000, 0, NULL);
    ck_assert_uint_eq(ranges->len, 1);
    ck_assert_uint_eq(g_array_index(ranges, Range, 0).length_bytes, 10000);
}
END_TEST

START_TEST(what_cannot_be_done_is_refused)
{
    static const Strategy informed[] = {STRATEGY_INFERENCE_ORDER, STRATEGY_FIRST_N_LAYERS,
                                        STRATEGY_METADATA_ONLY};
    g_autoptr(Anatomy) plain = anatomy_new(4096);
    for (guint i = 0; i < G_N_ELEMENTS(informed); i++) {
        g_autoptr(GError) error = NULL;
        ck_assert_ptr_null(strategy_ranges(informed[i], NULL, 4096, 1, &error));
        ck_assert(g_error_matches(error, STRATEGY_ERROR, STRATEGY_ERROR_UNKNOWN));
    }
    for (guint i = 1; i < G_N_ELEMENTS(informed); i++) {
        g_autoptr(GError) error = NULL;
        ck_assert_ptr_null(strategy_ranges(informed[i], plain, 4096, 1, &error));
        ck_assert(g_error_matches(error, STRATEGY_ERROR, STRATEGY_ERROR_NOTHING));
    }
}
END_TEST

START_TEST(an_empty_file_has_no_ranges)
{
    g_autoptr(GArray) ranges = strategy_ranges(STRATEGY_SEQUENTIAL, NULL, 0, 0, NULL);
    ck_assert_uint_eq(ranges->len, 0);
}
END_TEST

START_TEST(names_are_those_of_the_command_line)
{
    Strategy strategy = STRATEGY_AUTO;
    for (guint i = 0; i < STRATEGIES; i++) {
        ck_assert(strategy_by_name(strategy_name((Strategy)i), &strategy));
        ck_assert_uint_eq(strategy, i);
    }
    ck_assert(!strategy_by_name("best", &strategy));
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("strategy");
    UNIT_ADD_ROWS(suite, pages_are_in_the_order_of_the_strategy, rows);
    UNIT_ADD(suite, an_unknown_format_is_read_from_the_beginning);
    UNIT_ADD(suite, what_cannot_be_done_is_refused);
    UNIT_ADD(suite, an_empty_file_has_no_ranges);
    UNIT_ADD(suite, names_are_those_of_the_command_line);
    return suite;
}
