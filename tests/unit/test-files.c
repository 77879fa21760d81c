/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "given.h"
#include "model/footprint.h"
#include "unit.h"

static Exe *given_exe(Model *model, const char *path)
{
    FileId id = {0};
    g_autoptr(ExeKey) key = exe_key_new(path, NULL);
    return model_add_exe(model, key, &id);
}

static void add_blocks(Model *model, Exe *exe, const char *path, FileId id, uint32_t first)
{
    BlockSet blocks = BLOCK_SET_NULL;
    (void)block_set_add_run(&blocks, first, 1);
    ck_assert_ptr_nonnull(model_add_edge(model, exe, path, &id, &blocks));
    block_set_clear(&blocks);
}

static uint64_t blocks_of(const Exe *exe, const char *path)
{
    const Edge *edge = model_find_edge(exe, path);
    BlockSet blocks = BLOCK_SET_NULL;
    ck_assert_ptr_nonnull(edge);
    (void)footprint_wanted(exe, edge, &blocks);
    uint64_t n = block_set_bytes(&blocks) / BLOCK_BYTES;
    block_set_clear(&blocks);
    return n;
}

/* What must hold of any model. */
static void assert_whole(const Model *model)
{
    guint n_edges = 0;
    g_autofree guint *uses = g_new0(guint, model->maps->len);
    for (guint i = 0; i < model->exes->len; i++) {
        const Exe *exe = model->exes->pdata[i];
        n_edges += exe->edges->len;
        for (guint j = 0; j < exe->edges->len; j++) {
            const Edge *edge = &g_array_index(exe->edges, Edge, j);
            ck_assert_ptr_eq(model_find_map(model, edge->map->path), edge->map);
            uses[edge->map->index]++;
            if (j > 0)
                ck_assert_str_lt((edge - 1)->map->path, edge->map->path);
        }
    }
    guint n_known = 0;
    for (guint i = 0; i < model->maps->len; i++) {
        const Map *map = model->maps->pdata[i];
        ck_assert_uint_eq(map->n_exes, uses[i]);
        ck_assert_uint_gt(map->n_exes, 0);
        if (!file_id_known(&map->id))
            continue;
        n_known++;
        ck_assert_ptr_eq(g_hash_table_lookup(model->map_by_id, &map->id), map);
    }
    ck_assert_uint_eq(g_hash_table_size(model->map_by_id), n_known);
    ck_assert_uint_eq(g_hash_table_size(model->map_by_path), model->maps->len);
    ck_assert_uint_eq(model->n_edges, n_edges);
}

static const struct {
    FileId one;
    FileId other;
    bool same;
} identities[] = {
    {{1, 2, 3, 4}, {1, 2, 3, 4}, true},  {{1, 2, 3, 4}, {9, 2, 3, 4}, false},
    {{1, 2, 3, 4}, {1, 9, 3, 4}, false}, {{1, 2, 3, 4}, {1, 2, 9, 4}, false},
    {{1, 2, 3, 4}, {1, 2, 3, 9}, false}, {{0, 0, 0, 0}, {0, 0, 0, 0}, false}, /* not known */
};

START_TEST(one_file_by_two_paths_is_one_map)
{
    Model *model = given_model(0);
    Exe *a = given_exe(model, "/a");
    Exe *b = given_exe(model, "/b");
    add_blocks(model, a, "/mount/lib", identities[_i].one, 0);
    add_blocks(model, b, "/lib", identities[_i].other, 1);
    add_blocks(model, a, "/lib", identities[_i].other, 2);
    ck_assert_uint_eq(model->maps->len, identities[_i].same ? 1 : 2);
    ck_assert_uint_eq(a->edges->len, identities[_i].same ? 1 : 2);
    ck_assert_uint_eq(blocks_of(a, "/mount/lib"), identities[_i].same ? 2 : 1);
    assert_whole(model);
    model_remove_exe(model, a);
    assert_whole(model);
    model_free(model);
}
END_TEST

/* Both are known, as from an import; then the second turns out to be a link to the first. */
START_TEST(maps_that_turn_out_to_be_one_file_become_one)
{
    Model *model = given_model(0);
    Exe *a = given_exe(model, "/a");
    Exe *b = given_exe(model, "/b");
    add_blocks(model, a, "/link", (FileId){0}, 0);
    add_blocks(model, b, "/link", (FileId){0}, 1);
    add_blocks(model, b, "/file", (FileId){1, 2, 3, 4}, 2);
    add_blocks(model, b, "/link", (FileId){1, 2, 3, 4}, 3);
    ck_assert_uint_eq(model->maps->len, 1);
    ck_assert_uint_eq(blocks_of(a, "/file"), 1);
    ck_assert_uint_eq(blocks_of(b, "/file"), 3);
    assert_whole(model);
    model_free(model);
}
END_TEST

static const struct {
    FileId id;
    bool changed;
} sights[] = {
    {{1, 2, 3, 4}, false}, {{7, 2, 3, 4}, false}, /* another boot */
    {{1, 9, 3, 4}, true},  {{1, 2, 9, 4}, true},
    {{1, 2, 3, 9}, true},  {{0, 0, 0, 0}, false}, /* not known */
};

START_TEST(an_upgraded_file_is_learnt_anew_in_all_exes)
{
    Model *model = given_model(0);
    Exe *a = given_exe(model, "/a");
    Exe *b = given_exe(model, "/b");
    add_blocks(model, a, "/lib", (FileId){1, 2, 3, 4}, 0);
    add_blocks(model, a, "/other", (FileId){1, 7, 3, 4}, 0);
    add_blocks(model, b, "/lib", (FileId){1, 2, 3, 4}, 1);
    a->n_stable = b->n_stable = FOOTPRINT_STABLE;
    model_notice_file(model, "/lib", &sights[_i].id);
    model_notice_file(model, "/unknown", &sights[_i].id);
    ck_assert_uint_eq(blocks_of(a, "/lib"), sights[_i].changed ? 0 : 1);
    ck_assert_uint_eq(blocks_of(b, "/lib"), sights[_i].changed ? 0 : 1);
    ck_assert_uint_eq(blocks_of(a, "/other"), 1);
    ck_assert_uint_eq(b->n_stable, sights[_i].changed ? 0 : FOOTPRINT_STABLE);
    ck_assert_uint_eq(model->maps->len, 2);
    assert_whole(model);
    model_free(model);
}
END_TEST

START_TEST(a_file_that_always_changes_keeps_its_blocks)
{
    Model *model = given_model(0);
    Exe *a = given_exe(model, "/a");
    for (int64_t i = 0; i <= MAP_CHANGES_MAX; i++)
        add_blocks(model, a, "/cache.db", (FileId){1, 2, 3, i}, 5);
    a->n_stable = FOOTPRINT_STABLE;
    model_notice_file(model, "/cache.db", &(FileId){1, 2, 3, 99});
    ck_assert_uint_eq(blocks_of(a, "/cache.db"), 1);
    ck_assert_uint_eq(a->n_stable, FOOTPRINT_STABLE);
    ck_assert(model_renew_path(model, "/cache.db"));
    ck_assert_uint_eq(blocks_of(a, "/cache.db"), 1);
    ck_assert(!file_id_known(&model_find_map(model, "/cache.db")->id));
    ck_assert(!model_renew_path(model, "/nothing"));
    assert_whole(model);
    model_free(model);
}
END_TEST

START_TEST(a_directory_changes_with_what_lies_in_it)
{
    Model *model = given_model(0);
    Exe *a = given_exe(model, "/a");
    FileId id = {1, 2, 3, 4};
    FileId later = {1, 2, 3, 5};
    FileId file = {1, 9, 3, 5};
    ck_assert_ptr_nonnull(model_add_file(model, a, "/etc", &id, true));
    a->n_stable = FOOTPRINT_STABLE;
    ck_assert_ptr_nonnull(model_add_file(model, a, "/etc", &later, true));
    ck_assert_uint_eq(a->n_stable, FOOTPRINT_STABLE);
    ck_assert(model_find_map(model, "/etc")->directory);
    ck_assert_ptr_nonnull(model_add_file(model, a, "/etc", &file, false));
    ck_assert_uint_eq(a->n_stable, 0);
    ck_assert(!model_find_map(model, "/etc")->directory);
    assert_whole(model);
    model_free(model);
}
END_TEST

START_TEST(a_wanted_file_that_is_gone_unsettles_its_exes)
{
    Model *model = given_model(0);
    for (uint64_t launch = 1; launch <= 4; launch++)
        when_launched(model, given_launch("/a", launch, launch == 4 ? "/x=1@1 /y=1@1" : "/x=1@1"));
    Exe *a = exe_of(model, "/a");
    a->n_stable = FOOTPRINT_STABLE;
    ck_assert_uint_eq(model_forget_path(model, "/y"), 1);
    ck_assert_uint_eq(a->n_stable, FOOTPRINT_STABLE);
    ck_assert_uint_eq(model_forget_path(model, "/x"), 1);
    ck_assert_uint_eq(a->n_stable, 0);
    assert_whole(model);
    model_free(model);
}
END_TEST

/* The Exes that were used least lately lose their edges, and only those that do not run. */
START_TEST(all_edges_are_bounded)
{
    enum { EACH = 4096, EXES = MODEL_EDGES_MAX / EACH };
    Model *model = given_model(0);
    for (int i = 0; i <= EXES; i++) {
        g_autofree char *path = g_strdup_printf("/exe%d", i);
        Exe *exe = given_exe(model, path);
        exe->running = i == 0;
        exe->n_learnt = 3;
        model_advance(model, SEC);
        for (int j = 0; j < (i < EXES ? EACH : 1); j++) {
            g_autofree char *file = g_strdup_printf("/lib/%d", j);
            ck_assert_ptr_nonnull(model_add_file(model, exe, file, &(FileId){0}, false));
        }
    }
    ck_assert_uint_eq(model->n_edges, MODEL_EDGES_MAX - EACH + 1);
    ck_assert_uint_eq(exe_of(model, "/exe0")->edges->len, EACH);
    ck_assert_uint_eq(exe_of(model, "/exe1")->edges->len, 0);
    ck_assert_uint_eq(exe_of(model, "/exe1")->n_learnt, 0);
    Exe *oldest = exe_of(model, "/exe2");
    ck_assert_uint_eq(oldest->edges->len, EACH);
    /* the model is full again; it is not the Exe itself that makes room */
    Exe *newest = given_exe(model, "/newest");
    model_remove_edge(model, oldest, 0);
    while (model->n_edges < MODEL_EDGES_MAX) {
        g_autofree char *file = g_strdup_printf("/own/%u", newest->edges->len);
        ck_assert_ptr_nonnull(model_add_file(model, newest, file, &(FileId){0}, false));
    }
    ck_assert_ptr_nonnull(model_add_file(model, oldest, "/new", &(FileId){0}, false));
    ck_assert_uint_eq(oldest->edges->len, EACH);
    ck_assert_uint_eq(exe_of(model, "/exe3")->edges->len, 0);
    assert_whole(model);
    model_free(model);
}
END_TEST

/* Paths, identities and Exes at random: whatever comes, the model is whole. */
START_TEST(random_files_leave_a_whole_model)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed((guint32)_i);
    Model *model = given_model(0);
    for (int i = 0; i < 3000; i++) {
        g_autofree char *name = g_strdup_printf("/exe%d", g_rand_int_range(rand, 0, 6));
        g_autofree char *path = g_strdup_printf("/lib/%d", g_rand_int_range(rand, 0, 20));
        Exe *exe = given_exe(model, name);
        FileId id = {1, (uint64_t)g_rand_int_range(rand, 0, 12), 3, g_rand_int_range(rand, 0, 3)};
        id.dev = id.ino > 0 ? 1 : 0;
        int what = g_rand_int_range(rand, 0, 20);
        if (what == 0)
            model_remove_exe(model, exe);
        else if (what == 1)
            (void)model_forget_path(model, path);
        else if (what == 2)
            (void)model_renew_path(model, path);
        else if (what == 3)
            model_drop_edges(model, exe);
        else if (what < 6)
            (void)model_add_file(model, exe, path, &id, true);
        else
            add_blocks(model, exe, path, id, (uint32_t)i);
        assert_whole(model);
    }
    model_free(model);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("files");
    UNIT_ADD_ROWS(suite, one_file_by_two_paths_is_one_map, identities);
    UNIT_ADD(suite, maps_that_turn_out_to_be_one_file_become_one);
    UNIT_ADD_ROWS(suite, an_upgraded_file_is_learnt_anew_in_all_exes, sights);
    UNIT_ADD(suite, a_file_that_always_changes_keeps_its_blocks);
    UNIT_ADD(suite, a_directory_changes_with_what_lies_in_it);
    UNIT_ADD(suite, a_wanted_file_that_is_gone_unsettles_its_exes);
    UNIT_ADD(suite, all_edges_are_bounded);
    TCase *random = tcase_create("random_files_leave_a_whole_model");
    tcase_add_loop_test(random, random_files_leave_a_whole_model, 0, 5);
    suite_add_tcase(suite, random);
    return suite;
}
