/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/observer.h"
#include "unit.h"
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/wait.h>
#include <unistd.h>

/* The observer's thread over the real /proc, and copies of cat(1): only these are tracked. */
typedef struct {
    char *path;
    char *program;
    Observer *observer;
    GString *log; /* what was told, in words: "pass", "+" started, "-" stopped, "learnt", "!" */
    ObserverHealth health;
    uint32_t n_passes;
} Fixture;

typedef struct {
    GPid pid;
    int in;
    int out;
} Child;

static bool holds(const GPtrArray *keys, const char *path)
{
    g_autoptr(ExeKey) key = exe_key_new(path, NULL);
    return g_ptr_array_find_with_equal_func((GPtrArray *)keys, key, exe_key_equal, NULL);
}

static void take(Observation *observation, bool pass, gpointer data)
{
    Fixture *f = data;
    g_string_append(f->log, pass ? "pass " : "");
    g_string_append(f->log, holds(observation->stopped, f->program) ? "- " : "");
    g_string_append(f->log, holds(observation->started, f->program) ? "+ " : "");
    for (guint i = 0; i < observation->sightings->len; i++) {
        const Sighting *sighting = observation->sightings->pdata[i];
        if (strcmp(sighting->key->path, f->program) != 0)
            continue;
        g_string_append(f->log, sighting->launch == 0 ? "seen "
                                : sighting->ended     ? "ended "
                                                      : "learnt ");
    }
    if (pass) {
        f->n_passes++;
        f->health = observation->health;
    }
    observation_free(observation);
}

static ScanRules rules_of(const char *path, uint64_t minsize_bytes)
{
    g_autofree char *inside = g_strconcat(path, "/", NULL);
    const char *const items[] = {inside, "!/", NULL};
    return (ScanRules){prefix_list_new(items), prefix_list_new(items), prefix_list_new(items),
                       interpreters_new(NULL), minsize_bytes};
}

static char *copy_cat(const char *directory, const char *name)
{
    g_autofree char *from = g_find_program_in_path("cat");
    g_autofree char *content = NULL;
    gsize length = 0;
    ck_assert(g_file_get_contents(from, &content, &length, NULL));
    char *path = unit_write(directory, name, content, (gssize)length);
    ck_assert_int_eq(g_chmod(path, 0755), 0);
    return path;
}

static void await_pass(Fixture *f)
{
    const uint32_t n_before = f->n_passes;
    observer_pass(f->observer);
    ck_assert(observer_busy(f->observer));
    while (f->n_passes == n_before)
        g_main_context_iteration(NULL, TRUE);
    ck_assert(!observer_busy(f->observer));
}

static void observe(Fixture *f, bool learn)
{
    *f = (Fixture){.path = unit_mkdir(), .log = g_string_new(NULL)};
    f->program = copy_cat(f->path, "program");
    g_auto(ScanRules) rules = rules_of(f->path, 0);
    const ObserverSetup setup = {
        .proc_path = "/proc", .rules = &rules, .learn = learn, .take = take, .data = f};
    f->observer = observer_new(&setup);
    ck_assert_ptr_nonnull(f->observer);
}

static void fixture_init(Fixture *f, bool learn)
{
    observe(f, learn);
    await_pass(f);
    ck_assert_str_eq(f->log->str, "pass ");
    g_string_truncate(f->log, 0);
}

static void fixture_clear(Fixture *f)
{
    observer_free(f->observer);
    g_string_free(f->log, TRUE);
    g_free(f->program);
    unit_rmdir(f->path);
}

static Child start_one(const char *program)
{
    Child child;
    const char *const argv[] = {program, NULL};
    char byte = 'x';
    ck_assert(g_spawn_async_with_pipes(NULL, (char **)argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL,
                                       NULL, &child.pid, &child.in, &child.out, NULL, NULL));
    ck_assert_int_eq(write(child.in, &byte, 1), 1);
    ck_assert_int_eq(read(child.out, &byte, 1), 1);
    return child;
}

static Child start(const Fixture *f)
{
    return start_one(f->program);
}

static void stop(const Child *child)
{
    close(child->in);
    close(child->out);
    ck_assert_int_eq(waitpid(child->pid, NULL, 0), child->pid);
}

/* Check's timeout is the limit. */
static void await(Fixture *f, const char *text)
{
    while (strstr(f->log->str, text) == NULL)
        g_main_context_iteration(NULL, TRUE);
}

START_TEST(tells_of_a_launch_at_once)
{
    Fixture f;
    fixture_init(&f, true);
    ck_assert(f.health.asked);
    if (f.health.execs_error != 0) {
        fixture_clear(&f);
        unit_skip("execs are not told here: %d", f.health.execs_error);
    }
    Child child = start(&f);
    await(&f, "+ ");
    await_pass(&f); /* it is not started again by a pass */
    ck_assert_uint_eq(f.health.n_learning, 1);
    stop(&child);
    await(&f, "ended ");
    ck_assert_str_eq(g_strrstr(f.log->str, "- "), "- ended ");
    await_pass(&f);
    ck_assert_uint_eq(f.health.n_learning, 0);
    g_auto(GStrv) starts = g_strsplit(f.log->str, "+ ", -1);
    g_auto(GStrv) stops = g_strsplit(f.log->str, "- ", -1);
    ck_assert_uint_eq(g_strv_length(starts), 2); /* once */
    ck_assert_uint_eq(g_strv_length(stops), 2);
    fixture_clear(&f);
}
END_TEST

START_TEST(passes_do_without_events)
{
    Fixture f;
    fixture_init(&f, false);
    ck_assert(!f.health.asked);
    Child child = start(&f);
    ck_assert_str_eq(f.log->str, "");
    await_pass(&f);
    ck_assert_str_eq(f.log->str, "pass + seen ");
    stop(&child);
    await_pass(&f);
    ck_assert_str_eq(f.log->str, "pass + seen pass - ");
    ck_assert_uint_eq(f.health.n_learning, 0);
    fixture_clear(&f);
}
END_TEST

/* What starts before the first pass is told by that, and by nothing else. */
START_TEST(begins_with_a_pass)
{
    Fixture f;
    observe(&f, true);
    for (int i = 0; i < 9; i++) { /* some of it is heard by now */
        Child gone = start(&f);
        stop(&gone);
    }
    Child child = start(&f);
    await_pass(&f);
    ck_assert_msg(g_str_has_prefix(f.log->str, "pass + seen "), "%s", f.log->str);
    stop(&child);
    fixture_clear(&f);
}
END_TEST

static const bool learning[] = {false, true};

/* Scanning pauses: the next pass finds out what runs. What was heard before the thread is told of
 * the pause may be on its way. */
START_TEST(pauses)
{
    Fixture f;
    fixture_init(&f, learning[_i]);
    observer_forget(f.observer);
    Child child = start(&f);
    Child gone = start(&f);
    stop(&gone);
    await_pass(&f);
    ck_assert_msg(strstr(f.log->str, "pass + ") != NULL, "%s", f.log->str);
    g_string_truncate(f.log, 0);
    observer_forget(f.observer);
    await_pass(&f); /* as new */
    ck_assert_msg(strstr(f.log->str, "pass + ") != NULL, "%s", f.log->str);
    stop(&child);
    fixture_clear(&f);
}
END_TEST

/* New rules take and leave programs; learning goes off and on with them. */
START_TEST(takes_new_rules)
{
    Fixture f;
    fixture_init(&f, true);
    Child child = start(&f);
    g_auto(ScanRules) none = rules_of("/nonexistent", 0);
    observer_set_rules(f.observer, &none, false);
    await_pass(&f);
    ck_assert(!f.health.asked);
    ck_assert_int_eq(strstr(f.log->str, "+ ") != NULL, strstr(f.log->str, "- ") != NULL);
    g_string_truncate(f.log, 0);
    g_auto(ScanRules) own = rules_of(f.path, 0);
    observer_set_rules(f.observer, &own, true);
    await_pass(&f);
    ck_assert(f.health.asked);
    ck_assert_msg(g_str_has_prefix(f.log->str, "pass + "), "%s", f.log->str);
    stop(&child);
    fixture_clear(&f);
}
END_TEST

/* A program that was found too small, or that needs no learning, is left alone. */
START_TEST(leaves_alone)
{
    Fixture f;
    fixture_init(&f, true);
    if (f.health.execs_error != 0) {
        fixture_clear(&f);
        unit_skip("execs are not told here: %d", f.health.execs_error);
    }
    g_autoptr(ExeKey) key = exe_key_new(f.program, NULL);
    observer_rest(f.observer, key, 1);
    await_pass(&f); /* orders are carried out in order */
    Child child = start(&f);
    await(&f, "+ ");
    await_pass(&f);
    ck_assert_uint_eq(f.health.n_learning, 0);
    stop(&child);
    await(&f, "- ");
    observer_skip(f.observer, key);
    await_pass(&f);
    g_string_truncate(f.log, 0);
    Child small = start(&f);
    await_pass(&f);
    ck_assert_uint_eq(f.health.n_learning, 0);
    ck_assert_ptr_null(strstr(f.log->str, "seen "));
    stop(&small);
    fixture_clear(&f);
}
END_TEST

/* In a storm of launches of another program events come in bundles, and all the same. */
START_TEST(tells_in_a_storm)
{
    Fixture f;
    fixture_init(&f, true);
    if (f.health.execs_error != 0) {
        fixture_clear(&f);
        unit_skip("execs are not told here: %d", f.health.execs_error);
    }
    g_autofree char *other = copy_cat(f.path, "other");
    for (int i = 0; i < 300; i++) {
        Child child = start_one(other);
        stop(&child);
    }
    Child child = start(&f);
    await(&f, "+ ");
    stop(&child);
    await(&f, "ended ");
    await_pass(&f);
    ck_assert_uint_eq(f.health.n_overruns, 0);
    ck_assert_uint_eq(f.health.n_learning, 0);
    fixture_clear(&f);
}
END_TEST

/* Given orders and news on their way; then all end with it. */
START_TEST(ends_at_once)
{
    Fixture f;
    fixture_init(&f, true);
    Child child = start(&f);
    g_autoptr(ExeKey) key = exe_key_new(f.program, NULL);
    for (int i = 0; i < 20; i++) {
        observer_pass(f.observer);
        observer_rest(f.observer, key, 1);
    }
    ck_assert(observer_busy(f.observer));
    g_string_truncate(f.log, 0);
    const uint32_t n_passes = f.n_passes;
    g_clear_pointer(&f.observer, observer_free);
    ck_assert_uint_eq(f.n_passes, n_passes); /* nothing is told any more */
    ck_assert_str_eq(f.log->str, "");
    stop(&child);
    fixture_clear(&f);
}
END_TEST

START_TEST(without_proc)
{
    g_auto(ScanRules) rules = rules_of("/", 0);
    const ObserverSetup setup = {.proc_path = "/nonexistent", .rules = &rules, .take = take};
    ck_assert_ptr_null(observer_new(&setup));
    observer_free(NULL);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("observer");
    UNIT_ADD(suite, begins_with_a_pass);
    UNIT_ADD(suite, tells_of_a_launch_at_once);
    UNIT_ADD(suite, passes_do_without_events);
    UNIT_ADD_ROWS(suite, pauses, learning);
    UNIT_ADD(suite, takes_new_rules);
    UNIT_ADD(suite, leaves_alone);
    UNIT_ADD(suite, tells_in_a_storm);
    UNIT_ADD(suite, ends_at_once);
    UNIT_ADD(suite, without_proc);
    return suite;
}
