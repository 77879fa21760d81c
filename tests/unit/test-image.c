/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "given.h"
#include "model/image.h"
#include "unit.h"

static Model *given_history(void)
{
    Model *model = given_three();
    g_autoptr(ExeKey) small = exe_key_new("/small", NULL);
    model_add_bad(model, small, 10, 5);
    for (int i = 0; i < 20; i++) {
        when(model, 10, given_pass("/a", ""));
        when(model, 10, given_pass("/b", i % 3 == 0 ? "/a" : ""));
        when(model, 10, given_pass("", i % 3 == 0 ? "/b" : "/a /b"));
    }
    when(model, 10, given_pass("/c", ""));
    return model;
}

static void assert_same_exes(const Model *a, const Model *b)
{
    ck_assert_uint_eq(a->exes->len, b->exes->len);
    for (guint i = 0; i < a->exes->len; i++) {
        const Exe *x = a->exes->pdata[i];
        const Exe *y = b->exes->pdata[i];
        ck_assert(exe_key_equal(x->key, y->key));
        ck_assert_uint_eq(x->launches, y->launches);
        ck_assert_uint_eq(x->first_usec, y->first_usec);
        ck_assert_uint_eq(exe_run_usec(a, x), exe_run_usec(b, y));
        ck_assert_uint_eq(exe_active_usec(a, x), exe_active_usec(b, y));
        ck_assert_uint_eq(x->edges->len, y->edges->len);
        ck_assert_uint_eq(x->chains->len, y->chains->len);
    }
}

START_TEST(a_model_survives_its_image)
{
    Model *model = given_history();
    g_autoptr(Image) image = image_of_model(model, 1234);
    Model *copy = given_model(100);
    ck_assert_uint_eq(image_to_model(image, copy), 0);
    ck_assert_int_eq(image->saved_unix_sec, 1234);
    ck_assert_uint_eq(copy->now_usec, model->now_usec);
    ck_assert_uint_eq(copy->n_chains, model->n_chains);
    ck_assert_uint_eq(copy->maps->len, model->maps->len);
    ck_assert_uint_eq(g_hash_table_size(copy->bad), 1);
    assert_same_exes(model, copy);
    const Chain *x = model_find_chain(exe_of(model, "/a"), exe_of(model, "/b"));
    const Chain *y = model_find_chain(exe_of(copy, "/a"), exe_of(copy, "/b"));
    ck_assert_mem_eq(x->markov.count, y->markov.count, sizeof x->markov.count);
    ck_assert_mem_eq(x->markov.dwell_sec, y->markov.dwell_sec, sizeof x->markov.dwell_sec);
    ck_assert_uint_eq(chain_both_usec(model, x), chain_both_usec(copy, y));
    model_free(model);
    model_free(copy);
}
END_TEST

START_TEST(rejected_things_are_left_out)
{
    Model *model = given_history();
    g_autoptr(Image) image = image_of_model(model, 0);
    const char *const maps[] = {"!/lib", NULL};
    ModelRules rules = {0, prefix_list_new(NULL), prefix_list_new(maps)};
    Model *copy = model_new(&rules);
    ck_assert_uint_eq(image_to_model(image, copy), 1);
    ck_assert_ptr_null(model_find_map(copy, "/lib"));
    prefix_list_unref(rules.exeprefix);
    prefix_list_unref(rules.mapprefix);
    model_free(model);
    model_free(copy);
}
END_TEST

START_TEST(more_than_the_bound_is_cut)
{
    g_autoptr(Image) image = image_new();
    for (int i = 0; i < MODEL_EXES_MAX + 3; i++) {
        g_autofree char *path = g_strdup_printf("/exe%d", i);
        ImageExe exe = {.key = exe_key_new(path, NULL)};
        g_array_append_val(image->exes, exe);
    }
    ImageChain chain = {.a = 0, .b = MODEL_EXES_MAX + 1};
    g_array_append_val(image->chains, chain);
    Model *model = given_model(0);
    (void)image_to_model(image, model);
    ck_assert_uint_eq(model->exes->len, MODEL_EXES_MAX);
    ck_assert_uint_eq(model->n_chains, 0);
    model_free(model);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("image");
    UNIT_ADD(suite, a_model_survives_its_image);
    UNIT_ADD(suite, rejected_things_are_left_out);
    UNIT_ADD(suite, more_than_the_bound_is_cut);
    return suite;
}
