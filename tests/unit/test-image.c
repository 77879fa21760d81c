/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "given.h"
#include "model/image.h"
#include "model/state.h"
#include "model/words.h"
#include "unit.h"

/* Launches of both kinds, with weights; words; a seed. */
static void use(Model *model)
{
    ModelRules rules = model->rules;
    rules.weight = (WeightRules){1, 60, 2, 1, 0.3, 5};
    (void)model_set_rules(model, &rules);
    const Origin origins[] = {ORIGIN_USER, ORIGIN_AUTOMATED, ORIGIN_USER};
    g_autoptr(ExeKey) key = exe_key_new("/b", NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(origins); i++) {
        Observation *observation = observation_new();
        observation_add_started(observation, key, origins[i]);
        when(model, 10, observation);
        when(model, 77 * (i + 1), given_pass("", "/b"));
    }
    g_autoptr(ExeKey) unknown = exe_key_new("/unknown", "script");
    ck_assert(model_say(model, key, WORD_DEMOTE) && model_say(model, unknown, WORD_IGNORE));
    exe_of(model, "/c")->seed_weight = 2.1F;
    exe_of(model, "/c")->seed_source = g_ref_string_new("recently used\t-");
    exe_of(model, "/c")->pool = POOL_PRIORITY;
}

static Model *given_history(void)
{
    Model *model = given_three();
    use(model);
    g_autoptr(ExeKey) small = exe_key_new("/small", NULL);
    model_add_bad(model, small, 10, 5);
    for (int i = 0; i < 20; i++) {
        when(model, 10, given_pass("/a", ""));
        when(model, 10, given_pass("/b", i % 3 == 0 ? "/a" : ""));
        when(model, 10, given_pass("", i % 3 == 0 ? "/b" : "/a /b"));
    }
    when_launched(model, given_launch("/b", 1, "/lib=0-3@2 /opened /listed/ /b.data=7,9-12@3"));
    when_launched(model, given_launch("/b", 2, "/lib=0-4@2 /listed/ /b.data=7@1"));
    when(model, 10, given_pass("", "/b"));
    when(model, 10, given_pass("/c", ""));
    return model;
}

static void assert_same_edge(const Edge *a, const Edge *b)
{
    TouchRun room_a;
    TouchRun room_b;
    TouchSet touched_a = edge_touched(a, &room_a);
    TouchSet touched_b = edge_touched(b, &room_b);
    ck_assert_str_eq(a->map->path, b->map->path);
    ck_assert(file_id_equal(&a->map->id, &b->map->id));
    ck_assert(a->map->directory == b->map->directory);
    ck_assert(a->rank == b->rank && a->launches == b->launches);
    ck_assert(touch_set_equal(&touched_a, &touched_b));
}

/* Whose launches they were, what they weigh, the pool, the seed, the word. */
static void assert_same_use(const Model *a, const Exe *x, const Model *b, const Exe *y)
{
    ck_assert_uint_eq(x->user_launches, y->user_launches);
    ck_assert_uint_eq(x->automated_launches, y->automated_launches);
    ck_assert_double_eq(exe_weighted_launches(a, x), exe_weighted_launches(b, y));
    ck_assert_uint_eq(x->user_usec, y->user_usec);
    ck_assert(x->pool == y->pool && x->word == y->word);
    ck_assert_float_eq(x->seed_weight, y->seed_weight);
    ck_assert_pstr_eq(x->seed_source, y->seed_source);
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
        ck_assert(x->n_learnt == y->n_learnt && x->n_stable == y->n_stable);
        ck_assert_mem_eq(&x->metrics, &y->metrics, sizeof x->metrics);
        assert_same_use(a, x, b, y);
        for (guint j = 0; j < x->edges->len; j++)
            assert_same_edge(&g_array_index(x->edges, Edge, j), &g_array_index(y->edges, Edge, j));
        ck_assert_uint_eq(x->chains->len, y->chains->len);
        for (guint j = 0; j < x->chains->len; j++) {
            const Chain *one = x->chains->pdata[j];
            const Chain *other = y->chains->pdata[j];
            ck_assert(exe_key_equal(one->a->key, other->a->key));
            ck_assert(exe_key_equal(one->b->key, other->b->key));
        }
    }
}

START_TEST(a_model_survives_its_image)
{
    Model *model = given_history();
    g_autoptr(Image) image = image_of_model(model, 1234);
    Model *copy = given_model(100);
    ck_assert_uint_eq(exe_of(model, "/b")->n_learnt, 2);
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

static GString *saved(const Model *model)
{
    g_autoptr(Image) image = image_of_model(model, 1234);
    return state_encode(image);
}

/* Programs that come, learn, pair up, are forgotten and come back: the arenas are in no simple
 * order then. */
static void live(Model *model, GRand *rand)
{
    uint64_t launch = 0;
    for (int i = 0; i < 300; i++) {
        g_autofree char *name = g_strdup_printf("/exe%d", g_rand_int_range(rand, 0, 12));
        g_autofree char *file = g_strdup_printf("/lib/%d", g_rand_int_range(rand, 0, 30));
        g_autofree char *files = g_strdup_printf("%s=%d-%d@%d /usr/ %s.conf", file, i % 7,
                                                 i % 7 + i % 3 + 1, i % 9, file);
        if (g_rand_int(rand) % 16 == 0)
            (void)model_forget_path(model, i % 2 == 0 ? name : file);
        g_autoptr(ExeKey) bad = exe_key_new(file, i % 2 == 0 ? name : NULL);
        model_add_bad(model, bad, 10, model->now_usec);
        when_launched(model, given_launch(name, ++launch, files));
        if (exe_of(model, name) != NULL)
            metrics_note_launch(model, exe_of(model, name), 100, 50, 20, NULL, 0);
        when(model, 10, given_pass("", g_rand_boolean(rand) ? name : ""));
    }
    for (guint i = 0; i < model->exes->len; i++) {
        Exe *exe = model->exes->pdata[i];
        when(model, 10, given_pass("", exe->key->path));
    }
}

START_TEST(the_same_life_leaves_the_same_bytes_and_a_restart_none_other)
{
    GString *texts[2];
    for (int i = 0; i < 2; i++) {
        g_autoptr(GRand) rand = g_rand_new_with_seed((guint32)_i);
        Model *model = given_model(100);
        live(model, rand);
        texts[i] = saved(model);
        Model *copy = given_model(100);
        g_autoptr(Image) image = state_decode(texts[i]->str, texts[i]->len, NULL);
        ck_assert_ptr_nonnull(image);
        ck_assert_uint_gt(image->chains->len, 10);
        ck_assert_uint_gt(image->edges->len, 50);
        ck_assert_uint_eq(image_to_model(image, copy), 0);
        assert_same_exes(model, copy);
        g_autoptr(GString) again = saved(copy);
        ck_assert(g_string_equal(texts[i], again)); /* too long to be shown */
        model_free(model);
        model_free(copy);
    }
    ck_assert(g_string_equal(texts[0], texts[1]));
    g_string_free(texts[0], TRUE);
    g_string_free(texts[1], TRUE);
}
END_TEST

START_TEST(edges_over_the_bound_are_cut)
{
    enum { FILES = MODEL_EDGES_PER_EXE_MAX + 3, EXES = MODEL_EDGES_MAX / MODEL_EDGES_PER_EXE_MAX };
    g_autoptr(Image) image = image_new();
    for (int i = 0; i < FILES; i++) {
        g_autofree char *path = g_strdup_printf("/lib/%d", i);
        ImageMap map = {.path = g_ref_string_new(path)};
        g_array_append_val(image->maps, map);
    }
    for (uint32_t i = 0; i < EXES + 2; i++) {
        g_autofree char *path = g_strdup_printf("/exe%u", i);
        ImageExe exe = {.key = exe_key_new(path, NULL)};
        g_array_append_val(image->exes, exe);
        for (uint32_t j = 0; j < FILES; j++)
            image_add_edge(image, (ImageEdge){.exe = i, .map = j, .launches = 1}, &TOUCH_SET_NULL);
    }
    Model *model = given_model(0);
    (void)image_to_model(image, model);
    ck_assert_uint_eq(model->n_edges, MODEL_EDGES_MAX);
    ck_assert_uint_eq(exe_of(model, "/exe0")->edges->len, MODEL_EDGES_PER_EXE_MAX);
    model_free(model);
}
END_TEST

START_TEST(rejected_things_are_left_out)
{
    Model *model = given_history();
    g_autoptr(Image) image = image_of_model(model, 0);
    const char *const maps[] = {"!/lib", NULL};
    ModelRules rules = {
        .exeprefix = prefix_list_new(NULL),
        .mapprefix = prefix_list_new(maps),
    };
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
    TCase *random = tcase_create("the_same_life_leaves_the_same_bytes");
    tcase_add_loop_test(random, the_same_life_leaves_the_same_bytes_and_a_restart_none_other, 0, 5);
    suite_add_tcase(suite, random);
    UNIT_ADD(suite, edges_over_the_bound_are_cut);
    UNIT_ADD(suite, rejected_things_are_left_out);
    UNIT_ADD(suite, more_than_the_bound_is_cut);
    return suite;
}
