/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "rig.h"
#include "unit.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define AWAIT_MSEC 60000

char *rig_path(const Rig *rig, const char *name)
{
    return g_build_filename(rig->dir, name, NULL);
}

void rig_configure(Rig *rig, const char *settings)
{
    /* Keys given twice: the last one counts. It may have been booted a minute ago, or have a
     * battery: tests of that say so. */
    g_autofree char *files = g_strdup_printf("fileprefix = %s/;!/\n", rig->dir);
    g_autofree char *text = g_strdup_printf(
        "[model]\ncycle = 1\nminsize = 0\n"
        "[system]\nyield = false\nsessionwindow = 0\nonbattery = full\nexeprefix = "
        "%s/;!/\nmapprefix = "
        "%s/;!/\n%s%s\n",
        rig->dir, rig->dir, rig->default_fileprefix ? "" : files, settings != NULL ? settings : "");
    ck_assert(g_file_set_contents(rig->conf, text, -1, NULL));
}

Rig *rig_new(const char *settings)
{
    Rig *rig = g_new0(Rig, 1);
    /* Not /tmp, which may be in memory: there is nothing to read ahead there. */
    rig->dir = g_build_filename(g_getenv("builddir"), "rig-XXXXXX", NULL);
    ck_assert_ptr_nonnull(g_mkdtemp_full(rig->dir, 0755));
    rig->conf = rig_path(rig, "preload.conf");
    rig->state = rig_path(rig, "state/preload.state");
    rig->socket = rig_path(rig, "bus");
    rig->log = g_string_new(NULL);
    rig->log_fd = -1;
    rig->args = g_ptr_array_new_with_free_func(g_free);
    /* The state's is the last: tests have another one. */
    const char *const args[] = {g_getenv("PRELOAD_DAEMON"),
                                "-f",
                                "-l",
                                "",
                                "-c",
                                rig->conf,
                                "--socket",
                                rig->socket,
                                "-s",
                                rig->state};
    for (gsize i = 0; i < G_N_ELEMENTS(args); i++)
        g_ptr_array_add(rig->args, g_strdup(args[i]));
    g_autofree char *state_dir = rig_path(rig, "state");
    ck_assert_int_eq(g_mkdir(state_dir, 0700), 0);
    rig_configure(rig, settings);
    return rig;
}

void rig_free(Rig *rig)
{
    if (rig->daemon != 0) {
        (void)kill(rig->daemon, SIGKILL); /* a test that failed left it */
        (void)rig_wait(rig);
    }
    if (rig->log_fd >= 0)
        (void)close(rig->log_fd);
    unit_rmdir(rig->dir);
    g_free(rig->conf);
    g_free(rig->state);
    g_free(rig->socket);
    g_string_free(rig->log, TRUE);
    g_ptr_array_unref(rig->args);
    g_free(rig);
}

void rig_start(Rig *rig)
{
    int ends[2];
    ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
    if (rig->log_room_bytes > 0)
        ck_assert_int_eq(fcntl(ends[0], F_SETPIPE_SZ, rig->log_room_bytes), rig->log_room_bytes);
    if (rig->log_fd >= 0)
        (void)close(rig->log_fd);
    rig->log_fd = ends[0];
    rig->awaited = rig->log->len; /* what the last one said is past */
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    for (guint i = 0; i < rig->args->len; i++)
        g_ptr_array_add(argv, rig->args->pdata[i]);
    g_ptr_array_add(argv, NULL);
    posix_spawn_file_actions_t actions;
    (void)posix_spawn_file_actions_init(&actions);
    (void)posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
    int error =
        posix_spawnp(&rig->daemon, argv->pdata[0], &actions, NULL, (char **)argv->pdata, environ);
    (void)posix_spawn_file_actions_destroy(&actions);
    ck_assert_int_eq(error, 0);
    (void)close(ends[1]);
}

/* More of the log; false at its end. Fails the test when nothing comes. */
static bool read_log(Rig *rig, const char *awaited)
{
    struct pollfd pollfd = {rig->log_fd, POLLIN, 0};
    if (poll(&pollfd, 1, AWAIT_MSEC) <= 0)
        ck_abort_msg("'%s' was not said; the daemon said:\n%s", awaited, rig->log->str);
    char buffer[4096];
    ssize_t n = read(rig->log_fd, buffer, sizeof buffer);
    if (n > 0)
        g_string_append_len(rig->log, buffer, n);
    return n > 0;
}

static char *take_line(Rig *rig, const char *at)
{
    const char *start = at;
    while (start > rig->log->str && start[-1] != '\n')
        start--;
    const char *end = strchr(at, '\n');
    rig->awaited = (gsize)(end - rig->log->str) + 1;
    return g_strndup(start, (gsize)(end - start));
}

/* The line with the text, or NULL if the daemon ends before. */
static char *await_line(Rig *rig, const char *text)
{
    for (;;) {
        const char *at = strstr(rig->log->str + rig->awaited, text);
        if (at != NULL && strchr(at, '\n') != NULL)
            return take_line(rig, at);
        if (!read_log(rig, text))
            return NULL;
    }
}

char *rig_await(Rig *rig, const char *text)
{
    char *line = await_line(rig, text);
    if (line == NULL)
        ck_abort_msg("the daemon ended before '%s'; it said:\n%s", text, rig->log->str);
    return line;
}

bool rig_says(Rig *rig, const char *text)
{
    g_autofree char *line = await_line(rig, text);
    return line != NULL;
}

void rig_expect(Rig *rig, const char *text)
{
    g_free(rig_await(rig, text));
}

guint rig_count(const Rig *rig, const char *text)
{
    guint n = 0;
    for (const char *at = rig->log->str; (at = strstr(at, text)) != NULL; at++)
        n++;
    return n;
}

void rig_expect_learnt(Rig *rig, const char *name)
{
    g_autofree char *started = g_strconcat("started: ", name, NULL);
    rig_expect(rig, started);
    rig_expect(rig, "known, ");
    rig_expect(rig, "known, ");
}

void rig_signal(Rig *rig, int number)
{
    ck_assert_int_eq(kill(rig->daemon, number), 0);
}

int rig_wait(Rig *rig)
{
    int status = 0;
    while (waitpid(rig->daemon, &status, 0) < 0)
        ck_assert_int_eq(errno, EINTR);
    rig->daemon = 0;
    return status;
}

void rig_stop(Rig *rig)
{
    rig_signal(rig, SIGTERM);
    while (read_log(rig, "the end"))
        ;
    int status = rig_wait(rig);
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0,
                  "the daemon ended with wait status %d; it said:\n%s", status, rig->log->str);
}

char *rig_dump(Rig *rig)
{
    gsize from = rig->log->len;
    rig_signal(rig, SIGUSR1);
    rig->awaited = MAX(rig->awaited, from);
    rig_expect(rig, "end of model");
    return g_strdup(rig->log->str + from);
}

char *rig_await_dump(Rig *rig, const char *text)
{
    enum { CYCLES_MAX = 45 };
    for (int i = 0;; i++) {
        char *dump = rig_dump(rig);
        if (strstr(dump, text) != NULL)
            return dump;
        ck_assert_msg(i < CYCLES_MAX, "'%s' is not in the model:\n%s", text, dump);
        g_free(dump);
        rig_expect(rig, "known, ");
    }
}

bool rig_start_told(Rig *rig)
{
    rig_start(rig);
    rig_expect(rig, "known, ");
    return rig_count(rig, " are not told (") == 0;
}

char *rig_saved(Rig *rig)
{
    rig_signal(rig, SIGUSR2);
    rig_expect(rig, "saved ");
    char *text = NULL;
    ck_assert(g_file_get_contents(rig->state, &text, NULL, NULL));
    return text;
}

static void copy_file(const char *from, const char *to)
{
    g_autofree char *content = NULL;
    gsize length = 0;
    ck_assert(g_file_get_contents(from, &content, &length, NULL));
    ck_assert(g_file_set_contents_full(to, content, (gssize)length, G_FILE_SET_CONTENTS_DURABLE,
                                       0755, NULL));
}

char *rig_program(const Rig *rig, const char *name)
{
    char *path = rig_path(rig, name);
    copy_file(g_getenv("PRELOAD_MAPPER"), path);
    return path;
}

char *rig_toucher(const Rig *rig, const char *name)
{
    char *path = rig_path(rig, name);
    copy_file(g_getenv("PRELOAD_TOUCHER"), path);
    return path;
}

char *rig_file(const Rig *rig, const char *name, guint mib)
{
    char *path = rig_path(rig, name);
    g_autofree char *content = g_strnfill((gsize)mib << 20, 'x');
    ck_assert(g_file_set_contents_full(path, content, (gssize)mib << 20,
                                       G_FILE_SET_CONTENTS_DURABLE, 0644, NULL));
    return path;
}

App rig_spawn(char *const *argv)
{
    int to[2];
    int from[2];
    ck_assert_int_eq(pipe2(to, O_CLOEXEC), 0);
    ck_assert_int_eq(pipe2(from, O_CLOEXEC), 0);
    posix_spawn_file_actions_t actions;
    (void)posix_spawn_file_actions_init(&actions);
    (void)posix_spawn_file_actions_adddup2(&actions, to[0], STDIN_FILENO);
    (void)posix_spawn_file_actions_adddup2(&actions, from[1], STDOUT_FILENO);
    App app = {.control_fd = to[1], .words_fd = from[0]};
    ck_assert_int_eq(posix_spawn(&app.pid, argv[0], &actions, NULL, argv, environ), 0);
    (void)posix_spawn_file_actions_destroy(&actions);
    (void)close(to[0]);
    (void)close(from[1]);
    return app;
}

void rig_await_word(const App *app)
{
    char byte;
    ck_assert_int_eq(read(app->words_fd, &byte, 1), 1);
}

void rig_say(const App *app)
{
    ck_assert_int_eq(write(app->control_fd, "x", 1), 1);
}

App rig_launch(const char *program, const char *file)
{
    char *argv[] = {(char *)program, (char *)file, NULL};
    App app = rig_spawn(argv);
    rig_await_word(&app);
    return app;
}

void rig_reap(App *app)
{
    int status = 0;
    ck_assert_int_eq(waitpid(app->pid, &status, 0), app->pid);
    ck_assert_int_eq(status, 0);
    (void)close(app->control_fd);
    (void)close(app->words_fd);
}

void rig_close(App *app)
{
    (void)close(app->control_fd);
    app->control_fd = -1;
    rig_reap(app);
}

/* How many pages of a range, cut at the file's end, are in memory; all of it with length 0. */
static size_t count_resident(const char *file, size_t offset, size_t length, size_t *ret_pages)
{
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    struct stat st;
    ck_assert_int_eq(fstat(fd, &st), 0);
    size_t left = (size_t)st.st_size - offset;
    length = length == 0 ? left : MIN(left, length);
    *ret_pages = (length + 4095) / 4096;
    void *map = mmap(NULL, length, PROT_NONE, MAP_SHARED, fd, (off_t)offset);
    ck_assert_ptr_ne(map, MAP_FAILED);
    g_autofree unsigned char *flags = g_malloc(*ret_pages);
    ck_assert_int_eq(mincore(map, length, flags), 0);
    size_t n_resident = 0;
    for (size_t i = 0; i < *ret_pages; i++)
        n_resident += flags[i] & 1;
    (void)munmap(map, length);
    (void)close(fd);
    return n_resident;
}

double rig_resident(const char *file)
{
    size_t n_pages = 0;
    size_t n_resident = count_resident(file, 0, 0, &n_pages);
    return (double)n_resident / (double)n_pages;
}

double rig_resident_block(const char *file, guint block)
{
    size_t n_pages = 0;
    size_t n_resident = count_resident(file, (size_t)block << 16, 1 << 16, &n_pages);
    return (double)n_resident / (double)n_pages;
}

void rig_start_learnt(Rig *rig, guint mib)
{
    g_autofree char *program = rig_program(rig, "application");
    g_autofree char *file = rig_file(rig, "data", mib);
    rig_start(rig);
    rig_expect(rig,
               "known, "); /* it listens: what starts before that is only found, not followed */
    App app = rig_launch(program, file);
    rig_expect_learnt(rig, "application");
    rig_close(&app);
    rig_expect(rig, "ended: application");
}

void rig_drop(const char *file)
{
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    ck_assert_int_eq(fsync(fd), 0);
    ck_assert_int_eq(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED), 0);
    (void)close(fd);
    ck_assert_double_lt(rig_resident(file), 0.01);
}
