/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/tallies.h"
#include "unit.h"

static void count(Tallies *tallies, const char *path, Source source, double weight)
{
    const FileId id = {1, 2, 3, 4};
    g_autoptr(ExeKey) key = exe_key_new(path, NULL);
    tallies_count(tallies, key, &id, source, weight);
}

static char *print(const Tallies *tallies, guint most)
{
    g_autoptr(GPtrArray) seeds = tallies_seeds(tallies, most);
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < seeds->len; i++) {
        const Seed *seed = seeds->pdata[i];
        g_string_append_printf(text, "%s %.2f %s; ", seed->key->path, seed->weight, seed->source);
    }
    return g_string_free(text, FALSE);
}

START_TEST(what_speaks_for_programs)
{
    g_autoptr(Tallies) tallies = tallies_new();
    count(tallies, "/b", SOURCE_HISTORY, 1);
    count(tallies, "/a", SOURCE_BROWSER, 1);
    count(tallies, "/b", SOURCE_RECENT, 1.5);
    count(tallies, "/b", SOURCE_HISTORY, 1);
    count(tallies, "/c", SOURCE_DEFAULT, TALLIES_WEIGHT_MIN / 2);
    count(tallies, "/d", SOURCE_AUTOSTART, 100);
    count(tallies, "/e", SOURCE_FAVOURITE, 1);
    g_autofree char *all = print(tallies, 10);
    ck_assert_str_eq(all, "/d 8.00 autostart; /b 3.50 shell history, recently used; "
                          "/a 1.00 default browser; /e 1.00 favourites; ");
    g_autofree char *some = print(tallies, 1);
    ck_assert_str_eq(some, "/d 8.00 autostart; ");
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("tallies");
    UNIT_ADD(suite, what_speaks_for_programs);
    return suite;
}
