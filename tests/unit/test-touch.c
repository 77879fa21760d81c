/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "base/touch.h"
#include "unit.h"

static char *printed(const TouchSet *set)
{
    GString *text = g_string_new(NULL);
    touch_set_print(set, text);
    return g_string_free(text, FALSE);
}

static bool parse(const char *text, TouchSet *ret)
{
    return touch_set_parse(cursor_of(text, strlen(text)), ret);
}

static TouchSet parsed(const char *text)
{
    TouchSet set = TOUCH_SET_NULL;
    if (*text != '\0')
        ck_assert_msg(parse(text, &set), "%s", text);
    return set;
}

static void assert_set(TouchSet *set, const char *expected)
{
    g_autofree char *text = printed(set);
    ck_assert_str_eq(text, expected);
    touch_set_clear(set);
}

static const struct {
    uint64_t since_usec;
    uint8_t step;
} steps[] = {
    {0, 0},         {14999, 0},     {15000, 1},     {29999, 1},       {30000, 2},    {50000, 3},
    {75000, 4},     {110000, 5},    {160000, 6},    {230000, 7},      {330000, 8},   {470000, 9},
    {670000, 10},   {999999, 10},   {1000000, 11},  {1400000, 12},    {2000000, 13}, {9999999, 13},
    {10000000, 14}, {29999999, 14}, {30000000, 15}, {UINT64_MAX, 15},
};

START_TEST(steps_of_a_launch)
{
    uint8_t step = steps[_i].step;
    ck_assert_uint_eq(touch_step(steps[_i].since_usec), step);
    ck_assert_uint_le(steps[_i].since_usec, touch_step_end_usec(step));
    if (step + 1 < TOUCH_STEPS)
        ck_assert_uint_eq(touch_step(touch_step_end_usec(step)), step + 1U);
}
END_TEST

static const struct {
    const char *set;
    const char *other;
    const char *united;
    const char *learnt; /* with launches 1 */
} unions[] = {
    {"", "0-3:1.2", "0-3:1.2", "0-3:1.2"},
    {"0-3:1.2", "", "0-3:1.2", "0-3:1.2"},
    {"0-3:1.2", "4:1.2", "0-4:1.2", "0-4:1.2"},
    {"0-3:2.2", "2-5:1.2", "0-1:2.2,2-3:3,4-5:1", "0-1:2.2,2-3:3,4-5:1"},
    /* a launch before was earlier, or later: the earliest holds */
    {"0-3:2.2", "1:1.5", "0:2.2,1:3,2-3:2", "0:2.2,1:3,2-3:2"},
    {"0-3:2.5", "1:1.2", "0:2.5,1:3.2,2-3:2.5", "0:2.5,1:3.2,2-3:2.5"},
    /* of one launch the earliest holds */
    {"0-3:3.2", "0-3:1.5", "0-3:3.2", "0-3:3.2"},
    {"0-3:3.5", "0-3:1.2", "0-3:3.2", "0-3:3.2"},
    /* other launches of what is seen do not matter */
    {"0:2.2", "0:80.2,5:40", "0:82.2,5:40", "0:3.2,5:1"},
    {"4294967294:1.1", "0-4294967293:1.1", "0-4294967294:1.1", "0-4294967294:1.1"},
};

START_TEST(sets_unite)
{
    TouchSet set = parsed(unions[_i].set);
    TouchSet learnt = touch_set_copy(&set);
    TouchSet other = parsed(unions[_i].other);
    ck_assert(touch_set_unite(&set, &other) == (strcmp(unions[_i].set, unions[_i].united) != 0));
    assert_set(&set, unions[_i].united);
    ck_assert(touch_set_learn(&learnt, &other, 1) ==
              (strcmp(unions[_i].set, unions[_i].learnt) != 0));
    assert_set(&learnt, unions[_i].learnt);
    touch_set_clear(&other);
}
END_TEST

static const struct {
    const char *before;
    const char *after;
} ages[] = {
    {"", ""},
    {"0-3:1.2,7:41.3", "0-3:2.2,7:82.3"},
    {"0-3:80.2,7:c0.3", "7:80.3"},
    {"0-3:81.2,4:1", "0-4:2.2"}, /* what told them apart is forgotten */
    {"0:80.0", ""},
};

START_TEST(sets_age)
{
    TouchSet set = parsed(ages[_i].before);
    touch_set_age(&set);
    ck_assert((set.runs == NULL) == (set.n_runs == 0));
    assert_set(&set, ages[_i].after);
}
END_TEST

static const struct {
    uint8_t launches;
    uint32_t n_learnt;
    bool wanted;
} wants[] = {
    {0, 0, false},    {1, 0, true},     {1, 1, true},    {2, 1, false},   {2, 2, true},
    {4, 3, true},     {4, 4, false},    {5, 4, true},    {1, 4, false},   {0x11, 6, true},
    {0x11, 7, false}, {0x81, 8, false}, {0x83, 8, true}, {0xff, 8, true}, {0x83, 100, true},
};

START_TEST(a_third_of_the_launches_is_enough)
{
    ck_assert(touch_wanted(wants[_i].launches, wants[_i].n_learnt) == wants[_i].wanted);
}
END_TEST

START_TEST(wanted_blocks_by_step)
{
    TouchSet set = parsed("0-3:f.2,4-5:1,9:7.4,10.9");
    static const struct {
        uint8_t from;
        uint8_t to;
        const char *blocks;
    } ranges[] = {{0, 9, "0-3,9-10"}, {0, 1, ""}, {2, 2, "0-3"}, {3, 9, "9-10"}, {4, 8, "9"}};
    for (gsize i = 0; i < G_N_ELEMENTS(ranges); i++) {
        BlockSet blocks = BLOCK_SET_NULL;
        g_autoptr(GString) text = g_string_new(NULL);
        touch_set_wanted(&set, 4, ranges[i].from, ranges[i].to, &blocks);
        block_set_print(&blocks, text);
        ck_assert_str_eq(text->str, ranges[i].blocks);
        block_set_clear(&blocks);
    }
    BlockSet all = BLOCK_SET_NULL;
    touch_set_blocks(&set, &all);
    ck_assert_uint_eq(block_set_bytes(&all), 8 * BLOCK_BYTES);
    block_set_clear(&all);
    touch_set_clear(&set);
}
END_TEST

static const char *const texts[] = {
    "0:1.0", "0-11:3.0,15.4,20-30", "1:ff.9,2:fe", "7:1.0,8.1,9:2.0,10.1", "4294967294:80.3",
};

START_TEST(text_round_trips)
{
    TouchSet set = parsed(texts[_i]);
    assert_set(&set, texts[_i]);
}
END_TEST

static const char *const refused[] = {
    "",
    "-",
    "0",
    "0:1",
    "0.1",
    ":1.0",
    "0:1.0,",
    ",0:1.0",
    "0:0.0",
    "0:100.0",
    "0:1.16",
    "0:1.-1",
    "0:g.0",
    "0-0:1.0",
    "3-2:1.0",
    "0-4294967295:1.0",
    "4294967295:1.0",
    "0:1.0 ",
    "0:1.0x",
    "5:1.0,4:2.0",
    "5:1.0,5:2.0",
    "0-5:1.0,5:2",
    "0:1.0,1",
    "0:1.0,2:1",
    "0:1.0,2.0",
    "0:1.0,2:1.1",
    "0:1.0,2.1:2",
    "0:1.0,2:0",
};

START_TEST(parse_refuses)
{
    TouchSet set = TOUCH_SET_NULL;
    ck_assert(!parse(refused[_i], &set));
    ck_assert_ptr_null(set.runs);
}
END_TEST

START_TEST(runs_are_bounded)
{
    TouchSet set = TOUCH_SET_NULL;
    GString *text = g_string_new(NULL);
    for (uint32_t i = 0; i < TOUCH_RUNS_MAX + 10; i++) {
        bool added = touch_set_add_run(&set, (TouchRun){i * 2, 1, 1, 1});
        ck_assert(added == (i < TOUCH_RUNS_MAX));
        g_string_append_printf(text, i == 0 ? "%u:1.1" : ",%u", i * 2);
    }
    ck_assert_uint_eq(set.n_runs, TOUCH_RUNS_MAX);
    ck_assert(touch_set_add_run(&set, (TouchRun){0, 2 * TOUCH_RUNS_MAX, 1, 1})); /* fewer now */
    ck_assert_uint_eq(set.n_runs, 1);
    touch_set_clear(&set);
    ck_assert(!parse(text->str, &set));
    g_string_free(text, TRUE);
}
END_TEST

START_TEST(what_no_set_can_hold_is_cut)
{
    TouchSet set = TOUCH_SET_NULL;
    ck_assert(!touch_set_add_run(&set, (TouchRun){UINT32_MAX, 5, 1, 1}));
    ck_assert(!touch_set_add_run(&set, (TouchRun){0, 0, 1, 1}));
    ck_assert(!touch_set_add_run(&set, (TouchRun){0, 1, 0, 1})); /* touched by no launch */
    ck_assert(touch_set_add_run(&set, (TouchRun){UINT32_MAX - 1, 5, 1, 200}));
    assert_set(&set, "4294967294:1.15");
}
END_TEST

/* Against the obvious representation: a history a block. */

enum { BLOCKS = 64 };

typedef struct {
    uint8_t launches[BLOCKS];
    uint8_t step[BLOCKS];
} Naive;

static void naive_add(Naive *naive, uint32_t i, uint8_t launches, uint8_t step)
{
    if (naive->launches[i] == 0)
        naive->step[i] = step;
    else
        naive->step[i] = MIN(naive->step[i], step);
    naive->launches[i] |= launches;
}

static bool runs_are_well(const TouchSet *set)
{
    for (uint32_t i = 0; i < set->n_runs; i++) {
        const TouchRun *run = &set->runs[i];
        const TouchRun *last = i > 0 ? run - 1 : NULL;
        if (run->count == 0 || run->launches == 0)
            return false;
        if (last == NULL)
            continue;
        uint32_t end = last->first + last->count;
        bool joined = run->first == end && run->launches == last->launches;
        if (run->first < end || (joined && run->step == last->step))
            return false;
    }
    return true;
}

/* Asserted as a whole: Check tells its parent of each assertion, and of a million that takes long.
 */
static bool agrees(const TouchSet *set, const Naive *naive)
{
    Naive seen = {0};
    for (uint32_t i = 0; i < set->n_runs; i++) {
        const TouchRun *run = &set->runs[i];
        for (uint32_t j = run->first; j < MIN(run->first + run->count, BLOCKS); j++) {
            seen.launches[j] = run->launches;
            seen.step[j] = run->step;
        }
    }
    for (uint32_t i = 0; i < BLOCKS; i++)
        if (seen.launches[i] != naive->launches[i] ||
            (seen.launches[i] != 0 && seen.step[i] != naive->step[i]))
            return false;
    return true;
}

static void assert_naive(const TouchSet *set, const Naive *naive)
{
    ck_assert(runs_are_well(set));
    ck_assert(agrees(set, naive));
}

static TouchSet random_other(GRand *rand, Naive *naive)
{
    TouchSet other = TOUCH_SET_NULL;
    for (int n = g_rand_int_range(rand, 0, 8); n > 0; n--) {
        TouchRun run = {
            .first = (uint32_t)g_rand_int_range(rand, 0, BLOCKS - 9),
            .count = (uint32_t)g_rand_int_range(rand, 1, 9),
            .launches = (uint8_t)g_rand_int_range(rand, 1, 4),
            .step = (uint8_t)g_rand_int_range(rand, 0, 4),
        };
        (void)touch_set_add_run(&other, run);
        for (uint32_t i = run.first; i < run.first + run.count; i++)
            naive_add(naive, i, run.launches, run.step);
    }
    assert_naive(&other, naive);
    return other;
}

static void random_operation(GRand *rand, TouchSet *set, Naive *naive)
{
    Naive more = {0};
    TouchSet other = random_other(rand, &more);
    TouchSet before = touch_set_copy(set);
    bool changed = false;
    switch (g_rand_int_range(rand, 0, 3)) {
    case 0:
        changed = touch_set_unite(set, &other);
        for (uint32_t i = 0; i < BLOCKS; i++) {
            if (more.launches[i] != 0)
                naive_add(naive, i, more.launches[i], more.step[i]);
        }
        break;
    case 1:
        changed = touch_set_learn(set, &other, 5);
        for (uint32_t i = 0; i < BLOCKS; i++) {
            if (more.launches[i] != 0)
                naive_add(naive, i, 5, more.step[i]);
        }
        break;
    default:
        touch_set_age(set);
        changed = !touch_set_equal(set, &before);
        for (uint32_t i = 0; i < BLOCKS; i++)
            naive->launches[i] = (uint8_t)(naive->launches[i] << 1);
        break;
    }
    ck_assert(changed == !touch_set_equal(set, &before));
    touch_set_clear(&other);
    touch_set_clear(&before);
}

START_TEST(random_histories_agree_with_an_array)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed((guint32)_i);
    for (int round = 0; round < 100; round++) {
        Naive naive = {0};
        TouchSet set = TOUCH_SET_NULL;
        for (int i = 0; i < 40; i++) {
            random_operation(rand, &set, &naive);
            assert_naive(&set, &naive);
            g_autofree char *text = printed(&set);
            TouchSet again = parsed(text);
            ck_assert(touch_set_equal(&set, &again));
            touch_set_clear(&again);
        }
        touch_set_clear(&set);
    }
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("touch");
    UNIT_ADD_ROWS(suite, steps_of_a_launch, steps);
    UNIT_ADD_ROWS(suite, sets_unite, unions);
    UNIT_ADD_ROWS(suite, sets_age, ages);
    UNIT_ADD_ROWS(suite, a_third_of_the_launches_is_enough, wants);
    UNIT_ADD(suite, wanted_blocks_by_step);
    UNIT_ADD_ROWS(suite, text_round_trips, texts);
    UNIT_ADD_ROWS(suite, parse_refuses, refused);
    UNIT_ADD(suite, runs_are_bounded);
    UNIT_ADD(suite, what_no_set_can_hold_is_cut);
    TCase *random = tcase_create("random_histories_agree_with_an_array");
    tcase_add_loop_test(random, random_histories_agree_with_an_array, 0, 10);
    suite_add_tcase(suite, random);
    return suite;
}
