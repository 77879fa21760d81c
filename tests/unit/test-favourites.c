/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/favourites.h"
#include "gvdb.h"
#include "unit.h"

static const char *const key[] = {"/", "org/", "gnome/", "shell/", "favorite-apps", NULL};
static const char *const other[] = {"/", "org/", "gnome/", "dock/", "favorite-apps", NULL};

static char *joined(GPtrArray *ids)
{
    g_autoptr(GPtrArray) owned = ids;
    g_ptr_array_add(owned, NULL);
    return g_strjoinv("|", (char **)owned->pdata);
}

static char *of_dconf(const char *const *parts, GVariant *value)
{
    g_autoptr(GString) file = gvdb_of(parts, value);
    return joined(favourites_of_dconf(cursor_of(file->str, file->len)));
}

START_TEST(what_gnome_has)
{
    static const char *const ids[] = {"firefox.desktop", "nonsense", "org.gnome.Files.desktop",
                                      NULL};
    g_autofree char *found = of_dconf(key, g_variant_new_strv(ids, -1));
    ck_assert_str_eq(found, "firefox.desktop|org.gnome.Files.desktop");
    g_autofree char *elsewhere = of_dconf(other, g_variant_new_strv(ids, -1));
    ck_assert_str_eq(elsewhere, "");
    g_autofree char *no_list = of_dconf(key, g_variant_new_string("firefox.desktop"));
    ck_assert_str_eq(no_list, "");
}
END_TEST

/* Cut anywhere, and any byte wrong: it is refused or taken, and that is all. */
START_TEST(damage)
{
    static const char *const ids[] = {"firefox.desktop", NULL};
    g_autoptr(GString) file = gvdb_of(key, g_variant_new_strv(ids, -1));
    for (gsize i = 0; i < file->len; i++) {
        g_autofree char *cut = g_memdup2(file->str, i);
        g_ptr_array_unref(favourites_of_dconf(cursor_of(cut, i)));
        g_autofree char *wrong = g_memdup2(file->str, file->len);
        wrong[i] = (char)~wrong[i];
        g_ptr_array_unref(favourites_of_dconf(cursor_of(wrong, file->len)));
    }
}
END_TEST

static const struct {
    const char *text;
    const char *ids;
} panels[] = {
    {"[Containments][1][Applets][2]\nlaunchers=applications:org.kde.dolphin.desktop,"
     "preferred://browser,file:///usr/share/applications/vim.desktop\n",
     "org.kde.dolphin.desktop|vim.desktop"},
    {"favorites=kontact.desktop,.desktop,x\n", "kontact.desktop"},
    {"launchers=\n", ""},
    {"mylaunchers=a.desktop\n", ""},
    {"", ""},
};

START_TEST(what_plasma_has)
{
    const char *text = panels[_i].text;
    g_autofree char *found = joined(favourites_of_plasma(cursor_of(text, strlen(text))));
    ck_assert_str_eq(found, panels[_i].ids);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("favourites");
    UNIT_ADD(suite, what_gnome_has);
    UNIT_ADD(suite, damage);
    UNIT_ADD_ROWS(suite, what_plasma_has, panels);
    return suite;
}
