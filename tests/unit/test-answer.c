/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "service/answer.h"
#include "unit.h"

#define MIB (UINT64_C(1) << 20)

static const struct {
    uint64_t ours_bytes;
    uint64_t timed_bytes;
    uint64_t read_usec;
    uint64_t saved_usec;
} estimates[] = {
    {100 * MIB, 50 * MIB, 1000000, 2000000},
    {0, 50 * MIB, 1000000, 0},
    {100 * MIB, 0, 0, 0}, /* no speed is known: nothing is claimed */
    {UINT64_C(1) << 60, UINT64_C(1) << 60, UINT64_C(1) << 50, UINT64_C(1) << 50},
};

START_TEST(saved_time_is_what_was_used_by_the_disks_speed)
{
    const Day speed = {.timed_bytes = estimates[_i].timed_bytes,
                       .read_usec = estimates[_i].read_usec};
    ck_assert_uint_eq(answer_saved_usec(estimates[_i].ours_bytes, &speed),
                      estimates[_i].saved_usec);
}
END_TEST

START_TEST(foreign_text_becomes_printable)
{
    GVariantBuilder answer;
    answer_begin(&answer);
    answer_text(&answer, "path", "/a\033[2J\xff");
    answer_bool(&answer, "yes", true);
    g_autoptr(GVariant) dict = g_variant_ref_sink(answer_end(&answer));
    const char *path = NULL;
    ck_assert(g_variant_lookup(dict, "path", "&s", &path));
    ck_assert_str_eq(path, "/a?[2J?");
}
END_TEST

START_TEST(a_day_has_shares)
{
    const Day day = {
        .metrics = {
            .launches = 2, .footprint_bytes = 200, .resident_bytes = 150, .ours_bytes = 50}};
    GVariantBuilder answer;
    answer_begin(&answer);
    answer_day(&answer, &day, &day);
    g_autoptr(GVariant) dict = g_variant_ref_sink(answer_end(&answer));
    double ratio = 0;
    ck_assert(g_variant_lookup(dict, "hit_ratio", "d", &ratio));
    ck_assert_double_eq(ratio, 0.75);
    ck_assert(g_variant_lookup(dict, "ours_ratio", "d", &ratio));
    ck_assert_double_eq(ratio, 0.25);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("answer");
    UNIT_ADD_ROWS(suite, saved_time_is_what_was_used_by_the_disks_speed, estimates);
    UNIT_ADD(suite, foreign_text_becomes_printable);
    UNIT_ADD(suite, a_day_has_shares);
    return suite;
}
