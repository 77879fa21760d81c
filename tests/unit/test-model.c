/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "given.h"
#include "model/model.h"
#include "unit.h"

START_TEST(maps_are_shared_and_go_with_their_last_exe)
{
    Model *model = given_three();
    ck_assert_uint_eq(model->exes->len, 3);
    ck_assert_uint_eq(model->maps->len, 4);
    ck_assert_uint_eq(model_find_map(model, "/lib")->n_exes, 3);
    model_remove_exe(model, exe_of(model, "/a"));
    ck_assert_ptr_null(model_find_map(model, "/a.data"));
    ck_assert_uint_eq(model_find_map(model, "/lib")->n_exes, 2);
    ck_assert_uint_eq(model->maps->len, 3);
    for (guint i = 0; i < model->maps->len; i++)
        ck_assert_uint_eq(((Map *)model->maps->pdata[i])->index, i);
    model_free(model);
}
END_TEST

START_TEST(forgetting_a_path_takes_exes_chains_and_maps)
{
    Model *model = given_three();
    when(model, 5, given_pass("/a", ""));
    when(model, 5, given_pass("/b", ""));
    ck_assert_uint_gt(model->n_chains, 0);
    ck_assert_uint_eq(model_forget_path(model, "/a"), 1);
    ck_assert_ptr_null(exe_of(model, "/a"));
    for (guint i = 0; i < model->exes->len; i++) {
        Exe *exe = model->exes->pdata[i];
        ck_assert_uint_eq(exe->index, i);
        ck_assert_uint_eq(exe->partners->len, exe->chains->len);
        for (guint j = 0; j < exe->chains->len; j++) {
            Chain *chain = exe->chains->pdata[j];
            ck_assert(chain->a == exe || chain->b == exe);
            ck_assert_ptr_eq(exe->partners->pdata[j], chain->a == exe ? chain->b : chain->a);
        }
    }
    ck_assert_uint_eq(model->n_chains, 1); /* b and c */
    ck_assert_uint_eq(model_forget_path(model, "/lib"), 1);
    ck_assert_uint_eq(exe_of(model, "/b")->edges->len, 1);
    ck_assert_uint_eq(model_forget_path(model, "/nothing"), 0);
    model_free(model);
}
END_TEST

START_TEST(a_script_that_is_gone_takes_its_program)
{
    Model *model = given_model(0);
    g_autoptr(ExeKey) key = exe_key_new("/usr/bin/python3", "/usr/bin/tool");
    FileId id = {0};
    (void)model_add_exe(model, key, &id);
    ck_assert_uint_eq(model_forget_path(model, "/usr/bin/tool"), 1);
    ck_assert_uint_eq(model->exes->len, 0);
    model_free(model);
}
END_TEST

static PrefixList *list_of(const char *const *items)
{
    return prefix_list_new(items);
}

START_TEST(new_rules_drop_what_they_reject)
{
    Model *model = given_three();
    model_add_bad(model, exe_of(model, "/a")->key, 5000, 0);
    const char *const exes[] = {"!/c", NULL};
    const char *const maps[] = {"!/lib", NULL};
    ModelRules rules = {
        .minsize_bytes = 4000,
        .exeprefix = list_of(exes),
        .mapprefix = list_of(maps),
    };
    ck_assert_uint_eq(model_set_rules(model, &rules), 3); /* /c, /c.data, /lib */
    ck_assert_ptr_null(exe_of(model, "/c"));
    ck_assert_ptr_null(model_find_map(model, "/lib"));
    ck_assert_uint_eq(g_hash_table_size(model->bad), 0); /* 5000 is enough now */
    prefix_list_unref(rules.exeprefix);
    prefix_list_unref(rules.mapprefix);
    model_free(model);
}
END_TEST

/* What may be mapped or may be read stays: which of it was, is not known. */
START_TEST(a_file_that_is_read_needs_one_list_that_accepts_it)
{
    Model *model = given_three();
    const char *const maps[] = {"/a", "!/", NULL};
    const char *const files[] = {"/lib", "!/", NULL};
    ModelRules rules = {.exeprefix = list_of(NULL), .mapprefix = list_of(maps)};
    rules.fileprefix = list_of(files);
    ck_assert_uint_eq(model_set_rules(model, &rules), 2);
    ck_assert_ptr_nonnull(model_find_map(model, "/a.data"));
    ck_assert_ptr_nonnull(model_find_map(model, "/lib"));
    g_clear_pointer(&rules.fileprefix, prefix_list_unref);
    ck_assert_uint_eq(model_set_rules(model, &rules), 1);
    ck_assert_ptr_null(model_find_map(model, "/lib"));
    prefix_list_unref(rules.exeprefix);
    prefix_list_unref(rules.mapprefix);
    model_free(model);
}
END_TEST

static void note(const char *path, bool tracked, gpointer data)
{
    g_string_append_printf(data, "%c%s ", tracked ? '+' : '-', path);
}

START_TEST(watchers_are_told)
{
    GString *told = g_string_new(NULL);
    Model *model = given_model(0);
    model->track = note;
    model->track_data = told;
    g_autoptr(ExeKey) key = exe_key_new("/bin/java", "org.Main");
    FileId id = {0};
    BlockSet blocks = BLOCK_SET_NULL;
    (void)block_set_add_run(&blocks, 0, 1);
    Exe *exe = model_add_exe(model, key, &id);
    ck_assert_ptr_nonnull(model_add_edge(model, exe, "/lib/x", &id, &blocks));
    (void)model_add_edge(model, exe, "/lib/x", &id, &blocks);
    model_remove_exe(model, exe);
    ck_assert_str_eq(told->str, "+/bin/java +/lib/x -/lib/x -/bin/java ");
    block_set_clear(&blocks);
    model_free(model);
    g_string_free(told, TRUE);
}
END_TEST

START_TEST(edges_are_sorted_grow_and_are_bounded)
{
    Model *model = given_model(0);
    g_autoptr(ExeKey) key = exe_key_new("/x", NULL);
    FileId id = {0};
    Exe *exe = model_add_exe(model, key, &id);
    BlockSet blocks = BLOCK_SET_NULL;
    (void)block_set_add_run(&blocks, 3, 2);
    for (int i = 0; i < MODEL_EDGES_PER_EXE_MAX + 10; i++) {
        g_autofree char *path = g_strdup_printf("/lib/%d", i * 7919 % 10007);
        Edge *edge = model_add_edge(model, exe, path, &id, &blocks);
        ck_assert((edge != NULL) == (i < MODEL_EDGES_PER_EXE_MAX));
    }
    for (guint i = 1; i < exe->edges->len; i++)
        ck_assert_str_lt(g_array_index(exe->edges, Edge, i - 1).map->path,
                         g_array_index(exe->edges, Edge, i).map->path);
    uint64_t generation = model->generation;
    ck_assert_ptr_nonnull(model_add_edge(model, exe, "/lib/0", &id, &blocks));
    ck_assert_uint_eq(model->generation, generation); /* nothing new: nothing to save */
    block_set_clear(&blocks);
    model_free(model);
}
END_TEST

START_TEST(exes_are_bounded_and_the_least_used_go)
{
    Model *model = given_model(0);
    FileId id = {0};
    for (int i = 0; i <= MODEL_EXES_MAX; i++) {
        g_autofree char *path = g_strdup_printf("/exe%d", i);
        g_autoptr(ExeKey) key = exe_key_new(path, NULL);
        model_advance(model, SEC);
        (void)model_add_exe(model, key, &id);
    }
    ck_assert_uint_eq(model->exes->len, MODEL_EXES_MAX);
    ck_assert_ptr_null(exe_of(model, "/exe0"));
    ck_assert_ptr_nonnull(exe_of(model, "/exe1"));
    model_free(model);
}
END_TEST

START_TEST(what_is_tried_once_is_forgotten_in_time)
{
    Model *model = given_three();
    Exe *often = exe_of(model, "/b");
    often->launches = 3;
    exe_of(model, "/c")->word = WORD_PROMOTE;
    model_advance(model, MODEL_STALE_USEC);
    ck_assert_uint_eq(model_expire_exes(model), 0);
    model_advance(model, SEC);
    uint64_t generation = model->generation;
    ck_assert_uint_eq(model_expire_exes(model), 1);
    ck_assert_uint_ne(model->generation, generation);
    ck_assert_ptr_null(exe_of(model, "/a"));
    model_advance(model, 2 * MODEL_STALE_USEC - SEC);
    ck_assert_uint_eq(model_expire_exes(model), 0);
    model_advance(model, SEC);
    ck_assert_uint_eq(model_expire_exes(model), 1);
    ck_assert_ptr_null(exe_of(model, "/b"));
    model_advance(model, MODEL_STALE_LAUNCHES_MAX * MODEL_STALE_USEC);
    ck_assert_uint_eq(model_expire_exes(model), 0); /* promoted */
    model_free(model);
}
END_TEST

START_TEST(paths_come_once)
{
    Model *model = given_three();
    g_autoptr(ExeKey) key = exe_key_new("/a", "/lib"); /* the script is a Map as well */
    g_autoptr(ExeKey) module = exe_key_new("/a", "module");
    FileId id = {0};
    (void)model_add_exe(model, key, &id);
    (void)model_add_exe(model, module, &id);
    g_autoptr(GPtrArray) paths = model_paths(model);
    ck_assert_uint_eq(paths->len, 7); /* /a /b /c, three .data, /lib */
    model_free(model);
}
END_TEST

START_TEST(the_bad_are_kept_and_bounded)
{
    Model *model = given_model(1000);
    for (int i = 0; i < MODEL_BAD_MAX + 5; i++) {
        g_autofree char *path = g_strdup_printf("/small%d", i);
        g_autoptr(ExeKey) key = exe_key_new(path, NULL);
        model_add_bad(model, key, 10, 0);
        ck_assert(g_hash_table_contains(model->bad, key));
    }
    ck_assert_uint_eq(model_expire_bad(model), 0);
    model_advance(model, MODEL_BAD_USEC + 1);
    ck_assert_uint_gt(model_expire_bad(model), 0);
    ck_assert_uint_eq(g_hash_table_size(model->bad), 0);
    for (int i = 0; i < 5; i++) {
        g_autofree char *path = g_strdup_printf("/small%d", i);
        g_autoptr(ExeKey) key = exe_key_new(path, NULL);
        model_add_bad(model, key, 10, model->now_usec);
    }
    ck_assert_uint_le(g_hash_table_size(model->bad), MODEL_BAD_MAX);
    model_free(model);
    model_free(NULL);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("model");
    UNIT_ADD(suite, maps_are_shared_and_go_with_their_last_exe);
    UNIT_ADD(suite, forgetting_a_path_takes_exes_chains_and_maps);
    UNIT_ADD(suite, a_script_that_is_gone_takes_its_program);
    UNIT_ADD(suite, new_rules_drop_what_they_reject);
    UNIT_ADD(suite, a_file_that_is_read_needs_one_list_that_accepts_it);
    UNIT_ADD(suite, watchers_are_told);
    UNIT_ADD(suite, edges_are_sorted_grow_and_are_bounded);
    UNIT_ADD(suite, exes_are_bounded_and_the_least_used_go);
    UNIT_ADD(suite, what_is_tried_once_is_forgotten_in_time);
    UNIT_ADD(suite, paths_come_once);
    UNIT_ADD(suite, the_bad_are_kept_and_bounded);
    return suite;
}
