/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "given-prophet.h"
#include "model/image.h"
#include "model/state.h"
#include "service/replay.h"
#include "unit.h"
#include <stdlib.h>

/* Days on which /a, /b and /c are launched one after the other, with a boot before each. */
static GString *given_trace(int n_days)
{
    GString *text = g_string_new(NULL);
    for (int day = 0; day < n_days; day++) {
        long now = 1000000 + day * 86400L;
        g_string_append_printf(text, "%ld\tboot\t-\n", now);
        for (int i = 0; i < 12; i++) {
            now += 100;
            g_string_append_printf(text, "%ld\texec\t/%c\n%ld\texit\t/%c\n", now, 'a' + i % 3,
                                   now + 50, 'a' + i % 3);
        }
    }
    return text;
}

/* What is printed for it; NULL if it is refused. */
static char *replay_text(const char *text, const char *by, const char *explain)
{
    char *directory = unit_mkdir();
    g_autofree char *path = g_build_filename(directory, "trace", NULL);
    ck_assert(g_file_set_contents(path, text, -1, NULL));
    g_autoptr(Config) config = config_load("", NULL, NULL);
    const ReplayChoice choice = {path, by, explain};
    char *printed = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&printed, &length);
    g_autoptr(GError) error = NULL;
    bool done = replay_run(&choice, config, out, &error);
    ck_assert_int_eq(fclose(out), 0);
    ck_assert(done == (error == NULL));
    unit_rmdir(directory);
    g_autofree char *owned = g_strdup(printed);
    free(printed);
    return done ? g_steal_pointer(&owned) : NULL;
}

static double number_of(const char *text, const char *name)
{
    const char *at = strstr(text, name);
    ck_assert_msg(at != NULL, "no %s in %s", name, text);
    return g_ascii_strtod(at + strlen(name), NULL);
}

START_TEST(what_always_comes_is_predicted)
{
    g_autoptr(GString) trace = given_trace(30);
    g_autofree char *text = replay_text(trace->str, NULL, NULL);
    ck_assert_uint_eq((unsigned)number_of(text, " launches="), 30 * 12 - REPLAY_WARM_UP);
    ck_assert_double_gt(number_of(text, "hit@1="), 0.95);
    ck_assert_double_eq(number_of(text, "hit@3="), 1);
    ck_assert_double_gt(number_of(text, "mrr="), 0.95);
    ck_assert_double_lt(number_of(text, "brier="), 1);
    ck_assert_double_ge(number_of(text, "cpu_us_per_event="), 0);
}
END_TEST

START_TEST(experts_can_be_chosen)
{
    g_autoptr(GString) trace = given_trace(30);
    g_autofree char *slow = replay_text(trace->str, "slow", NULL);
    g_autofree char *context = replay_text(trace->str, "context", NULL);
    ck_assert_double_lt(number_of(slow, "hit@1="), number_of(context, "hit@1="));
    ck_assert_ptr_null(replay_text(trace->str, "astrology", NULL));
}
END_TEST

/* But for what it cost. */
static void cut_costs(char *text)
{
    for (char *at = text; (at = strstr(at, "cpu_us_per_")) != NULL;) {
        const char *end = at + strcspn(at, "\n");
        memmove(at, end, strlen(end) + 1);
    }
}

START_TEST(the_same_trace_gives_the_same_numbers)
{
    g_autoptr(GString) trace = given_trace(20);
    g_autofree char *once = replay_text(trace->str, NULL, "/b");
    g_autofree char *again = replay_text(trace->str, NULL, "/b");
    cut_costs(once);
    cut_costs(again);
    ck_assert_str_eq(once, again);
    ck_assert_ptr_nonnull(strstr(once, "b: usually 1 minute after a"));
}
END_TEST

static const char *const odd_traces[] = {
    "",
    "\n\n",
    "5\texit\t/never\n",
    "5\texec\t/a\n5\texec\t/a\n5\texit\t/a\n5\texit\t/a\n",
    "9\texec\t/a\n3\texit\t/a\n1\texec\t/a\n",
    "0\texec\t/a\n9223372036854\texit\t/a\n9223372036855\tboot\t-\n",
    "5\tboot\t-\n5\tboot\t-\n",
    "5\texec\t/a",
};

START_TEST(odd_traces_are_borne)
{
    g_autofree char *text = replay_text(odd_traces[_i], NULL, NULL);
    ck_assert_ptr_nonnull(text);
    ck_assert_double_eq(number_of(text, " launches="), 0);
}
END_TEST

static const char *const bad_traces[] = {"x", "5\trun\t/a\n", "5\texec\t/a\n6\texec\n"};

START_TEST(what_is_no_trace_is_refused)
{
    ck_assert_ptr_null(replay_text(bad_traces[_i], NULL, NULL));
}
END_TEST

START_TEST(whom_nobody_knows_cannot_be_explained)
{
    ck_assert_ptr_null(replay_text("5\texec\t/a\n", NULL, "/b"));
}
END_TEST

static void live(Prophet *prophet, int from, int to)
{
    Model *model = prophet->model;
    for (int day = from; day < to; day++) {
        prophet_begin_session(prophet, true);
        for (int i = 0; i < 15; i++) {
            model->local_sec = day * 86400 + i * 600;
            when_run(model, i % 4 == day % 3 ? "/a /b" : i % 2 == 0 ? "/c" : "/a", 30, 200);
            prophecy_free(prophet_prophesy(prophet));
        }
    }
}

static Model *saved_and_loaded(Model *model)
{
    g_autoptr(Image) image = image_of_model(model, 5);
    g_autoptr(GString) text = state_encode(image);
    g_autoptr(Image) read = state_decode(text->str, text->len, NULL);
    ck_assert_ptr_nonnull(read);
    Model *loaded = given_model(0);
    (void)image_to_model(read, loaded);
    model_free(model);
    when(loaded, 0, given_pass("", ""));
    return loaded;
}

/* Between two sessions. */
START_TEST(a_save_and_load_in_the_middle_changes_no_number)
{
    float bids[2][3];
    for (int saved = 0; saved < 2; saved++) {
        Model *model = given_nothing();
        live(given_prophet(model, &given_rules), 0, 10);
        if (saved == 1)
            model = saved_and_loaded(model);
        Prophet *prophet = given_prophet(model, &given_rules);
        live(prophet, 10, 20);
        prophecy_free(prophet_prophesy(prophet));
        const char *const names[] = {"/a", "/b", "/c"};
        for (int i = 0; i < 3; i++)
            bids[saved][i] = exe_of(model, names[i])->bid[HORIZON_LATER];
        model_free(model);
    }
    ck_assert_mem_eq(bids[0], bids[1], sizeof bids[0]);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("replay");
    UNIT_ADD(suite, what_always_comes_is_predicted);
    UNIT_ADD(suite, experts_can_be_chosen);
    UNIT_ADD(suite, the_same_trace_gives_the_same_numbers);
    UNIT_ADD_ROWS(suite, odd_traces_are_borne, odd_traces);
    UNIT_ADD_ROWS(suite, what_is_no_trace_is_refused, bad_traces);
    UNIT_ADD(suite, whom_nobody_knows_cannot_be_explained);
    UNIT_ADD(suite, a_save_and_load_in_the_middle_changes_no_number);
    return suite;
}
