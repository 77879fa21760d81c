/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "base/blocks.h"
#include "unit.h"

static char *printed(const BlockSet *set)
{
    GString *text = g_string_new(NULL);
    block_set_print(set, text);
    return g_string_free(text, FALSE);
}

static bool parsed(const char *text, BlockSet *ret)
{
    return block_set_parse(cursor_of(text, strlen(text)), ret);
}

static const struct {
    const char *before;
    uint32_t first;
    uint32_t count;
    const char *after;
} additions[] = {
    {"5-9", 0, 2, "0-1,5-9"},   {"5-9", 0, 5, "0-9"},
    {"5-9", 10, 1, "5-10"},     {"5-9", 11, 1, "5-9,11"},
    {"5-9", 6, 2, "5-9"},       {"5-9", 3, 10, "3-12"},
    {"1,3,5,7", 2, 4, "1-5,7"}, {"1,3,5,7", 0, 100, "0-99"},
    {"1,3", 7, 0, "1,3"},       {"4294967290-4294967294", 4294967294U, 1, "4294967290-4294967294"},
    {"1", 4294967295U, 1, "1"}, {"1", 4294967293U, 9, "1,4294967293-4294967294"},
};

START_TEST(add_run)
{
    BlockSet set = BLOCK_SET_NULL;
    ck_assert(parsed(additions[_i].before, &set));
    bool grew = block_set_add_run(&set, additions[_i].first, additions[_i].count);
    g_autofree char *after = printed(&set);
    ck_assert_str_eq(after, additions[_i].after);
    ck_assert(grew == (strcmp(additions[_i].before, after) != 0));
    block_set_clear(&set);
}
END_TEST

static const struct {
    uint64_t offset;
    uint64_t length;
    const char *blocks;
} ranges[] = {
    {0, 1, "0"},
    {65535, 2, "0-1"},
    {65536, 65536, "1"},
    {131071, 1, "1"},
    {0, 0, ""},
    {UINT64_MAX - 5, 100, ""},
    {0, UINT64_MAX, "0-4294967294"},
};

START_TEST(add_bytes)
{
    BlockSet set = BLOCK_SET_NULL;
    (void)block_set_add_bytes(&set, ranges[_i].offset, ranges[_i].length);
    g_autofree char *text = printed(&set);
    ck_assert_str_eq(text, ranges[_i].blocks);
    block_set_clear(&set);
}
END_TEST

static const char *const refused[] = {
    "",        ",",   "1,",  ",1",         "1,,2",         "1-",
    "-1",      "2-1", "1-1", "3,1",        "1,2",          "1-3,4",
    "1-3,2-5", "x",   "1 ",  "4294967295", "0-4294967295", "99999999999999999999",
};

START_TEST(parse_refuses)
{
    BlockSet set = BLOCK_SET_NULL;
    ck_assert_msg(!parsed(refused[_i], &set), "took '%s'", refused[_i]);
    ck_assert_ptr_null(set.runs);
}
END_TEST

START_TEST(unite_copy_equal_bytes)
{
    BlockSet a = BLOCK_SET_NULL;
    BlockSet b = BLOCK_SET_NULL;
    ck_assert(parsed("0-3,10", &a));
    ck_assert(parsed("2-5,12", &b));
    BlockSet copy = block_set_copy(&a);
    ck_assert(block_set_equal(&a, &copy));
    ck_assert(block_set_unite(&a, &b));
    ck_assert(!block_set_unite(&a, &b));
    g_autofree char *text = printed(&a);
    ck_assert_str_eq(text, "0-5,10,12");
    ck_assert_uint_eq(block_set_bytes(&a), 8 * BLOCK_BYTES);
    ck_assert_uint_eq(block_set_file_bytes(&a, 12 * (uint64_t)BLOCK_BYTES + 9),
                      7 * BLOCK_BYTES + 9);
    ck_assert_uint_eq(block_set_file_bytes(&a, 5), 5);
    ck_assert(!block_set_equal(&a, &copy));
    block_set_clear(&a);
    block_set_clear(&b);
    block_set_clear(&copy);
    ck_assert(block_set_equal(&a, &b));
}
END_TEST

START_TEST(runs_are_bounded)
{
    BlockSet set = BLOCK_SET_NULL;
    for (uint32_t i = 0; i < 2 * BLOCK_RUNS_MAX; i++)
        (void)block_set_add_run(&set, i * 2, 1);
    ck_assert_uint_eq(set.n_runs, BLOCK_RUNS_MAX);
    ck_assert(block_set_add_run(&set, 1, 1)); /* what joins runs still fits */
    block_set_clear(&set);
}
END_TEST

/* Against the obvious representation: one flag a block. */
START_TEST(random_additions_agree_with_a_bitmap)
{
    enum { N_BLOCKS = 200 };
    g_autoptr(GRand) rand = g_rand_new_with_seed(7);
    for (int round = 0; round < 200; round++) {
        bool model[N_BLOCKS] = {false};
        BlockSet set = BLOCK_SET_NULL;
        for (int i = 0; i < 40; i++) {
            uint32_t first = (uint32_t)g_rand_int_range(rand, 0, N_BLOCKS - 10);
            uint32_t count = (uint32_t)g_rand_int_range(rand, 1, 10);
            for (uint32_t j = first; j < first + count; j++)
                model[j] = true;
            (void)block_set_add_run(&set, first, count);
        }
        bool flags[N_BLOCKS] = {false};
        for (uint32_t i = 0; i < set.n_runs; i++) {
            ck_assert(i == 0 || set.runs[i].first > set.runs[i - 1].first + set.runs[i - 1].count);
            for (uint32_t j = 0; j < set.runs[i].count; j++)
                flags[set.runs[i].first + j] = true;
        }
        ck_assert_mem_eq(flags, model, sizeof model);
        block_set_clear(&set);
    }
}
END_TEST

enum { BLOCKS = 60 };

static BlockSet random_set(GRand *rand, bool *flags)
{
    BlockSet set = BLOCK_SET_NULL;
    memset(flags, 0, BLOCKS * sizeof *flags);
    for (int i = g_rand_int_range(rand, 0, 12); i > 0; i--) {
        uint32_t first = (uint32_t)g_rand_int_range(rand, 0, BLOCKS - 6);
        uint32_t count = (uint32_t)g_rand_int_range(rand, 1, 6);
        for (uint32_t j = first; j < first + count; j++)
            flags[j] = true;
        (void)block_set_add_run(&set, first, count);
    }
    return set;
}

static void assert_flags(const BlockSet *set, const bool *expected)
{
    BlockSet whole = BLOCK_SET_NULL;
    for (uint32_t i = 0; i < BLOCKS; i++) {
        if (expected[i])
            (void)block_set_add_run(&whole, i, 1);
    }
    ck_assert(block_set_equal(set, &whole));
    block_set_clear(&whole);
}

START_TEST(random_differences_and_intersections_agree_with_a_bitmap)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(8);
    for (int round = 0; round < 2000; round++) {
        bool in_a[BLOCKS];
        bool in_b[BLOCKS];
        bool both[BLOCKS];
        bool only_a[BLOCKS];
        BlockSet a = random_set(rand, in_a);
        BlockSet b = random_set(rand, in_b);
        for (int i = 0; i < BLOCKS; i++) {
            both[i] = in_a[i] && in_b[i];
            only_a[i] = in_a[i] && !in_b[i];
        }
        BlockSet common = BLOCK_SET_NULL;
        block_set_intersect(&a, &b, &common);
        assert_flags(&common, both);
        block_set_subtract(&a, &b);
        assert_flags(&a, only_a);
        block_set_clear(&a);
        block_set_clear(&b);
        block_set_clear(&common);
    }
}
END_TEST

START_TEST(differences_reach_the_last_block)
{
    BlockSet all = BLOCK_SET_NULL;
    BlockSet middle = BLOCK_SET_NULL;
    (void)block_set_add_run(&all, 0, UINT32_MAX);
    (void)block_set_add_run(&middle, 10, UINT32_MAX - 11);
    block_set_subtract(&all, &middle);
    g_autofree char *text = printed(&all);
    ck_assert_str_eq(text, "0-9,4294967294");
    block_set_clear(&all);
    block_set_clear(&middle);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("blocks");
    UNIT_ADD_ROWS(suite, add_run, additions);
    UNIT_ADD_ROWS(suite, add_bytes, ranges);
    UNIT_ADD_ROWS(suite, parse_refuses, refused);
    UNIT_ADD(suite, unite_copy_equal_bytes);
    UNIT_ADD(suite, runs_are_bounded);
    UNIT_ADD(suite, random_additions_agree_with_a_bitmap);
    UNIT_ADD(suite, random_differences_and_intersections_agree_with_a_bitmap);
    UNIT_ADD(suite, differences_reach_the_last_block);
    return suite;
}
