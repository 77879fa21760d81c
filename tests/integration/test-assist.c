/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
/*
 * What a program is known to need is read ahead when it starts. The program waits before it touches
 * anything, so that it is not the one who reads. Nothing is predicted.
 */
#include "model/state.h"
#include "rig.h"
#include "unit.h"
#include <signal.h>

#define UNPERMITTED "events are not permitted here"

typedef struct {
    Rig *rig;
    char *program;
    char *data;  /* of which 0, 80 and 81 are touched */
    char *small; /* read */
} Given;

static void given_clear(Given *given)
{
    g_free(given->program);
    g_free(given->data);
    g_free(given->small);
    rig_free(given->rig);
}

static App launch(const Given *given)
{
    g_autofree char *touch = g_strdup_printf("touch=%s:0,80,81", given->data);
    g_autofree char *read = g_strdup_printf("read=%s", given->small);
    char *argv[] = {given->program, (char *)"wait", touch, read, (char *)"live=300", NULL};
    App app = rig_spawn(argv);
    rig_await_word(&app);
    return app;
}

static void go_on(const Given *given, App *app)
{
    rig_say(app);
    rig_reap(app);
    rig_expect(given->rig, "ended: application");
}

/* The daemon anew: it looks again at what it looked at a moment ago. */
static void restart(const Given *given)
{
    rig_stop(given->rig);
    (void)rig_start_told(given->rig);
}

/* An application that was launched once, and learnt; rig is NULL if that cannot be here. */
static Given given_learnt(const char *settings)
{
    Rig *rig = rig_new(settings);
    Given g = {rig, rig_toucher(rig, "application"), rig_file(rig, "data", 16),
               rig_path(rig, "small")};
    g_autofree char *content = g_strnfill(200 << 10, 's');
    g_free(unit_write(rig->dir, "small", content, 200 << 10));
    g_ptr_array_insert(rig->args, 1, g_strdup("-V6")); /* also what needed nothing */
    if (!rig_start_told(rig)) {
        given_clear(&g);
        return (Given){0};
    }
    for (int i = 1; i <= 2; i++) {
        App app = launch(&g);
        go_on(&g, &app);
    }
    g_free(rig_await_dump(rig, "learnt from 2 launches"));
    restart(&g);
    return g;
}

static Metrics saved_metrics(const Given *given)
{
    g_autofree char *text = rig_saved(given->rig);
    g_autoptr(Image) image = state_decode(text, strlen(text), NULL);
    ck_assert_ptr_nonnull(image);
    ck_assert_uint_eq(image->exes->len, 1);
    return g_array_index(image->exes, ImageExe, 0).metrics;
}

static bool is_resident(const Given *given)
{
    return rig_resident_block(given->data, 0) == 1 && rig_resident_block(given->data, 80) == 1 &&
           rig_resident_block(given->data, 81) == 1 && rig_resident(given->small) == 1;
}

/* What was asked for comes when the disk has it: nobody tells. */
static void await_resident(const Given *given)
{
    const gint64 end_usec = g_get_monotonic_time() + 30 * G_USEC_PER_SEC;
    while (!is_resident(given) && g_get_monotonic_time() < end_usec)
        g_thread_yield();
    ck_assert(is_resident(given));
    ck_assert_double_eq(rig_resident_block(given->data, 40), 0);
    ck_assert_double_eq(rig_resident_block(given->data, 160), 0);
}

START_TEST(a_cold_launch_is_helped)
{
    Given g = given_learnt("dopredict = false");
    if (g.rig == NULL)
        unit_skip(UNPERMITTED);
    Metrics before = saved_metrics(&g);
    rig_drop(g.data);
    rig_drop(g.small);
    App app = launch(&g);
    g_autofree char *line = rig_await(g.rig, "application starts: ");
    ck_assert_msg(strstr(line, " KiB in memory, ") != NULL, "%s", line);
    ck_assert_msg(strstr(line, " KiB asked for in ") != NULL, "%s", line);
    ck_assert_msg(strstr(line, ": 100 %") == NULL, "%s", line);
    await_resident(&g);
    go_on(&g, &app);
    Metrics after = saved_metrics(&g);
    const uint64_t cold_bytes = 3 * 65536 + (200 << 10);
    ck_assert_uint_eq(after.launches, before.launches + 1);
    ck_assert_uint_ge(after.late_bytes - before.late_bytes, cold_bytes);
    ck_assert_uint_ge(metrics_missed_bytes(&after) - metrics_missed_bytes(&before), cold_bytes);
    ck_assert_uint_eq(after.ours_bytes, 0);
    ck_assert_uint_eq(after.wasted_bytes, 0);
    g_autofree char *dump = rig_dump(g.rig);
    ck_assert_msg(strstr(dump, " read too late") != NULL, "%s", dump);
    ck_assert_msg(strstr(dump, ", 0 % read too late") == NULL, "%s", dump);
    rig_stop(g.rig);
    given_clear(&g);
}
END_TEST

START_TEST(a_warm_launch_needs_nothing)
{
    Given g = given_learnt("dopredict = false");
    if (g.rig == NULL)
        unit_skip(UNPERMITTED);
    Metrics before = saved_metrics(&g);
    App app = launch(&g);
    g_autofree char *line = rig_await(g.rig, "application starts: ");
    ck_assert_msg(strstr(line, ": 100 % of its ") != NULL, "%s", line);
    ck_assert_msg(strstr(line, "asked for") == NULL, "%s", line);
    go_on(&g, &app);
    Metrics after = saved_metrics(&g);
    ck_assert_uint_eq(after.launches, before.launches + 1);
    ck_assert_uint_eq(after.late_bytes, before.late_bytes);
    ck_assert_uint_eq(metrics_missed_bytes(&after), metrics_missed_bytes(&before));
    /* and it is not looked at again at once */
    App again = launch(&g);
    go_on(&g, &again);
    ck_assert_uint_eq(saved_metrics(&g).launches, after.launches);
    rig_stop(g.rig);
    given_clear(&g);
}
END_TEST

START_TEST(nothing_is_read_with_assist_off)
{
    Given g = given_learnt("dopredict = false\nassist = false");
    if (g.rig == NULL)
        unit_skip(UNPERMITTED);
    rig_drop(g.data);
    rig_drop(g.small);
    App app = launch(&g);
    rig_expect(g.rig, "started: application");
    rig_expect(g.rig, "known, "); /* a cycle later */
    ck_assert_double_eq(rig_resident(g.data), 0);
    ck_assert_double_eq(rig_resident(g.small), 0);
    ck_assert_uint_eq(rig_count(g.rig, "application starts: "), 0);
    go_on(&g, &app);
    rig_stop(g.rig);
    given_clear(&g);
}
END_TEST

/* What the launch of a moment ago, by prediction, found in memory counts as ours. */
START_TEST(a_predicted_launch_is_ours)
{
    Given g = given_learnt("dopredict = false");
    if (g.rig == NULL)
        unit_skip(UNPERMITTED);
    Metrics before = saved_metrics(&g);
    rig_drop(g.data);
    rig_drop(g.small);
    rig_configure(g.rig, NULL);
    rig_signal(g.rig, SIGHUP);
    rig_expect(g.rig, "all of it loaded");
    App app = launch(&g);
    g_autofree char *line = rig_await(g.rig, "application starts: ");
    ck_assert_msg(strstr(line, ": 100 % of its ") != NULL, "%s", line);
    go_on(&g, &app);
    Metrics after = saved_metrics(&g);
    ck_assert_uint_eq(after.late_bytes, before.late_bytes);
    ck_assert_uint_ge(after.ours_bytes, 3 * 65536 + (200 << 10));
    rig_stop(g.rig);
    given_clear(&g);
}
END_TEST

/* Given a program that ends as soon as it starts; then there is nobody to read for, and the daemon
 * goes on. */
START_TEST(a_program_that_ends_at_once_stops_it)
{
    Given g = given_learnt("dopredict = false");
    if (g.rig == NULL)
        unit_skip(UNPERMITTED);
    rig_drop(g.data);
    rig_drop(g.small);
    char *argv[] = {g.program, NULL};
    for (int i = 0; i < 3; i++) { /* it may be gone before anybody can look */
        App app = rig_spawn(argv);
        rig_reap(&app);
    }
    rig_expect(g.rig, "known, 0 running");
    rig_expect(g.rig, "known, 0 running");
    App again = launch(&g);
    go_on(&g, &again);
    rig_stop(g.rig);
    given_clear(&g);
}
END_TEST

/* Given that it is reading for a program; then it ends when it is told to. */
START_TEST(it_ends_while_it_reads)
{
    Given g = given_learnt("dopredict = false");
    if (g.rig == NULL)
        unit_skip(UNPERMITTED);
    rig_drop(g.data);
    rig_drop(g.small);
    App app = launch(&g);
    rig_stop(g.rig);
    rig_say(&app);
    rig_reap(&app);
    given_clear(&g);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("assist");
    UNIT_ADD(suite, a_cold_launch_is_helped);
    UNIT_ADD(suite, a_warm_launch_needs_nothing);
    UNIT_ADD(suite, nothing_is_read_with_assist_off);
    UNIT_ADD(suite, a_predicted_launch_is_ours);
    UNIT_ADD(suite, a_program_that_ends_at_once_stops_it);
    UNIT_ADD(suite, it_ends_while_it_reads);
    return suite;
}
