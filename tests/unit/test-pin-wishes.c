/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "given.h"
#include "model/pinned.h"
#include "service/pin-wishes.h"
#include "unit.h"

static void pin(Model *model, const char *path, const char *script)
{
    g_autoptr(ExeKey) key = exe_key_new(path, script);
    ck_assert(model_pin(model, key));
}

/* "PATH=BLOCKS@ORIGIN" each; without blocks the whole file. items: separated by '|'. */
static void expect(const Model *model, const char *items, guint n_shared, const char *wishes)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(g_free);
    g_auto(GStrv) split = g_strsplit(items, "|", -1);
    for (char **item = split; *item != NULL; item++)
        g_ptr_array_add(list, g_strdup(*item));
    g_autoptr(GArray) made = pin_wishes(model, list, n_shared);
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < made->len; i++) {
        const PinWish *wish = &g_array_index(made, PinWish, i);
        g_string_append(text, wish->path);
        if (wish->blocks.n_runs > 0) {
            g_string_append_c(text, '=');
            block_set_print(&wish->blocks, text);
        }
        g_string_append_printf(text, "@%d ", (int)wish->origin);
    }
    ck_assert_str_eq(text->str, wishes);
}

START_TEST(a_program_is_all_that_it_needs)
{
    g_autoptr(Model) model = given_three();
    pin(model, "/a", NULL);
    pin(model, "/file", NULL);
    pin(model, "/python", "/script");
    expect(model, "", 0, "/a.data=0-15@0 /lib=0-15@0 /file@0 /python@0 /script@0 ");
}
END_TEST

START_TEST(lists_name_programs_too)
{
    g_autoptr(Model) model = given_three();
    expect(model, "b|/c|/d|no-such|/python\t/script", 0,
           "/b.data=0-31@1 /lib=0-15@1 /c.data=0-47@1 /d@1 /python@1 /script@1 ");
}
END_TEST

START_TEST(a_path_comes_once)
{
    g_autoptr(Model) model = given_three();
    pin(model, "/lib", NULL);
    expect(model, "/a|/lib", 0, "/lib@0 /a.data=0-15@1 ");
}
END_TEST

START_TEST(the_most_shared_come_last)
{
    g_autoptr(Model) model = given_three();
    expect(model, "/d", 5, "/d@1 /lib=0-15@2 "); /* what one program needs is not shared */
    expect(model, "", 0, "");
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("pin-wishes");
    UNIT_ADD(suite, a_program_is_all_that_it_needs);
    UNIT_ADD(suite, lists_name_programs_too);
    UNIT_ADD(suite, a_path_comes_once);
    UNIT_ADD(suite, the_most_shared_come_last);
    return suite;
}
