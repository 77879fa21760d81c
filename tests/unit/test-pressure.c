/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/pressure.h"
#include "proc-fixture.h"
#include <math.h>

#define FULL "full avg10=0.00 avg60=0.00 avg300=0.00 total=0\n"

/* NAN: not told. */
static const struct {
    const char *text;
    double percent;
} some_rows[] = {
    {"some avg10=98.26 avg60=99.28 avg300=94.77 total=896409270\n" FULL, 98.26},
    {FULL "some avg10=0.00 avg60=1.00 avg300=0.00 total=1\n", 0},
    {"some avg10=100.00\n", 100},
    {"some avg10=7", 7},
    {"", NAN},
    {FULL, NAN},
    {"some", NAN},
    {"some avg10=", NAN},
    {"some avg10= 5", NAN},
    {"some avg60=5.00 avg10=4.00\n", NAN},
    {"some avg10=-1.00 avg60=0\n", NAN},
    {"some avg10=100.01 avg60=0\n", NAN},
    {"some avg10=nan avg60=0\n", NAN},
    {"some avg10=1e99 avg60=0\n", NAN},
    {"some avg10=5x avg60=0\n", NAN},
};

START_TEST(some)
{
    double percent = NAN;
    const char *text = some_rows[_i].text;
    bool told = pressure_parse_some(cursor_of(text, strlen(text)), &percent);
    ck_assert(told == !isnan(some_rows[_i].percent));
    if (told)
        ck_assert_double_eq(percent, some_rows[_i].percent);
    else
        ck_assert(isnan(percent)); /* unchanged */
}
END_TEST

static const struct {
    const char *text;
    long n_processors;
    double percent;
} load_rows[] = {
    {"22.13 25.05 16.08 10/139 12530\n", 1, 2213},
    {"3.00 0.00 0.00 1/100 2\n", 4, 75},
    {"0.00 0.00 0.00 1/1 1\n", 2, 0},
    {"1.00", 0, 100}, /* sysconf(3) does not know */
    {"1.00", -1, 100},
    {"", 1, NAN},
    {"-1.00 0.00", 1, NAN},
    {"inf 0.00", 1, NAN},
    {"99999999999 0.00", 1, NAN},
    {"1,50 0.00", 1, NAN},
};

START_TEST(load)
{
    double percent = NAN;
    const char *text = load_rows[_i].text;
    bool told =
        pressure_parse_load(cursor_of(text, strlen(text)), load_rows[_i].n_processors, &percent);
    ck_assert(told == !isnan(load_rows[_i].percent));
    if (told)
        ck_assert_double_eq_tol(percent, load_rows[_i].percent, 1e-9);
}
END_TEST

START_TEST(what_the_kernel_has_is_read_and_read_anew)
{
    char *path = unit_mkdir();
    g_free(unit_write(path, "pressure/io", "some avg10=12.50 avg60=0\n", -1));
    g_autoptr(ProcRoot) root = proc_root_open(path);
    Pressure pressure = pressure_read(root);
    ck_assert(pressure.told[PRESSURE_IO] && !pressure.told[PRESSURE_CPU]);
    ck_assert(!pressure.told[PRESSURE_MEMORY] && !pressure.load_told);
    ck_assert_double_eq(pressure.some_percent[PRESSURE_IO], 12.5);
    g_free(unit_write(path, "pressure/io", "some avg10=99.00 avg60=0\n", -1));
    g_free(unit_write(path, "pressure/cpu", "some avg10=1.00 avg60=0\n", -1));
    g_free(unit_write(path, "pressure/memory", "some avg10=2.00 avg60=0\n", -1));
    g_free(unit_write(path, "loadavg", "0.00 0.00 0.00 1/1 1\n", -1));
    pressure = pressure_read(root);
    ck_assert_double_eq(pressure.some_percent[PRESSURE_CPU], 1);
    ck_assert_double_eq(pressure.some_percent[PRESSURE_IO], 99);
    ck_assert_double_eq(pressure.some_percent[PRESSURE_MEMORY], 2);
    ck_assert(pressure.load_told);
    unit_rmdir(path);
}
END_TEST

START_TEST(a_kernel_that_tells_nothing)
{
    char *path = unit_mkdir();
    g_autoptr(ProcRoot) root = proc_root_open(path);
    Pressure pressure = pressure_read(root);
    for (int kind = 0; kind < PRESSURES; kind++)
        ck_assert(!pressure.told[kind]);
    ck_assert(!pressure.load_told);
    unit_rmdir(path);
}
END_TEST

START_TEST(this_kernel_tells_the_load)
{
    g_autoptr(ProcRoot) root = proc_root_open("/proc");
    ck_assert(pressure_read(root).load_told);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("pressure");
    UNIT_ADD_ROWS(suite, some, some_rows);
    UNIT_ADD_ROWS(suite, load, load_rows);
    UNIT_ADD(suite, what_the_kernel_has_is_read_and_read_anew);
    UNIT_ADD(suite, a_kernel_that_tells_nothing);
    UNIT_ADD(suite, this_kernel_tells_the_load);
    return suite;
}
