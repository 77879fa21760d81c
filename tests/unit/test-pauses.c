/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/pauses.h"
#include "unit.h"

#define SEC UINT64_C(1000000)

/* Events come so long one after the other for so long, from a rest on; the last pause. */
static const struct {
    uint64_t gap_usec;
    uint64_t span_usec;
    uint64_t least_usec;
    uint64_t most_usec;
} rows[] = {
    {SEC, 100 * SEC, 0, 0},
    {SEC / 20, 100 * SEC, 0, 0}, /* what is free in the long run */
    {SEC / 30, SEC, 0, 0},
    {SEC / 30, 10 * SEC, 1, PAUSES_PAUSE_MAX_USEC},
    {SEC / 1000, SEC / 1000 * 10, 0, 0},                                      /* one launch */
    {SEC / 1000, SEC / 1000 * 30, SEC / 1000, PAUSES_PAUSE_MAX_USEC - 1},     /* it goes on */
    {SEC / 1000, SEC, PAUSES_PAUSE_MAX_USEC * 9 / 10, PAUSES_PAUSE_MAX_USEC}, /* and on */
    {SEC / 1000, 3600 * SEC, PAUSES_PAUSE_MAX_USEC * 9 / 10, PAUSES_PAUSE_MAX_USEC},
};

START_TEST(slows_down_in_a_storm)
{
    Pauses pauses = {0};
    uint64_t now_usec = 5 * SEC;
    uint64_t end_usec = now_usec + rows[_i].span_usec;
    uint64_t pause_usec = pauses_next_usec(&pauses, now_usec);
    ck_assert_uint_eq(pause_usec, 0); /* the first is taken at once */
    while (now_usec < end_usec) {
        now_usec += MAX(rows[_i].gap_usec, pause_usec);
        uint64_t next_usec = pauses_next_usec(&pauses, now_usec);
        ck_assert_uint_le(next_usec, PAUSES_PAUSE_MAX_USEC);
        pause_usec = next_usec;
    }
    ck_assert_uint_ge(pause_usec, rows[_i].least_usec);
    ck_assert_uint_le(pause_usec, rows[_i].most_usec);
    now_usec += 2 * SEC;
    ck_assert_uint_eq(pauses_next_usec(&pauses, now_usec), 0); /* it is over */
    ck_assert_uint_eq(pauses_next_usec(&pauses, now_usec - 1),
                      0); /* no clock of ours, but no harm */
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("pauses");
    UNIT_ADD_ROWS(suite, slows_down_in_a_storm, rows);
    return suite;
}
