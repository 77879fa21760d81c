/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/* What every unit test includes: Check, and the one function that it must define. */
#include <check.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>

/* One suite a file; unit-main.c runs it. */
Suite *unit_suite(void);

/* Adds a test case of one test, named as the function. */
#define UNIT_ADD(suite, test)                                                                      \
    do {                                                                                           \
        TCase *tcase_ = tcase_create(#test);                                                       \
        tcase_add_test(tcase_, test);                                                              \
        suite_add_tcase(suite, tcase_);                                                            \
    } while (0)

/* As UNIT_ADD, run once for each row of a table; the row's number is `_i`. */
#define UNIT_ADD_ROWS(suite, test, rows)                                                           \
    do {                                                                                           \
        TCase *tcase_ = tcase_create(#test);                                                       \
        tcase_add_loop_test(tcase_, test, 0, (int)G_N_ELEMENTS(rows));                             \
        suite_add_tcase(suite, tcase_);                                                            \
    } while (0)

/* As UNIT_ADD, run n times; which time it is is `_i`. */
#define UNIT_ADD_TIMES(suite, test, n)                                                             \
    do {                                                                                           \
        TCase *tcase_ = tcase_create(#test);                                                       \
        tcase_add_loop_test(tcase_, test, 0, n);                                                   \
        suite_add_tcase(suite, tcase_);                                                            \
    } while (0)

/* A fresh directory, removed with all that is in it by unit_rmdir(), which also frees it. */
char *unit_mkdir(void);
void unit_rmdir(char *directory);
/* Writes a whole file (directories above it are made) and returns its path, to be freed. */
char *unit_write(const char *directory, const char *name, const char *content, gssize length);

/* Ends the test as skipped: a line "SKIP: reason"; with PRELOAD_TESTS_NO_SKIP=1 (CI) it fails. */
#define unit_skip(...)                                                                             \
    do {                                                                                           \
        unit_skip_report(__VA_ARGS__);                                                             \
        return;                                                                                    \
    } while (0)
void unit_skip_report(const char *format, ...) G_GNUC_PRINTF(1, 2);
