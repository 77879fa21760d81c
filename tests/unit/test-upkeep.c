/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "service/upkeep.h"
#include "unit.h"

START_TEST(nothing_known_nothing_done)
{
    Upkeep upkeep = {0};
    ck_assert_uint_eq(upkeep_take(&upkeep, 0), 0);
}
END_TEST

START_TEST(a_round_comes_in_pieces)
{
    enum { KNOWN = 2 * UPKEEP_NAMES + 10 };
    Upkeep upkeep = {0};
    static const guint pieces[] = {UPKEEP_NAMES, UPKEEP_NAMES, 10, UPKEEP_NAMES};
    for (gsize i = 0; i < G_N_ELEMENTS(pieces); i++) {
        ck_assert_uint_eq(upkeep_take(&upkeep, KNOWN), pieces[i]);
        ck_assert_uint_eq(upkeep.next, i < 3 ? i * UPKEEP_NAMES : 0);
        upkeep_note(&upkeep, pieces[i], 1, KNOWN);
    }
}
END_TEST

/* Cycles without a look behind each of these rounds; in the last but one a name was missing. */
static const struct {
    guint n_missing;
    guint rest;
} rounds[] = {
    {0, UPKEEP_REST_MIN},      {0, 2 * UPKEEP_REST_MIN},
    {0, 4 * UPKEEP_REST_MIN},  {0, 8 * UPKEEP_REST_MIN},
    {0, 16 * UPKEEP_REST_MIN}, {0, UPKEEP_REST_MAX},
    {0, UPKEEP_REST_MAX},      {1, 0},
    {0, UPKEEP_REST_MIN},
};

START_TEST(rounds_in_vain_come_ever_later)
{
    enum { KNOWN = 100 };
    Upkeep upkeep = {0};
    for (gsize i = 0; i < G_N_ELEMENTS(rounds); i++) {
        ck_assert_uint_eq(upkeep_take(&upkeep, KNOWN), KNOWN);
        upkeep_note(&upkeep, KNOWN, rounds[i].n_missing, KNOWN);
        for (guint j = 0; j < rounds[i].rest; j++)
            ck_assert_uint_eq(upkeep_take(&upkeep, KNOWN), 0);
    }
}
END_TEST

/* Fewer are known than when the round began. */
START_TEST(what_is_forgotten_is_no_matter)
{
    Upkeep upkeep = {0};
    (void)upkeep_take(&upkeep, 1000);
    upkeep_note(&upkeep, UPKEEP_NAMES, 0, 1000);
    ck_assert_uint_eq(upkeep_take(&upkeep, 10), 10);
    ck_assert_uint_eq(upkeep.next, 0);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("upkeep");
    UNIT_ADD(suite, nothing_known_nothing_done);
    UNIT_ADD(suite, a_round_comes_in_pieces);
    UNIT_ADD(suite, rounds_in_vain_come_ever_later);
    UNIT_ADD(suite, what_is_forgotten_is_no_matter);
    return suite;
}
