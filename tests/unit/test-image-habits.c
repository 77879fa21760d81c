/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "given-prophet.h"
#include "model/image-habits.h"
#include "unit.h"

/* Exes by their index, as an image has them, in a model that knows nothing else. */
static GPtrArray *given_exes(Model *to, const Model *from, const char *but)
{
    GPtrArray *exes = g_ptr_array_new();
    for (guint i = 0; i < from->exes->len; i++) {
        const Exe *exe = from->exes->pdata[i];
        bool left_out = but != NULL && strcmp(exe->key->path, but) == 0;
        g_ptr_array_add(exes, left_out ? NULL : model_add_exe(to, exe->key, &exe->id));
    }
    return exes;
}

static Model *given_habits(void)
{
    Model *model = given_nothing();
    (void)given_prophet(model, &given_rules); /* so that the mixture learns, too */
    when_run(model, "/a /b /a /c /a /b", 5, 60);
    return model;
}

static Model *when_given(const Model *from, const char *but)
{
    Model *to = given_model(0);
    ImageHabits habits;
    image_habits_init(&habits);
    image_habits_take(&habits, from);
    to->now_usec = from->now_usec;
    g_autoptr(GPtrArray) exes = given_exes(to, from, but);
    image_habits_give(&habits, exes, to);
    image_habits_clear(&habits);
    return to;
}

START_TEST(all_of_it_comes_back)
{
    Model *from = given_habits();
    Model *to = when_given(from, NULL);
    ck_assert_uint_eq(to->launches.n_launches, 6);
    ck_assert_mem_eq(&to->mixture, &from->mixture, sizeof(Mixture));
    ck_assert_mem_eq(&to->rates, &from->rates, sizeof(Rates));
    for (uint64_t serial = 1; serial <= 6; serial++) {
        const Launch *was = launches_get(&from->launches, serial);
        const Launch *is = launches_get(&to->launches, serial);
        ck_assert_str_eq(is->exe->key->path, was->exe->key->path);
        ck_assert_uint_eq(is->before, was->before);
        ck_assert_uint_eq(is->rest_bin, was->rest_bin);
    }
    const Habit *was = &exe_of(from, "/a")->habit;
    const Habit *is = &exe_of(to, "/a")->habit;
    ck_assert_mem_eq(was, is, sizeof(Habit));
    model_free(from);
    model_free(to);
}
END_TEST

START_TEST(what_was_left_out_leaves_a_gap)
{
    Model *from = given_habits();
    Model *to = when_given(from, "/b");
    ck_assert_ptr_null(launches_get(&to->launches, 2)->exe);
    ck_assert_ptr_eq(launches_get(&to->launches, 5)->exe, exe_of(to, "/a"));
    ck_assert_uint_eq(launches_get(&to->launches, 5)->before, 3);
    model_free(from);
    model_free(to);
}
END_TEST

/* A state of before there were habits: who was launched more is used more, but not for ever. */
START_TEST(of_an_older_state_launches_are_assumed)
{
    Model *to = given_three();
    exe_of(to, "/a")->launches = 7;
    exe_of(to, "/b")->launches = 1000000;
    ImageHabits habits;
    image_habits_init(&habits);
    image_habits_give(&habits, to->exes, to);
    image_habits_clear(&habits);
    ck_assert_float_eq(exe_of(to, "/a")->habit.slow, 7);
    ck_assert_float_gt(exe_of(to, "/b")->habit.slow, 7);
    ck_assert_float_le(exe_of(to, "/b")->habit.slow, 100);
    ck_assert_uint_eq(to->launches.n_launches, 0);
    model_free(to);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("image-habits");
    UNIT_ADD(suite, all_of_it_comes_back);
    UNIT_ADD(suite, what_was_left_out_leaves_a_gap);
    UNIT_ADD(suite, of_an_older_state_launches_are_assumed);
    return suite;
}
