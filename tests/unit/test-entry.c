/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/entry.h"
#include "unit.h"

static const struct {
    const char *text;
    const char *program; /* NULL: none */
    bool shown;
} entries[] = {
    {"[Desktop Entry]\nType=Application\nExec=app %u\n", "app", true},
    {"[Desktop Entry]\nType=Application\nExec=app\nNoDisplay=true\n", "app", false},
    {"[Desktop Entry]\nType=Application\nExec=app\nHidden=true\n", NULL, false},
    {"[Desktop Entry]\nType=Link\nExec=app\n", NULL, false},
    {"[Desktop Entry]\nExec=app\n", NULL, false},
    {"[Desktop Entry]\nType=Application\nDBusActivatable=true\n", NULL, false},
    {"[Desktop Entry]\nType=Application\nExec=\\xff\n", "xff", true},
    {"[Desktop Action new]\nType=Application\nExec=app\n", NULL, false},
    {"Exec=app\n", NULL, false},
    {"\xff\xfe\x01", NULL, false},
    {"", NULL, false},
};

START_TEST(program_of_an_entry)
{
    const char *text = entries[_i].text;
    g_auto(Entry) entry = entry_parse(cursor_of(text, strlen(text)));
    ck_assert_pstr_eq(entry.words != NULL ? entry.words[0] : NULL, entries[_i].program);
    ck_assert_int_eq(entry.shown, entries[_i].shown);
}
END_TEST

START_TEST(an_entry_too_large_has_none)
{
    g_autoptr(GString) text = g_string_new("[Desktop Entry]\nType=Application\nExec=app\n");
    while (text->len <= ENTRY_LIMIT_BYTES)
        g_string_append(text, "# a line of no meaning\n");
    g_auto(Entry) entry = entry_parse(cursor_of(text->str, text->len));
    ck_assert_ptr_null(entry.words);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("entry");
    UNIT_ADD_ROWS(suite, program_of_an_entry, entries);
    UNIT_ADD(suite, an_entry_too_large_has_none);
    return suite;
}
