/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/diskstat.h"
#include "unit.h"

static const struct {
    const char *text;
    bool told;
    Diskstat stat;
} rows[] = {
    /* of 5.5 and later, with discards and flushes */
    {"   42640     9909  4297386    45845    41999    24025  7776200    40184        3    26828   "
     "102327    32408       49  4901736    12408     5706     3889\n",
     true,
     {42640 + 41999 + 32408 + 5706, 4297386 * UINT64_C(512), 3}},
    /* of 4.18 */
    {"1 0 8 0 2 0 16 0 0 0 0 4 0 0 0\n", true, {7, 4096, 0}},
    /* before */
    {"1 0 8 0 2 0 16 0 5 0 0\n", true, {3, 4096, 5}},
    {"1 0 8 0 2 0 16 0 5", true, {3, 4096, 5}},
    {"1 0 8 0 2 0 16 0\n", false, {0, 0, 0}},
    {"1 0 8 0 x 0 16 0 5\n", false, {0, 0, 0}},
    {"1 0 -8 0 2 0 16 0 5\n", false, {0, 0, 0}},
    {"", false, {0, 0, 0}},
    /* more than we know */
    {"1 0 8 0 2 0 16 0 5 0 0 4 0 0 0 6 0 7 8 9\n", true, {13, 4096, 5}},
};

START_TEST(numbers)
{
    Diskstat stat = {1, 2, 3};
    const Diskstat expected = rows[_i].told ? rows[_i].stat : stat;
    ck_assert(diskstat_parse(cursor_of(rows[_i].text, strlen(rows[_i].text)), &stat) ==
              rows[_i].told);
    ck_assert_uint_eq(stat.n_requests, expected.n_requests);
    ck_assert_uint_eq(stat.read_bytes, expected.read_bytes);
    ck_assert_uint_eq(stat.n_in_flight, expected.n_in_flight);
}
END_TEST

START_TEST(a_disk)
{
    char *sys = unit_mkdir();
    g_free(unit_write(sys, "dev/block/8:16/stat", rows[1].text, -1));
    Diskstat stat;
    ck_assert(diskstat_read(sys, 8, 16, &stat));
    ck_assert_uint_eq(stat.n_requests, 7);
    ck_assert(!diskstat_read(sys, 8, 0, &stat));
    unit_rmdir(sys);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("diskstat");
    UNIT_ADD_ROWS(suite, numbers, rows);
    UNIT_ADD(suite, a_disk);
    return suite;
}
