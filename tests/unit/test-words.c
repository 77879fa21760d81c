/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "given.h"
#include "model/image.h"
#include "model/state.h"
#include "model/words.h"
#include "unit.h"

static bool say(Model *model, const char *path, Word word)
{
    g_autoptr(ExeKey) key = exe_key_new(path, NULL);
    return model_say(model, key, word);
}

static Word word_of(const Model *model, const char *path, const char *script)
{
    g_autoptr(ExeKey) key = exe_key_new(path, script);
    return model_word(model, key);
}

static void configure(Model *model, const char *const *ignore, const char *const *promote)
{
    ModelRules rules = model->rules;
    g_autoptr(Patterns) ignored = patterns_new(ignore);
    g_autoptr(Patterns) promoted = patterns_new(promote);
    rules.ignore = ignored;
    rules.promote = promoted;
    (void)model_set_rules(model, &rules);
}

START_TEST(a_word_decides_the_pool)
{
    g_autoptr(Model) model = given_three();
    Exe *exe = exe_of(model, "/a");
    uint64_t generation = model->generation;
    ck_assert_int_eq(exe_pool(exe), POOL_OBSERVATION);
    ck_assert(say(model, "/a", WORD_PROMOTE));
    ck_assert_uint_gt(model->generation, generation); /* it is to be saved */
    ck_assert_int_eq(exe_pool(exe), POOL_PRIORITY);
    ck_assert_int_eq(exe->pool, POOL_OBSERVATION); /* what is learnt stays as it is */
    exe->pool = POOL_PRIORITY;
    ck_assert(say(model, "/a", WORD_DEMOTE));
    ck_assert_int_eq(exe_pool(exe), POOL_OBSERVATION);
    ck_assert(say(model, "/a", WORD_NONE));
    ck_assert_int_eq(exe_pool(exe), POOL_PRIORITY);
    ck_assert(say(model, "/a", WORD_NONE));
}
END_TEST

START_TEST(who_is_ignored_is_not_learnt)
{
    g_autoptr(Model) model = given_three();
    ck_assert(say(model, "/a", WORD_IGNORE));
    ck_assert_ptr_null(exe_of(model, "/a"));
    ck_assert_ptr_null(model_find_map(model, "/a.data"));
    ck_assert_ptr_nonnull(model_find_map(model, "/lib")); /* others need it */
    Observation *again = given_pass("/a", "");
    add_sighting(again, "/a", "/a.data", MIB);
    when(model, 10, again);
    when_launched(model, given_launch("/a", 7, "/a.data=0@1"));
    ck_assert_ptr_null(exe_of(model, "/a"));
    ck_assert_uint_eq(g_hash_table_size(model->bad), 0); /* nor found too small */
    ck_assert(say(model, "/a", WORD_NONE));
    Observation *heard = given_pass("/a", "/a");
    add_sighting(heard, "/a", "/a.data", MIB);
    when(model, 10, heard);
    ck_assert_ptr_nonnull(exe_of(model, "/a"));
}
END_TEST

/* The word is not what was learnt: it is there before a program is known, and after. */
START_TEST(a_word_survives_forgetting)
{
    g_autoptr(Model) model = given_three();
    ck_assert(say(model, "/a", WORD_PROMOTE));
    ck_assert(say(model, "/unknown", WORD_PROMOTE));
    ck_assert_ptr_null(exe_of(model, "/unknown"));
    (void)model_forget_path(model, "/a");
    ck_assert_ptr_null(exe_of(model, "/a"));
    Observation *again = given_pass("/a /unknown", "");
    add_sighting(again, "/a", "/a.data", MIB);
    add_sighting(again, "/unknown", "/u.data", MIB);
    when(model, 10, again);
    ck_assert_int_eq(exe_pool(exe_of(model, "/a")), POOL_PRIORITY);
    ck_assert_int_eq(exe_pool(exe_of(model, "/unknown")), POOL_PRIORITY);
}
END_TEST

START_TEST(the_configuration_counts_where_nothing_was_said)
{
    g_autoptr(Model) model = given_three();
    configure(model, (const char *const[]){"a", "/x*", NULL},
              (const char *const[]){"/a", "b*", "*.py", NULL});
    ck_assert_int_eq(word_of(model, "/a", NULL), WORD_IGNORE); /* for more than to promote */
    ck_assert_ptr_null(exe_of(model, "/a"));
    ck_assert_int_eq(exe_pool(exe_of(model, "/b")), POOL_PRIORITY);
    ck_assert_int_eq(exe_pool(exe_of(model, "/c")), POOL_OBSERVATION);
    ck_assert_int_eq(word_of(model, "/usr/bin/python3", "/y/z.py"), WORD_PROMOTE);
    ck_assert_int_eq(word_of(model, "/usr/bin/python3", "/x/z.py"), WORD_IGNORE);
    ck_assert_int_eq(word_of(model, "/usr/bin/python3", NULL), WORD_NONE);
    ck_assert(say(model, "/b", WORD_DEMOTE));
    ck_assert(say(model, "/a", WORD_PROMOTE));
    ck_assert_int_eq(exe_pool(exe_of(model, "/b")), POOL_OBSERVATION);
    ck_assert_int_eq(word_of(model, "/a", NULL), WORD_PROMOTE);
    configure(model, NULL, NULL);
    ck_assert_int_eq(word_of(model, "/b", NULL), WORD_DEMOTE);
    ck_assert_int_eq(word_of(model, "/bb", NULL), WORD_NONE);
}
END_TEST

START_TEST(is_bounded)
{
    g_autoptr(Model) model = given_model(0);
    for (guint i = 0; i < MODEL_WORDS_MAX; i++) {
        g_autofree char *path = g_strdup_printf("/%u", i);
        ck_assert(say(model, path, WORD_IGNORE));
    }
    ck_assert(!say(model, "/one more", WORD_PROMOTE));
    ck_assert_int_eq(word_of(model, "/one more", NULL), WORD_NONE);
    ck_assert(say(model, "/7", WORD_PROMOTE)); /* another one */
    ck_assert(say(model, "/8", WORD_NONE));
    ck_assert(say(model, "/one more", WORD_PROMOTE));
}
END_TEST

START_TEST(is_saved_by_itself)
{
    g_autoptr(Model) model = given_three();
    ck_assert(say(model, "/z", WORD_IGNORE));
    ck_assert(say(model, "/a", WORD_DEMOTE));
    ck_assert(say(model, "/b", WORD_PROMOTE));
    g_autoptr(Image) image = image_of_model(model, 1);
    g_autoptr(GString) text = state_encode(image);
    ck_assert_ptr_nonnull(strstr(text->str, "WORD\tdemote\t-\t/a\nWORD\tpromote\t-\t/b\n"
                                            "WORD\tignore\t-\t/z\n"));
    g_autoptr(Image) read = state_decode(text->str, text->len, NULL);
    ck_assert_ptr_nonnull(read);
    g_autoptr(Model) copy = given_model(0);
    (void)image_to_model(read, copy);
    ck_assert_int_eq(word_of(copy, "/z", NULL), WORD_IGNORE);
    ck_assert_int_eq(exe_pool(exe_of(copy, "/b")), POOL_PRIORITY);
    ck_assert_int_eq(exe_of(copy, "/b")->pool, POOL_OBSERVATION);
    ck_assert_int_eq(exe_of(copy, "/a")->word, WORD_DEMOTE);
}
END_TEST

/* By the launches that are observed, and by where it is. */
START_TEST(pools_are_judged_at_launches_and_in_time)
{
    g_autoptr(Model) model = given_three();
    ModelRules rules = model->rules;
    g_autoptr(PrefixList) places = prefix_list_new((const char *const[]){"/a", "!/", NULL});
    rules.appprefix = places;
    (void)model_set_rules(model, &rules);
    exe_of(model, "/b")->application = true;
    for (guint i = 0; i < 3; i++) {
        const char *const paths[] = {"/a", "/b", "/c"};
        g_autoptr(ExeKey) key = exe_key_new(paths[i], NULL);
        Observation *observation = observation_new();
        observation_add_started(observation, key, ORIGIN_USER);
        when(model, 10, observation);
    }
    ck_assert_int_eq(exe_pool(exe_of(model, "/a")), POOL_PRIORITY);
    ck_assert_int_eq(exe_pool(exe_of(model, "/b")), POOL_PRIORITY);
    ck_assert_int_eq(exe_pool(exe_of(model, "/c")), POOL_OBSERVATION);
    when(model, 10, given_pass("", "/a"));
    model_advance(model, (uint64_t)POOL_UNUSED_DAYS * 24 * 3600 * SEC);
    model_judge_pools(model);
    ck_assert_int_eq(exe_pool(exe_of(model, "/a")), POOL_OBSERVATION);
    ck_assert_int_eq(exe_pool(exe_of(model, "/b")), POOL_PRIORITY); /* it runs */
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("words");
    UNIT_ADD(suite, a_word_decides_the_pool);
    UNIT_ADD(suite, who_is_ignored_is_not_learnt);
    UNIT_ADD(suite, a_word_survives_forgetting);
    UNIT_ADD(suite, the_configuration_counts_where_nothing_was_said);
    UNIT_ADD(suite, is_bounded);
    UNIT_ADD(suite, is_saved_by_itself);
    UNIT_ADD(suite, pools_are_judged_at_launches_and_in_time);
    return suite;
}
