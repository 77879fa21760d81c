/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
/*
 * kill -9 of the real daemon at each system call of a save: the next start loads the old state or
 * the new one, always. strace(1) counts the calls of the saver's thread and does the killing,
 * before the call.
 */
#include "model/state.h"
#include "rig.h"
#include "unit.h"
#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

/* The thread of that name of the daemon; NULL if none has called itself so yet. */
static char *find_thread(const Rig *rig, const char *name)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/task", rig->daemon);
    g_autoptr(GDir) tasks = g_dir_open(path, 0, NULL);
    for (const char *task = NULL; (task = g_dir_read_name(tasks)) != NULL;) {
        g_autofree char *file = g_build_filename(path, task, "comm", NULL);
        g_autofree char *comm = NULL;
        if (g_file_get_contents(file, &comm, NULL, NULL) && g_str_equal(g_strstrip(comm), name))
            return g_strdup(task);
    }
    return NULL;
}

/* A thread takes its name itself, when it first runs. */
static char *thread_of(const Rig *rig, const char *name)
{
    const gint64 end_usec = g_get_monotonic_time() + 30 * G_USEC_PER_SEC;
    char *thread = find_thread(rig, name);
    while (thread == NULL && g_get_monotonic_time() < end_usec) {
        g_thread_yield();
        thread = find_thread(rig, name);
    }
    ck_assert_ptr_nonnull(thread);
    return thread;
}

typedef struct {
    GPid pid;
    int stderr_fd;
} Strace;

/* Attached to the saver's thread when this returns; pid 0 if that is not permitted. */
static Strace strace_attach(const Rig *rig, const char *trace, const char *expression)
{
    g_autofree char *thread = thread_of(rig, "saver");
    char *argv[] = {(char *)"strace", (char *)"-p",       thread, (char *)"-o", (char *)trace,
                    (char *)"-e",     (char *)expression, NULL};
    Strace strace = {0};
    if (!g_spawn_async_with_pipes(NULL, argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD,
                                  NULL, NULL, &strace.pid, NULL, NULL, &strace.stderr_fd, NULL))
        return (Strace){0};
    char text[256];
    ssize_t n = read(strace.stderr_fd, text, sizeof text - 1);
    text[MAX(n, 0)] = '\0';
    if (strstr(text, "attached") == NULL) {
        (void)waitpid(strace.pid, NULL, 0);
        (void)close(strace.stderr_fd);
        strace.pid = 0;
    }
    return strace;
}

static void strace_end(Strace *strace)
{
    (void)kill(strace->pid, SIGINT); /* it may have ended with the daemon */
    (void)waitpid(strace->pid, NULL, 0);
    (void)close(strace->stderr_fd);
}

static Image *image_in(const char *path)
{
    g_autofree char *text = NULL;
    gsize length = 0;
    g_autoptr(GError) error = NULL;
    ck_assert_msg(g_file_get_contents(path, &text, &length, NULL), "%s is missing", path);
    Image *image = state_decode(text, length, &error);
    ck_assert_msg(image != NULL, "%s: %s", path, error != NULL ? error->message : "");
    return image;
}

/* The name of the system call of a line of strace's: "fsync(5) = 0". */
static char *call_of(const char *line)
{
    const char *end = strchr(line, '(');
    return end != NULL ? g_strndup(line, (gsize)(end - line)) : NULL;
}

/* "name:when" of each system call that a save made, in order. */
static GPtrArray *calls_in(const char *trace)
{
    g_autofree char *text = NULL;
    ck_assert(g_file_get_contents(trace, &text, NULL, NULL));
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_autoptr(GHashTable) counts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    GPtrArray *calls = g_ptr_array_new_with_free_func(g_free);
    for (char **line = lines; *line != NULL; line++) {
        char *name = call_of(*line);
        if (name == NULL)
            continue;
        guint when = GPOINTER_TO_UINT(g_hash_table_lookup(counts, name)) + 1;
        g_ptr_array_add(calls, g_strdup_printf("%s:%u", name, when));
        g_hash_table_replace(counts, name, GUINT_TO_POINTER(when));
    }
    return calls;
}

/* A daemon with a state on disk that it has loaded, and a pass made, so that there is news to save.
 */
static void start_ready(Rig *rig)
{
    rig_start(rig);
    rig_expect(rig, "programs known");
}

static GPtrArray *record_save(Rig *rig, const char *trace)
{
    start_ready(rig);
    Strace strace = strace_attach(rig, trace, "trace=all");
    if (strace.pid == 0)
        return NULL;
    rig_signal(rig, SIGUSR2);
    rig_expect(rig, "saved ");
    strace_end(&strace);
    rig_stop(rig);
    return calls_in(trace);
}

/* Whether the daemon was killed at that call; else it does not always make it. */
static bool kill_at(Rig *rig, const char *trace, const char *call)
{
    g_autoptr(Image) old = image_in(rig->state);
    g_auto(GStrv) parts = g_strsplit(call, ":", 2);
    g_autofree char *expression =
        g_strdup_printf("inject=%s:signal=SIGKILL:when=%s", parts[0], parts[1]);
    start_ready(rig);
    Strace strace = strace_attach(rig, trace, expression);
    ck_assert_int_ne(strace.pid, 0);
    rig_signal(rig, SIGUSR2);
    /* A call that this save does not make leaves the daemon alive: then it is killed here. */
    bool killed = !rig_says(rig, "saved ");
    if (!killed)
        rig_signal(rig, SIGKILL);
    int status = rig_wait(rig);
    ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    strace_end(&strace);
    g_autoptr(Image) now = image_in(rig->state);
    ck_assert_uint_ge(now->model_usec, old->model_usec);
    start_ready(rig);
    ck_assert_msg(rig_count(rig, "damaged") == 0, "after a kill at %s: %s", call, rig->log->str);
    rig_stop(rig);
    fprintf(stderr, "%s at %s\n", killed ? "killed" : "not killed", call);
    return killed;
}

START_TEST(at_each_system_call_of_a_save)
{
    g_autorig rig = rig_new(NULL);
    g_autofree char *trace = rig_path(rig, "trace");
    g_autofree char *program = g_find_program_in_path("strace");
    if (program == NULL)
        unit_skip("no strace");
    start_ready(rig);
    rig_stop(rig); /* a first state */
    g_autoptr(GPtrArray) calls = record_save(rig, trace);
    if (calls == NULL)
        unit_skip("strace may not attach to the daemon");
    ck_assert_uint_gt(calls->len, 8);
    guint n_renames = 0;
    guint n_killed = 0;
    for (guint i = 0; i < calls->len; i++) {
        n_renames += g_str_has_prefix(calls->pdata[i], "rename");
        n_killed += kill_at(rig, trace, calls->pdata[i]);
    }
    ck_assert_uint_ge(n_killed, n_renames + 6); /* allocation and waking differ from save to save */
    ck_assert_uint_eq(n_renames, 2);            /* of the previous generation, and of the new one */
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("kill");
    TCase *tcase = tcase_create("kill");
    tcase_set_timeout(tcase, 280);
    tcase_add_test(tcase, at_each_system_call_of_a_save);
    suite_add_tcase(suite, tcase);
    return suite;
}
