/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "given.h"
#include "model/model.h"
#include "unit.h"

START_TEST(programs_below_minsize_are_bad)
{
    Model *model = given_model(2 * MIB);
    Observation *pass = given_pass("/small /large /none", "");
    add_sighting(pass, "/small", "/small", MIB);
    add_sighting(pass, "/large", "/large", 2 * MIB);
    when(model, 0, pass);
    ck_assert_ptr_null(exe_of(model, "/small"));
    ck_assert_ptr_nonnull(exe_of(model, "/large"));
    ck_assert_uint_eq(g_hash_table_size(model->bad), 1);
    /* when it maps more, it is bad no longer, and runs */
    pass = given_pass("", "");
    add_sighting(pass, "/small", "/small", 3 * MIB);
    when(model, 20, pass);
    ck_assert(exe_of(model, "/small")->running);
    ck_assert_uint_eq(g_hash_table_size(model->bad), 0);
    model_free(model);
}
END_TEST

START_TEST(running_time_and_launches)
{
    Model *model = given_three();
    Exe *a = exe_of(model, "/a");
    ck_assert_uint_eq(a->launches, 1);
    ck_assert_uint_eq(exe_run_usec(model, a), 10 * SEC);
    when(model, 7, given_pass("/a", ""));
    model_advance(model, 5 * SEC);
    ck_assert_uint_eq(a->launches, 2);
    ck_assert_uint_eq(exe_run_usec(model, a), 15 * SEC);
    when(model, 0, given_pass("/a", "/a")); /* restarted between two passes: a launch */
    ck_assert(a->running);
    ck_assert_uint_eq(a->launches, 3);
    when(model, 5, given_pass("", "/a"));
    model_advance(model, 100 * SEC);
    ck_assert_uint_eq(exe_run_usec(model, a), 20 * SEC);
    ck_assert_uint_eq(exe_active_usec(model, a), 27 * SEC);
    model_free(model);
}
END_TEST

START_TEST(the_first_pass_after_a_start_is_no_launch)
{
    Model *model = given_three();
    model_resynchronize(model);
    when(model, 0, given_pass("/a", ""));
    ck_assert(exe_of(model, "/a")->running);
    ck_assert_uint_eq(exe_of(model, "/a")->launches, 1);
    ck_assert_uint_eq(model->n_chains, 3); /* of the stop of all three; none was added */
    model_free(model);
}
END_TEST

START_TEST(resynchronizing_keeps_times)
{
    Model *model = given_three();
    when(model, 0, given_pass("/a", ""));
    when(model, 10, given_pass("/b", ""));
    model_advance(model, 10 * SEC);
    Chain *chain = model_find_chain(exe_of(model, "/a"), exe_of(model, "/b"));
    uint64_t both = chain_both_usec(model, chain);
    model_resynchronize(model);
    ck_assert(!exe_of(model, "/a")->running);
    ck_assert_uint_eq(exe_run_usec(model, exe_of(model, "/a")), 30 * SEC);
    ck_assert_uint_eq(chain_both_usec(model, chain), both);
    ck_assert_uint_eq(both, 20 * SEC); /* 10 in the beginning, 10 now */
    model_free(model);
}
END_TEST

START_TEST(a_launch_teaches_the_pair)
{
    Model *model = given_three();
    when(model, 100, given_pass("/a", ""));
    when(model, 30, given_pass("/b", ""));
    Chain *chain = model_find_chain(exe_of(model, "/b"), exe_of(model, "/a"));
    ck_assert_ptr_nonnull(chain);
    MarkovState only_a = chain->a == exe_of(model, "/a") ? MARKOV_A : MARKOV_B;
    ck_assert_float_eq(chain->markov.count[only_a][MARKOV_BOTH], 1);
    ck_assert_float_eq_tol(chain->markov.dwell_sec[only_a], 30, 1e-3);
    ck_assert_float_eq_tol(chain->markov.dwell_sec[MARKOV_NONE], 100, 1e-3);
    model_free(model);
}
END_TEST

START_TEST(two_that_start_together_make_one_transition)
{
    Model *model = given_three();
    when(model, 50, given_pass("/a /b", ""));
    Chain *chain = model_find_chain(exe_of(model, "/a"), exe_of(model, "/b"));
    ck_assert_float_eq(chain->markov.count[MARKOV_NONE][MARKOV_BOTH], 1);
    ck_assert_float_eq(chain->markov.count[MARKOV_A][MARKOV_BOTH], 0);
    ck_assert_float_eq(chain->markov.count[MARKOV_B][MARKOV_BOTH], 0);
    /* and a switch from one to the other is one as well */
    when(model, 5, given_pass("", "/b"));
    when(model, 5, given_pass("/b", "/a"));
    ck_assert_float_gt(
        chain->markov.count[MARKOV_A][MARKOV_B] + chain->markov.count[MARKOV_B][MARKOV_A], 0.99F);
    model_free(model);
}
END_TEST

START_TEST(chains_only_between_what_was_active_within_six_hours)
{
    Model *model = given_model(0);
    Observation *pass = given_pass("/old", "");
    add_sighting(pass, "/old", "/old", MIB);
    when(model, 0, pass);
    when(model, 10, given_pass("", "/old"));
    pass = given_pass("/new", "");
    add_sighting(pass, "/new", "/new", MIB);
    when(model, MODEL_ACTIVE_USEC / SEC + 1, pass);
    ck_assert_uint_eq(model->n_chains, 0);
    when(model, 10, given_pass("/old", ""));
    ck_assert_uint_eq(model->n_chains, 1);
    /* what was not lived together was spent apart: the late chain has lost nothing */
    Chain *chain = model_find_chain(exe_of(model, "/old"), exe_of(model, "/new"));
    ck_assert_uint_eq(chain_both_usec(model, chain), 0);
    model_free(model);
}
END_TEST

/* N programs, all active at once: N x K chains, not N squared, and each program keeps its bound. */
START_TEST(chains_are_bounded)
{
    enum { N = 3 * MODEL_CHAINS_PER_EXE_MAX };
    Model *model = given_model(0);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < N; i++) {
            g_autofree char *path = g_strdup_printf("/exe%d", i);
            Observation *pass = given_pass(path, "");
            add_sighting(pass, path, path, MIB);
            when(model, 1, pass);
            when(model, 1, given_pass("", path));
        }
    }
    ck_assert_uint_le(model->n_chains, (uint32_t)N * MODEL_CHAINS_PER_EXE_MAX / 2);
    for (guint i = 0; i < model->exes->len; i++)
        ck_assert_uint_le(((Exe *)model->exes->pdata[i])->chains->len, MODEL_CHAINS_PER_EXE_MAX);
    model_free(model);
}
END_TEST

/* Started when its mappings could not be read yet; then two of its processes are sighted at once.
 */
START_TEST(several_sightings_are_one_launch)
{
    Model *model = given_three();
    Observation *pass = given_pass("", "");
    add_sighting(pass, "/new", "/new", MIB);
    Observation *second = given_pass("", "");
    add_sighting(second, "/new", "/plugin", MIB);
    g_ptr_array_add(pass->sightings, g_ptr_array_steal_index(second->sightings, 0));
    observation_free(second);
    when(model, 20, pass);
    ck_assert(exe_of(model, "/new")->running);
    ck_assert_uint_eq(exe_of(model, "/new")->launches, 1);
    ck_assert_uint_eq(exe_of(model, "/new")->edges->len, 2);
    model_free(model);
}
END_TEST

/* A full model makes room among what does not run yet: none of it may be used afterwards. */
START_TEST(more_programs_at_once_than_fit)
{
    Model *model = given_model(0);
    Observation *pass = given_pass("", "");
    for (int i = 0; i < MODEL_EXES_MAX + 100; i++) {
        g_autofree char *path = g_strdup_printf("/exe%d", i);
        Sighting *sighting = g_new0(Sighting, 1);
        sighting->key = exe_key_new(path, NULL);
        sighting->regions = g_array_new(FALSE, FALSE, sizeof(Region));
        g_ptr_array_add(pass->sightings, sighting);
    }
    when(model, 1, pass);
    ck_assert_uint_eq(model->exes->len, MODEL_EXES_MAX);
    for (guint i = 0; i < model->exes->len; i++)
        ck_assert(((Exe *)model->exes->pdata[i])->running);
    model_free(model);
}
END_TEST

START_TEST(an_upgraded_executable_is_learnt_anew)
{
    Model *model = given_three();
    Observation *pass = given_pass("/a", "");
    add_sighting(pass, "/a", "/a.new", MIB);
    ((Sighting *)pass->sightings->pdata[0])->id.size_bytes = 77;
    when(model, 5, pass);
    ck_assert_uint_eq(exe_of(model, "/a")->edges->len, 1);
    ck_assert_ptr_null(model_find_map(model, "/a.data"));
    ck_assert_uint_eq(exe_of(model, "/a")->launches, 2); /* the habit is not forgotten */
    model_free(model);
}
END_TEST

START_TEST(an_upgrade_changes_no_habit_and_unsettles_the_footprint)
{
    Model *model = given_three();
    for (uint64_t launch = 1; launch <= 3; launch++) {
        when(model, 60, given_pass("/a", ""));
        when(model, 10, given_pass("/b", ""));
        when_launched(model, given_launch("/a", launch, "/a=0-15@0 /lib=0-3@1"));
        when(model, 10, given_pass("", "/a /b"));
    }
    Exe *exe = exe_of(model, "/a");
    exe->pool = POOL_PRIORITY;
    uint32_t n_chains = exe->chains->len;
    ck_assert_uint_gt(exe->n_stable, 0);
    when(model, 60, given_pass("/a", ""));
    Sighting *upgraded = given_launch("/a", 4, "/a=3@0 /lib=0-3@1");
    upgraded->id.size_bytes = 77;
    g_array_index(upgraded->files, SightedFile, 0).id.size_bytes = 77; /* of the executable */
    when_launched(model, upgraded);
    ck_assert_ptr_eq(exe_of(model, "/a"), exe);
    ck_assert_uint_eq(exe->id.size_bytes, 77);
    ck_assert_uint_eq(exe->n_stable, 0);
    ck_assert_uint_eq(exe->launches, 5);
    ck_assert_uint_eq(exe->chains->len, n_chains);
    ck_assert_int_eq(exe->pool, POOL_PRIORITY);
    ck_assert_float_gt(exe->habit.slow, 2);
    ck_assert_ptr_nonnull(model_find_edge(exe, "/lib"));
    TouchRun room;
    TouchSet touched = edge_touched(model_find_edge(exe, "/a"), &room);
    ck_assert_uint_eq(touched.n_runs, 1); /* of the new file, and no block of the old one */
    ck_assert_uint_eq(touched.runs[0].first, 3);
    ck_assert_uint_eq(touched.runs[0].count, 1);
    model_free(model);
}
END_TEST

START_TEST(mappings_seen_later_are_added)
{
    Model *model = given_three();
    when(model, 0, given_pass("/a", ""));
    Observation *pass = given_pass("", "");
    add_sighting(pass, "/a", "/plugin", MIB);
    when(model, 20, pass);
    ck_assert_uint_eq(exe_of(model, "/a")->edges->len, 3);
    ck_assert_uint_eq(exe_of(model, "/a")->launches, 2);
    model_free(model);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("learn");
    UNIT_ADD(suite, programs_below_minsize_are_bad);
    UNIT_ADD(suite, running_time_and_launches);
    UNIT_ADD(suite, the_first_pass_after_a_start_is_no_launch);
    UNIT_ADD(suite, resynchronizing_keeps_times);
    UNIT_ADD(suite, a_launch_teaches_the_pair);
    UNIT_ADD(suite, two_that_start_together_make_one_transition);
    UNIT_ADD(suite, chains_only_between_what_was_active_within_six_hours);
    UNIT_ADD(suite, chains_are_bounded);
    UNIT_ADD(suite, several_sightings_are_one_launch);
    UNIT_ADD(suite, more_programs_at_once_than_fit);
    UNIT_ADD(suite, an_upgraded_executable_is_learnt_anew);
    UNIT_ADD(suite, an_upgrade_changes_no_habit_and_unsettles_the_footprint);
    UNIT_ADD(suite, mappings_seen_later_are_added);
    return suite;
}
