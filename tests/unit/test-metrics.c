/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "given.h"
#include "model/metrics.h"
#include "unit.h"

#define BLOCK ((uint64_t)BLOCK_BYTES)

static BlockSet blocks_of(const char *text)
{
    BlockSet blocks = BLOCK_SET_NULL;
    ck_assert(block_set_parse(cursor_of(text, strlen(text)), &blocks));
    return blocks;
}

static void note_read(Model *model, const char *path, const char *text)
{
    BlockSet blocks = blocks_of(text);
    metrics_note_read(model, path, &blocks);
    block_set_clear(&blocks);
}

static void note_missing(Model *model, const char *path, const char *text)
{
    BlockSet blocks = blocks_of(text);
    metrics_note_missing(model, path, &blocks);
    block_set_clear(&blocks);
}

static void assert_metrics(const Metrics *metrics, Metrics expected)
{
    ck_assert_uint_eq(metrics->launches, expected.launches);
    ck_assert_uint_eq(metrics->footprint_bytes, expected.footprint_bytes);
    ck_assert_uint_eq(metrics->resident_bytes, expected.resident_bytes);
    ck_assert_uint_eq(metrics->ours_bytes, expected.ours_bytes);
    ck_assert_uint_eq(metrics->late_bytes, expected.late_bytes);
    ck_assert_uint_eq(metrics->wasted_bytes, expected.wasted_bytes);
}

/* /x needs 10 blocks of /a and 10 of /b, /y a block of /b. */
static Model *given_two(void)
{
    Model *model = given_model(0);
    when_launched(model, given_launch("/x", 1, "/a=0-9@1 /b=0-9@1"));
    when_launched(model, given_launch("/y", 2, "/b=0@1"));
    return model;
}

START_TEST(what_a_launch_found_thanks_to_us)
{
    Model *model = given_two();
    Exe *x = exe_of(model, "/x");
    note_read(model, "/a", "2-5,100"); /* 100 is for somebody else */
    note_read(model, "/b", "0-9");
    note_read(model, "/unknown", "0-9");
    BlockSet gone = blocks_of("8-9");
    MetricsFile missing[] = {{"/b", &gone}, {"/a", NULL}, {"/unknown", &gone}};
    uint64_t generation = model->generation;
    metrics_note_launch(model, x, 20 * BLOCK, 15 * BLOCK, 2 * BLOCK, missing, 3);
    const Metrics expected = {1, 20 * BLOCK, 15 * BLOCK, 12 * BLOCK, 2 * BLOCK, 2 * BLOCK};
    assert_metrics(&x->metrics, expected);
    assert_metrics(&model->metrics, expected);
    ck_assert_uint_gt(model->generation, generation);
    ck_assert_uint_eq(metrics_missed_bytes(&x->metrics), 5 * BLOCK);
    /* each block was useful once */
    metrics_note_launch(model, x, 20 * BLOCK, 20 * BLOCK, 0, NULL, 0);
    assert_metrics(&x->metrics,
                   (Metrics){2, 40 * BLOCK, 35 * BLOCK, 12 * BLOCK, 2 * BLOCK, 2 * BLOCK});
    assert_metrics(&exe_of(model, "/y")->metrics, (Metrics){0});
    ck_assert_uint_eq(block_set_bytes(&model_find_map(model, "/a")->ours), BLOCK);
    block_set_clear(&gone);
    model_free(model);
}
END_TEST

/* Most files are smaller than a block: as blocks they would be more than was ever read. */
START_TEST(a_file_counts_with_its_size_at_most)
{
    Model *model = given_two();
    model_find_map(model, "/a")->id.size_bytes = 3 * BLOCK + 5;
    model_find_map(model, "/b")->id.size_bytes = 7;
    note_read(model, "/a", "0-4");
    note_read(model, "/b", "0");
    note_missing(model, "/a", "0,3-4");
    ck_assert_uint_eq(model->metrics.wasted_bytes, BLOCK + 5);
    metrics_note_launch(model, exe_of(model, "/x"), 20 * BLOCK, 20 * BLOCK, 0, NULL, 0);
    ck_assert_uint_eq(model->metrics.ours_bytes, 2 * BLOCK + 7);
    ck_assert_uint_eq(model_find_map(model, "/a")->ours.n_runs, 0);
    model_free(model);
}
END_TEST

START_TEST(waste_is_charged_to_the_exe_with_the_best_bid)
{
    Model *model = given_two();
    exe_of(model, "/x")->lnprob = -0.5F;
    exe_of(model, "/y")->lnprob = -2;
    note_read(model, "/a", "0-3");
    note_read(model, "/b", "0-3");
    note_missing(model, "/a", "3-9"); /* one of ours; /y does not want it */
    note_missing(model, "/b", "0-1");
    note_missing(model, "/b", "0-1"); /* ours no more */
    note_missing(model, "/unknown", "0-1");
    ck_assert_uint_eq(exe_of(model, "/x")->metrics.wasted_bytes, BLOCK);
    ck_assert_uint_eq(exe_of(model, "/y")->metrics.wasted_bytes, 2 * BLOCK);
    ck_assert_uint_eq(model->metrics.wasted_bytes, 3 * BLOCK);
    ck_assert_uint_eq(model->metrics.launches, 0);
    model_free(model);
}
END_TEST

/* A file that only a launch long ago needed, in a plan made before. */
START_TEST(waste_that_nobody_was_meant_for_counts_in_all)
{
    Model *model = given_model(0);
    when_launched(model, given_launch("/x", 1, "/a=0-9@1 /rare=0@1"));
    for (uint64_t launch = 2; launch <= 4; launch++)
        when_launched(model, given_launch("/x", launch, "/a=0-9@1"));
    note_read(model, "/rare", "0");
    note_missing(model, "/rare", "0");
    ck_assert_uint_eq(exe_of(model, "/x")->metrics.wasted_bytes, 0);
    ck_assert_uint_eq(model->metrics.wasted_bytes, BLOCK);
    model_free(model);
}
END_TEST

START_TEST(a_replaced_file_is_ours_no_more)
{
    Model *model = given_two();
    note_read(model, "/a", "0-3");
    ck_assert(model_renew_path(model, "/a"));
    note_missing(model, "/a", "0-3");
    ck_assert_uint_eq(model->metrics.wasted_bytes, 0);
    model_free(model);
}
END_TEST

static const struct {
    uint64_t footprint_bytes;
    uint64_t resident_bytes;
    uint64_t late_bytes;
    Metrics expected;
} odds[] = {
    {10, 20, 5, {1, 10, 10, 0, 0, 0}},
    {10, 4, 20, {1, 10, 4, 0, 6, 0}},
    {0, 0, 0, {1, 0, 0, 0, 0, 0}},
    {UINT64_MAX, UINT64_MAX, UINT64_MAX, {1, METRICS_BYTES_MAX, METRICS_BYTES_MAX, 0, 0, 0}},
    {UINT64_MAX, 0, UINT64_MAX, {1, METRICS_BYTES_MAX, 0, 0, METRICS_BYTES_MAX, 0}},
};

START_TEST(numbers_that_cannot_be_are_cut)
{
    Model *model = given_two();
    Exe *x = exe_of(model, "/x");
    metrics_note_launch(model, x, odds[_i].footprint_bytes, odds[_i].resident_bytes,
                        odds[_i].late_bytes, NULL, 0);
    assert_metrics(&x->metrics, odds[_i].expected);
    model_free(model);
}
END_TEST

START_TEST(sums_are_bounded_and_shares_stay)
{
    Model *model = given_two();
    Exe *x = exe_of(model, "/x");
    for (int i = 0; i < 10; i++)
        metrics_note_launch(model, x, METRICS_BYTES_MAX, METRICS_BYTES_MAX / 4,
                            METRICS_BYTES_MAX / 2, NULL, 0);
    const Metrics *metrics = &x->metrics;
    ck_assert_uint_le(metrics->footprint_bytes, METRICS_BYTES_MAX);
    ck_assert_uint_le(metrics->footprint_bytes / 4 - metrics->resident_bytes, 10);
    ck_assert_uint_le(metrics->footprint_bytes / 2 - metrics->late_bytes, 10);
    ck_assert_uint_le(metrics->resident_bytes + metrics->late_bytes, metrics->footprint_bytes);
    model_free(model);
}
END_TEST

/* What sleep took is neither of use nor wasted. */
START_TEST(what_is_lost_counts_for_nothing)
{
    Model *model = given_two();
    note_read(model, "/a", "0-9");
    BlockSet lost = blocks_of("0-4,100");
    metrics_note_lost(model, "/a", &lost);
    metrics_note_lost(model, "/b", &lost); /* nothing of it is ours */
    metrics_note_lost(model, "/unknown", &lost);
    block_set_clear(&lost);
    assert_metrics(&model->metrics, (Metrics){0});
    note_missing(model, "/a", "0-5");
    assert_metrics(&model->metrics, (Metrics){.wasted_bytes = BLOCK});
    model_free(model);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("metrics");
    UNIT_ADD(suite, what_a_launch_found_thanks_to_us);
    UNIT_ADD(suite, a_file_counts_with_its_size_at_most);
    UNIT_ADD(suite, waste_is_charged_to_the_exe_with_the_best_bid);
    UNIT_ADD(suite, waste_that_nobody_was_meant_for_counts_in_all);
    UNIT_ADD(suite, a_replaced_file_is_ours_no_more);
    UNIT_ADD_ROWS(suite, numbers_that_cannot_be_are_cut, odds);
    UNIT_ADD(suite, sums_are_bounded_and_shares_stay);
    UNIT_ADD(suite, what_is_lost_counts_for_nothing);
    return suite;
}
