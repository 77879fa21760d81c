/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/psi.h"
#include "unit.h"

static const struct {
    const char *text;
    bool told;
    uint64_t some_usec;
    uint64_t full_usec;
} rows[] = {
    {"some avg10=0.87 avg60=1.31 avg300=1.42 total=8849947\n"
     "full avg10=0.00 avg60=0.53 avg300=1.03 total=6618934\n",
     true, 8849947, 6618934},
    {"some avg10=0.00 avg60=0.00 avg300=0.00 total=7\n", true, 7, 0}, /* cpu, before 5.13 */
    {"some total=3", true, 3, 0},
    {"full avg10=0.00 total=3\n", false, 0, 0},
    {"", false, 0, 0},
    {"some avg10=0.00\n", false, 0, 0},
    {"some total=\n", false, 0, 0},
    {"some total=-1\n", false, 0, 0},
    {"some total=12x\n", false, 0, 0},
    {"some total=99999999999999999999999\n", false, 0, 0},
    {"some total=5\nfull total=x\n", true, 5, 0},
    {"something total=5\n", false, 0, 0},
};

START_TEST(totals)
{
    Psi psi = {11, 12};
    ck_assert(psi_parse(cursor_of(rows[_i].text, strlen(rows[_i].text)), &psi) == rows[_i].told);
    ck_assert_uint_eq(psi.some_usec, rows[_i].told ? rows[_i].some_usec : 11);
    ck_assert_uint_eq(psi.full_usec, rows[_i].told ? rows[_i].full_usec : 12);
}
END_TEST

START_TEST(a_file)
{
    char *directory = unit_mkdir();
    g_autofree char *path = unit_write(directory, "io.pressure", rows[0].text, -1);
    g_autofree char *none = g_build_filename(directory, "none", NULL);
    Psi psi;
    ck_assert(psi_read(path, &psi));
    ck_assert_uint_eq(psi.some_usec, 8849947);
    ck_assert(!psi_read(none, &psi));
    ck_assert(!psi_read(directory, &psi));
    unit_rmdir(directory);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("psi");
    UNIT_ADD_ROWS(suite, totals, rows);
    UNIT_ADD(suite, a_file);
    return suite;
}
