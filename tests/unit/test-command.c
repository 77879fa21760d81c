/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/command.h"
#include "unit.h"

static const struct {
    const char *line;
    const char *words; /* NULL: none */
} commands[] = {
    {"firefox %u", "firefox"},
    {"/usr/bin/vim --cmd 'set x' %F", "/usr/bin/vim|--cmd|set x"},
    {"\"/opt/My App/app\" --flag", "/opt/My App/app|--flag"},
    {"env BAMF_DESKTOP_FILE_HINT=/x.desktop LANG=C /usr/bin/app %U", "/usr/bin/app"},
    {"env -u DISPLAY -i app", "app"},
    {"/usr/bin/env A=1 app", "app"},
    {"env A=1", NULL},
    {"env", NULL},
    {"%u", NULL},
    {"", NULL},
    {"\"\" x", NULL},
    {"'not closed", NULL},
    {"=1 x", "=1|x"},
};

START_TEST(words_of_a_line)
{
    g_auto(GStrv) words = command_words(commands[_i].line);
    g_autofree char *joined = words != NULL ? g_strjoinv("|", words) : NULL;
    ck_assert_pstr_eq(joined, commands[_i].words);
}
END_TEST

START_TEST(a_line_too_long_has_none)
{
    g_autofree char *line = g_strnfill(COMMAND_MAX_BYTES + 1, 'x');
    ck_assert_ptr_null(command_words(line));
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("command");
    UNIT_ADD_ROWS(suite, words_of_a_line, commands);
    UNIT_ADD(suite, a_line_too_long_has_none);
    return suite;
}
