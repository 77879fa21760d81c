/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "predict/followers.h"
#include "unit.h"

/* Given launches as "time in tenths of a second, program, what started it @ since when that had
 * been running (- for nobody, ? for not known)"; then these follow the last program that is
 * launched. */
static const struct {
    const char *launches;
    const char *follow;
} rows[] = {
    {"0 a -,1 b a@0,100 a -", "b"},
    {"0 a -,100 a -", ""},
    {"0 a -,1 b -,100 a -", ""},                                /* coincidence */
    {"0 a -,31 b a@0,100 a -", ""},                             /* too late */
    {"0 a -,30 b a@0,100 a -", "b"},                            /* just in time */
    {"0 a -,1 a a@0,100 a -", ""},                              /* itself */
    {"0 a -,1 b a@0,100 a -,101 b a@100,200 a -", "b"},         /* always */
    {"0 a -,1 b a@0,100 a -,200 a -", "b"},                     /* in one of two */
    {"0 a -,1 b a@0,100 a -,200 a -,300 a -", ""},              /* in one of three */
    {"0 a -,1 b a@0,2 c b@1,100 a -", "b c"},                   /* and what follows that */
    {"0 a -,1 b a@0,2 c b@1,3 d c@2,4 e d@3,100 a -", "b c d"}, /* not without end */
    {"0 a -,1 b a@0,2 a b@1,100 a -", "b"},                     /* not itself */
    {"0 a -,1 b a@0,2 c a@0,100 a -", "b c"},
    {"0 x -,1 b a@?,100 a -", ""},         /* nobody saw the starter start */
    {"0 a -,50 a -,51 b a@0,100 a -", ""}, /* the starter is another process of the same program */
};

/* No time is 0. */
static uint64_t usec_of(const char *tenths)
{
    return G_USEC_PER_SEC + g_ascii_strtoull(tenths, NULL, 10) * G_USEC_PER_SEC / 10;
}

static void note(Followers *followers, const char *launch)
{
    g_auto(GStrv) words = g_strsplit(launch, " ", -1);
    g_auto(GStrv) starter_words = g_strsplit(words[2], "@", 2);
    g_autoptr(ExeKey) key = exe_key_new(words[1], NULL);
    g_autoptr(ExeKey) starter = words[2][0] != '-' ? exe_key_new(starter_words[0], NULL) : NULL;
    bool known = starter != NULL && starter_words[1][0] != '?';
    followers_note(followers, key, starter, known ? usec_of(starter_words[1]) : 0,
                   usec_of(words[0]));
}

static char *follow(const Followers *followers, const char *path)
{
    g_autoptr(ExeKey) key = exe_key_new(path, NULL);
    g_autoptr(GPtrArray) keys = followers_of(followers, key);
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (guint i = 0; i < keys->len; i++)
        g_ptr_array_add(names, ((const ExeKey *)keys->pdata[i])->path);
    g_ptr_array_add(names, NULL);
    return g_strjoinv(" ", (char **)names->pdata);
}

START_TEST(who_follows_by_descent)
{
    g_autoptr(Followers) followers = followers_new();
    g_auto(GStrv) launches = g_strsplit(rows[_i].launches, ",", -1);
    for (char **launch = launches; *launch != NULL; launch++)
        note(followers, *launch);
    g_autofree char *text = follow(followers, "a");
    ck_assert_str_eq(text, rows[_i].follow);
}
END_TEST

START_TEST(is_bounded)
{
    g_autoptr(Followers) followers = followers_new();
    for (guint round = 0; round < 2; round++) {
        note(followers, "0 a -");
        for (guint i = 0; i < 2 * FOLLOWERS_MAX; i++) {
            g_autofree char *launch = g_strdup_printf("1 b%u a@0", i);
            note(followers, launch);
        }
    }
    note(followers, "100 a -");
    g_autoptr(ExeKey) key = exe_key_new("a", NULL);
    g_autoptr(GPtrArray) keys = followers_of(followers, key);
    ck_assert_uint_eq(keys->len, FOLLOWERS_MAX);
    for (guint i = 0; i < 2 * FOLLOWERS_STARTERS_MAX; i++) {
        g_autofree char *launch = g_strdup_printf("200 x%u -", i);
        note(followers, launch);
    }
    g_autofree char *text = follow(followers, "a");
    ck_assert_str_eq(text, "");
}
END_TEST

START_TEST(an_unknown_program_has_none)
{
    g_autoptr(Followers) followers = followers_new();
    g_autofree char *text = follow(followers, "a");
    ck_assert_str_eq(text, "");
    followers_free(NULL);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("followers");
    UNIT_ADD_ROWS(suite, who_follows_by_descent, rows);
    UNIT_ADD(suite, is_bounded);
    UNIT_ADD(suite, an_unknown_program_has_none);
    return suite;
}
