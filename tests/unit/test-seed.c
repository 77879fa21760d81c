/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "given.h"
#include "model/footprint.h"
#include "model/seed.h"
#include "model/words.h"
#include "predict/question.h"
#include "unit.h"
#include <math.h>

/* A program with a file of 1 MiB of its own. */
static Seed *given_seed(const char *path, double weight, const char *source)
{
    Seed *seed = g_new0(Seed, 1);
    *seed = (Seed){.key = exe_key_new(path, NULL),
                   .id = id_of(path, MIB),
                   .weight = weight,
                   .source = g_strdup(source),
                   .files = seed_files_new(),
                   .mapped_bytes = MIB};
    SeedFile file = {g_ref_string_new(path), id_of(path, MIB), BLOCK_SET_NULL};
    (void)block_set_add_bytes(&file.blocks, 0, MIB);
    g_array_append_val(seed->files, file);
    return seed;
}

static uint32_t plant(Model *model, Seed *first, Seed *second)
{
    g_autoptr(GPtrArray) seeds = g_ptr_array_new_with_free_func((GDestroyNotify)seed_free);
    g_ptr_array_add(seeds, first);
    if (second != NULL)
        g_ptr_array_add(seeds, second);
    return model_plant(model, seeds);
}

START_TEST(planted)
{
    g_autoptr(Model) model = given_model(0);
    uint64_t generation = model->generation;
    ck_assert_uint_eq(plant(model, given_seed("/x", 2, "autostart"), NULL), 1);
    Exe *exe = exe_of(model, "/x");
    ck_assert(model->seeded && model->generation > generation);
    ck_assert_float_eq(exe->seed_weight, 2);
    ck_assert_str_eq(exe->seed_source, "autostart");
    ck_assert_int_eq(exe_pool(exe), POOL_PRIORITY);
    ck_assert_uint_eq(exe->launches, 0);
    ck_assert_uint_eq(footprint_bytes(exe), MIB);
}
END_TEST

START_TEST(none_is_seeded_as_well)
{
    g_autoptr(Model) model = given_model(0);
    g_autoptr(GPtrArray) seeds = g_ptr_array_new();
    ck_assert_uint_eq(model_plant(model, seeds), 0);
    ck_assert(model->seeded);
}
END_TEST

START_TEST(what_is_not_planted)
{
    const char *const no_home[] = {"!/home/", NULL};
    const char *const no_b[] = {"!/b", NULL};
    ModelRules rules = {.minsize_bytes = 1000,
                        .exeprefix = prefix_list_new(no_home),
                        .mapprefix = prefix_list_new(no_b)};
    g_autoptr(Model) model = model_new(&rules);
    prefix_list_unref(rules.exeprefix);
    prefix_list_unref(rules.mapprefix);
    g_autoptr(ExeKey) ignored = exe_key_new("/ignored", NULL);
    ck_assert(model_say(model, ignored, WORD_IGNORE));
    Seed *small = given_seed("/small", 1, "autostart");
    small->mapped_bytes = 999;
    ck_assert_uint_eq(plant(model, given_seed("/home/x", 1, "autostart"), small), 0);
    ck_assert_uint_eq(plant(model, given_seed("/ignored", 1, "autostart"), NULL), 0);
    ck_assert_uint_eq(model->exes->len, 0);
    ck_assert_uint_eq(plant(model, given_seed("/b", 1, "autostart"), NULL), 1);
    ck_assert_uint_eq(exe_of(model, "/b")->edges->len, 0); /* its file is rejected */
}
END_TEST

START_TEST(the_first_launch_replaces_the_footprint)
{
    g_autoptr(Model) model = given_model(0);
    (void)plant(model, given_seed("/x", 1, "autostart"), NULL);
    when_launched(model, given_launch("/x", 1, "/lib=0-1@2"));
    Exe *exe = exe_of(model, "/x");
    ck_assert_uint_eq(exe->edges->len, 1);
    ck_assert_uint_eq(footprint_bytes(exe), 2 * BLOCK_BYTES);
}
END_TEST

START_TEST(what_was_learnt_stays)
{
    g_autoptr(Model) model = given_model(0);
    when_launched(model, given_launch("/x", 1, "/lib=0-1@2"));
    (void)plant(model, given_seed("/x", 1, "autostart"), NULL);
    Exe *exe = exe_of(model, "/x");
    ck_assert_uint_eq(exe->edges->len, 1);
    ck_assert_float_eq(exe->seed_weight, 1);
}
END_TEST

static float share_of(const Model *model, const char *path)
{
    g_auto(Question) question = question_all(model, 30, true);
    guint place = 0;
    return question_place(&question, exe_of(model, path), &place) ? question.share[place] : 0;
}

/* One that was seeded and is never used, beside one that is. */
START_TEST(a_seed_fades)
{
    g_autoptr(Model) model = given_model(0);
    (void)plant(model, given_seed("/seeded", 8, "autostart"), given_seed("/used", 1, "autostart"));
    float before = share_of(model, "/seeded");
    ck_assert_float_gt(before, 0.8F);
    when(model, 0, given_pass("", ""));
    for (int i = 0; i < 600; i++) {
        float last = share_of(model, "/seeded");
        when(model, 10, given_pass("/used", ""));
        when(model, 10, given_pass("", "/used"));
        ck_assert_float_lt(share_of(model, "/seeded"), last);
    }
    Exe *exe = exe_of(model, "/seeded");
    ck_assert_double_eq_tol(exe_seed_weight(model, exe), 4, 0.01);
    ck_assert_float_lt(share_of(model, "/seeded"), 0.02F);
    ck_assert_float_gt(share_of(model, "/used"), 0.98F);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("seed");
    UNIT_ADD(suite, planted);
    UNIT_ADD(suite, none_is_seeded_as_well);
    UNIT_ADD(suite, what_is_not_planted);
    UNIT_ADD(suite, the_first_launch_replaces_the_footprint);
    UNIT_ADD(suite, what_was_learnt_stays);
    UNIT_ADD(suite, a_seed_fades);
    return suite;
}
