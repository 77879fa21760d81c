/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/census.h"
#include "unit.h"

/* Of 10 pages the last is short; missing are 2-3 and 9. */
static Census census_of_ten(void)
{
    static const Range missing[] = {{2 * 4096, 2 * 4096}, {9 * 4096, 100}};
    Census census = {.size_bytes = 9 * 4096 + 100,
                     .told = true,
                     .missing = g_array_new(FALSE, FALSE, sizeof(Range))};
    g_array_append_vals(census.missing, missing, G_N_ELEMENTS(missing));
    return census;
}

static const struct {
    Range part;
    uint64_t resident_bytes;
} rows[] = {
    {{0, 4096}, 4096},
    {{0, UINT64_MAX}, 7 * 4096},
    {{2 * 4096, 4096}, 0},
    {{4096, 2 * 4096}, 4096},
    {{2 * 4096 + 1, 2 * 4096}, 1},
    {{9 * 4096, 50}, 0},
    {{8 * 4096, 4096 + 50}, 4096},
    {{10 * 4096, 1}, 0},
    {{0, 0}, 0},
};

START_TEST(a_part_is_as_resident_as_its_pages)
{
    g_auto(Census) census = census_of_ten();
    ck_assert_uint_eq(census_resident(&census, rows[_i].part), rows[_i].resident_bytes);
}
END_TEST

START_TEST(what_is_present_is_what_is_not_missing)
{
    g_auto(Census) census = census_of_ten();
    g_autoptr(GArray) present = g_array_new(FALSE, FALSE, sizeof(Range));
    census_present(&census, present);
    ck_assert_uint_eq(present->len, 2);
    ck_assert_uint_eq(g_array_index(present, Range, 0).length_bytes, 2 * 4096);
    ck_assert_uint_eq(g_array_index(present, Range, 1).offset_bytes, 4 * 4096);
    ck_assert_uint_eq(g_array_index(present, Range, 1).length_bytes, 5 * 4096);
}
END_TEST

START_TEST(where_it_is_not_told_nothing_is_claimed)
{
    g_auto(Census) census = census_of_ten();
    g_autoptr(GArray) present = g_array_new(FALSE, FALSE, sizeof(Range));
    census.told = false;
    g_array_set_size(census.missing, 0);
    census_present(&census, present);
    ck_assert_uint_eq(present->len, 0);
    ck_assert_uint_eq(census_resident(&census, (Range){0, 4096}), 0);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("census");
    UNIT_ADD_ROWS(suite, a_part_is_as_resident_as_its_pages, rows);
    UNIT_ADD(suite, what_is_present_is_what_is_not_missing);
    UNIT_ADD(suite, where_it_is_not_told_nothing_is_claimed);
    return suite;
}
