/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "prefetch/turns.h"
#include "unit.h"

static const struct {
    ReadClass reads;
    ReadClass asks;
    bool waits;
} rows[] = {
    {CLASS_ASSIST, CLASS_ASSIST, false},       {CLASS_ASSIST, CLASS_SESSION, true},
    {CLASS_ASSIST, CLASS_BULK, true},          {CLASS_SESSION, CLASS_ASSIST, false},
    {CLASS_SESSION, CLASS_PREDICTED, true},    {CLASS_PREDICTED, CLASS_SESSION, false},
    {CLASS_PREDICTED, CLASS_PREDICTED, false}, {CLASS_PREDICTED, CLASS_BULK, true},
    {CLASS_BULK, CLASS_PREDICTED, false},
};

START_TEST(a_lower_class_waits_while_a_higher_one_reads)
{
    g_autoptr(Turns) turns = turns_new();
    ck_assert(!turns_must_wait(turns, rows[_i].asks));
    turns_begin(turns, rows[_i].reads);
    ck_assert_int_eq(turns_must_wait(turns, rows[_i].asks), rows[_i].waits);
    turns_end(turns, rows[_i].reads);
    ck_assert(!turns_must_wait(turns, rows[_i].asks));
}
END_TEST

typedef struct {
    Turns *turns;
    int cancel;
    int stage; /* g_atomic_int: 1 about to wait, 2 has its turn */
    bool got;
} Waiter;

static gpointer wait_for_turn(gpointer data)
{
    Waiter *waiter = data;
    g_atomic_int_set(&waiter->stage, 1);
    waiter->got = turns_await(waiter->turns, CLASS_BULK, &waiter->cancel);
    g_atomic_int_set(&waiter->stage, 2);
    return NULL;
}

static void await_stage(const Waiter *waiter, int stage)
{
    while (g_atomic_int_get(&waiter->stage) < stage)
        g_usleep(1000);
}

START_TEST(it_goes_on_when_that_ends)
{
    g_autoptr(Turns) turns = turns_new();
    Waiter waiter = {.turns = turns};
    turns_begin(turns, CLASS_ASSIST);
    GThread *thread = g_thread_new("waiter", wait_for_turn, &waiter);
    await_stage(&waiter, 1);
    turns_end(turns, CLASS_ASSIST);
    g_thread_join(thread);
    ck_assert(waiter.got);
}
END_TEST

/* One that asks for nothing any more hangs: nobody waits for it for ever. */
START_TEST(it_goes_on_when_that_is_silent)
{
    g_autoptr(Turns) turns = turns_new();
    int cancel = 0;
    turns_begin(turns, CLASS_ASSIST);
    ck_assert(turns_await(turns, CLASS_PREDICTED, &cancel));
    ck_assert(!turns_must_wait(turns, CLASS_PREDICTED));
    ck_assert(turns_await(turns, CLASS_ASSIST, &cancel)); /* it asks again */
    ck_assert(turns_must_wait(turns, CLASS_PREDICTED));
    turns_end(turns, CLASS_ASSIST);
}
END_TEST

START_TEST(it_ends_when_it_is_cancelled)
{
    g_autoptr(Turns) turns = turns_new();
    Waiter waiter = {.turns = turns};
    turns_begin(turns, CLASS_SESSION);
    GThread *thread = g_thread_new("waiter", wait_for_turn, &waiter);
    await_stage(&waiter, 1);
    g_atomic_int_set(&waiter.cancel, 1);
    g_thread_join(thread);
    ck_assert(!waiter.got);
    turns_end(turns, CLASS_SESSION);
}
END_TEST

static gpointer take_head(gpointer data)
{
    Waiter *waiter = data;
    g_atomic_int_set(&waiter->stage, 1);
    waiter->got = turns_take_head(waiter->turns, 8, 0);
    return NULL;
}

START_TEST(a_head_is_one_threads)
{
    g_autoptr(Turns) turns = turns_new();
    Waiter waiter = {.turns = turns};
    ck_assert(turns_take_head(turns, 8, 0));
    ck_assert(turns_take_head(turns, 8, 16)); /* another disk */
    ck_assert(!turns_take_head(turns, 8, 0)); /* in vain, and not for ever */
    GThread *thread = g_thread_new("waiter", take_head, &waiter);
    await_stage(&waiter, 1);
    turns_give_head(turns, 8, 0);
    g_thread_join(thread);
    ck_assert(waiter.got);
}
END_TEST

START_TEST(classes_have_names)
{
    ck_assert_str_eq(read_class_name(CLASS_ASSIST), "assist");
    ck_assert_str_eq(read_class_name(CLASS_BULK), "bulk");
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("turns");
    UNIT_ADD_ROWS(suite, a_lower_class_waits_while_a_higher_one_reads, rows);
    UNIT_ADD(suite, it_goes_on_when_that_ends);
    UNIT_ADD(suite, it_goes_on_when_that_is_silent);
    UNIT_ADD(suite, it_ends_when_it_is_cancelled);
    UNIT_ADD(suite, a_head_is_one_threads);
    UNIT_ADD(suite, classes_have_names);
    return suite;
}
