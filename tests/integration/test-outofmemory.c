/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
/*
 * An allocation fails while the daemon loads, learns or saves, each in its own run: it ends as GLib
 * ends a program (and the service manager starts it again), or it can do without; it does not hang,
 * nothing is written through a null pointer, and the state on disk is whole.
 */
#include "model/state.h"
#include "rig.h"
#include "unit.h"
#include <features.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>

static void preload(Rig *rig, const char *settings)
{
    g_autofree char *library = g_strconcat("LD_PRELOAD=", g_getenv("PRELOAD_SCARCE"), NULL);
    g_auto(GStrv) words = g_strsplit(settings, " ", -1);
    g_ptr_array_insert(rig->args, 0, g_strdup("env"));
    g_ptr_array_insert(rig->args, 1, g_strdup(library));
    for (guint i = 0; words[i] != NULL; i++)
        g_ptr_array_insert(rig->args, (gint)i + 2, g_strdup(words[i]));
}

static void release(Rig *rig)
{
    while (!g_str_equal(rig->args->pdata[0], g_getenv("PRELOAD_DAEMON")))
        g_ptr_array_remove_index(rig->args, 0);
}

/* It loads the state, looks at what runs, saves, and ends. Returns its wait status. */
static int live(Rig *rig)
{
    rig_start(rig);
    if (rig_says(rig, "known, "))
        rig_signal(rig, SIGTERM);
    while (rig_says(rig, "\n"))
        ;
    return rig_wait(rig);
}

static long count_allocations(Rig *rig)
{
    preload(rig, "SCARCE_AT=-1");
    int status = live(rig);
    release(rig);
    ck_assert_int_eq(status, 0);
    const char *told = g_strrstr(rig->log->str, "scarce: ");
    ck_assert_ptr_nonnull(told);
    return strtol(told + strlen("scarce: "), NULL, 10);
}

static void expect_whole_state(const Rig *rig)
{
    g_autofree char *text = NULL;
    gsize length = 0;
    g_autoptr(GError) error = NULL;
    ck_assert(g_file_get_contents(rig->state, &text, &length, NULL));
    g_autoptr(Image) image = state_decode(text, length, &error);
    ck_assert_msg(image != NULL, "%s", error != NULL ? error->message : "");
    ck_assert_uint_eq(image->exes->len, 1);
}

/* The same with one failure. How it ended: a signal of abort(3), or an exit. */
static bool live_with_failure(Rig *rig, long at, bool lasts)
{
    gsize said = rig->log->len;
    g_autofree char *settings =
        g_strdup_printf("SCARCE_AT=%ld%s", at, lasts ? " SCARCE_LASTS=1" : "");
    preload(rig, settings);
    int status = live(rig);
    release(rig);
    /* A fatal message of GLib's is a trap. It needs memory itself: where there is none at all it
     * calls itself until the stack ends. */
    bool aborted =
        WIFSIGNALED(status) && (WTERMSIG(status) == SIGABRT || WTERMSIG(status) == SIGTRAP ||
                                (lasts && WTERMSIG(status) == SIGSEGV));
    ck_assert_msg(aborted || WIFEXITED(status), "wait status %d with %s; it said:\n%s", status,
                  settings, rig->log->str + said);
    expect_whole_state(rig);
    return aborted;
}

/* Evenly spread over the life of the daemon. */
static void sweep(Rig *rig, long total, int runs, bool lasts)
{
    int n_aborted = 0;
    for (int i = 0; i < runs; i++)
        n_aborted += live_with_failure(rig, 1 + total * i / runs, lasts);
    printf("of %ld allocations %d failed%s, each in its run: %d aborted\n", total, runs,
           lasts ? " with all after it" : "", n_aborted);
    ck_assert_int_gt(n_aborted, runs / 2);
}

START_TEST(an_allocation_fails)
{
    enum { RUNS = 240, RUNS_LASTING = 60 };
#ifndef __GLIBC__
    unit_skip("malloc is replaced with glibc only");
#endif
    const struct rlimit none = {0, 0};
    (void)setrlimit(RLIMIT_CORE, &none); /* a courtesy to the disk */
    g_autorig rig = rig_new(NULL);
    g_autofree char *program = rig_program(rig, "application");
    g_autofree char *file = rig_file(rig, "data", 1);
    App app = rig_launch(program, file); /* runs all the time, and is seen by each pass */
    ck_assert_int_eq(live(rig), 0);
    long total = count_allocations(rig);
    ck_assert_int_gt(total, 1000);
    sweep(rig, total, RUNS, false);
    sweep(rig, total, RUNS_LASTING, true);
    rig_start(rig);
    rig_expect(rig, "loaded 1 program");
    rig_expect(rig, "1 program known, 1 running");
    rig_stop(rig);
    rig_close(&app);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("outofmemory");
    TCase *tcase = tcase_create("an_allocation_fails");
    tcase_set_timeout(tcase, 280);
    tcase_add_test(tcase, an_allocation_fails);
    suite_add_tcase(suite, tcase);
    return suite;
}
