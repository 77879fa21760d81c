/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/programs.h"
#include "unit.h"

static const FileId old_file = {1, 2, 3, 4};
static const FileId new_file = {1, 9, 3, 5};

/* What is done between two reports, from left to right: + a process more, - one less, | a report.
 */
static const struct {
    const char *deeds;
    guint stopped;
    guint started;
} rows[] = {
    {"", 0, 0},       {"+", 0, 1},    {"++", 0, 1},    {"+|", 0, 0},   {"+|+", 0, 0},
    {"+|-", 1, 0},    {"++|-", 0, 0}, {"++|--", 1, 0}, {"+|-+", 1, 1}, /* a restart */
    {"+|+-", 1, 1},  /* only a process of before can be lost */
    {"++|-+", 0, 0}, /* one of them lives on */
    {"++|--+", 1, 1}, {"+|-|", 0, 0}, {"+|-|+", 0, 1},
};

START_TEST(tells_what_changed)
{
    g_autoptr(Programs) programs = programs_new();
    g_autoptr(ExeKey) key = exe_key_new("/bin/a", NULL);
    g_autoptr(Observation) observation = observation_new();
    Program *program = NULL;
    for (const char *deed = rows[_i].deeds; *deed != '\0'; deed++) {
        if (*deed == '+')
            program = programs_gain(programs, key, &old_file);
        if (*deed == '-')
            programs_lose(programs, program);
        if (*deed == '|') {
            g_autoptr(Observation) earlier = observation_new();
            programs_report(programs, earlier);
        }
    }
    programs_report(programs, observation);
    ck_assert_uint_eq(observation->stopped->len, rows[_i].stopped);
    ck_assert_uint_eq(observation->started->len, rows[_i].started);
    if (rows[_i].started > 0)
        ck_assert(exe_key_equal(observation->started->pdata[0], key));
}
END_TEST

START_TEST(remembers_small_ones)
{
    g_autoptr(Programs) programs = programs_new();
    g_autoptr(ExeKey) key = exe_key_new("/bin/a", "script");
    g_autoptr(Observation) observation = observation_new();
    programs_set_small(programs, key); /* while it does not run */
    Program *program = programs_gain(programs, key, &old_file);
    ck_assert(program->small);
    programs_lose(programs, program);
    programs_report(programs, observation); /* the Program is gone, what is known is not */
    program = programs_gain(programs, key, &old_file);
    ck_assert(program->small);
    programs_forget_mappings(programs);
    ck_assert(!program->small);
    programs_set_small(programs, key); /* while it runs */
    ck_assert(program->small);
}
END_TEST

START_TEST(bounds_the_small_ones)
{
    g_autoptr(Programs) programs = programs_new();
    g_autoptr(ExeKey) first = exe_key_new("/bin/0", NULL);
    programs_set_small(programs, first);
    for (int i = 1; i <= 4096; i++) {
        g_autofree char *path = g_strdup_printf("/bin/%d", i);
        g_autoptr(ExeKey) key = exe_key_new(path, NULL);
        programs_set_small(programs, key);
    }
    ck_assert(!programs_gain(programs, first, &old_file)->small); /* it began anew */
}
END_TEST

START_TEST(notices_a_replaced_file)
{
    g_autoptr(Programs) programs = programs_new();
    g_autoptr(ExeKey) key = exe_key_new("/bin/a", NULL);
    programs_set_small(programs, key);
    Program *program = programs_gain(programs, key, &old_file);
    programs_gain(programs, key, &old_file);
    ck_assert(!programs_take_replaced(programs));
    ck_assert(program->small);
    ck_assert_ptr_eq(programs_gain(programs, key, &new_file), program);
    ck_assert(!program->small); /* the new one may be large */
    ck_assert_uint_eq(program->id.ino, new_file.ino);
    ck_assert(programs_take_replaced(programs));
    ck_assert(!programs_take_replaced(programs));
    programs_free(NULL);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("programs");
    UNIT_ADD_ROWS(suite, tells_what_changed, rows);
    UNIT_ADD(suite, remembers_small_ones);
    UNIT_ADD(suite, bounds_the_small_ones);
    UNIT_ADD(suite, notices_a_replaced_file);
    return suite;
}
