/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
/*
 * Processes that mean no good, as any user may start them: the daemon goes on to answer and to feed
 * the watchdog, takes no more memory than before, opens nothing but regular files, and what a name
 * holds reaches nobody's terminal.
 */
#include "ctl.h"
#include "manager.h"
#include "rig.h"
#include "unit.h"
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

/* All that it may ever take, whatever others do: 6 MiB at rest, 19 while it looks at 65,000 regions
 * of a process. */
#define MEMORY_MAX_KIB (48 << 10)
/* The watchdog is to be fed twice in that time. */
#define WATCHDOG_USEC "1000000"

/* To whom the status of each cycle is told: in the log it is then only on request. */
static int listen_as_manager(Rig *rig)
{
    g_ptr_array_insert(rig->args, 1, g_strdup("-V"));
    g_ptr_array_insert(rig->args, 2, g_strdup("6"));
    g_autofree char *path = rig_path(rig, "notify");
    return manager_listen(path, WATCHDOG_USEC);
}

static void await_watchdog(int fd, int times)
{
    manager_forget(fd);
    for (; times > 0; times--)
        manager_await(fd, "WATCHDOG=1");
}

/* What preloadctl says to these words, NULL-terminated. */
static char *ask(const Rig *rig, const char *const *words)
{
    g_autofree char *err = NULL;
    return ctl_run_words(rig, NULL, 0, words, &err);
}

static long memory_kib(const Rig *rig)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/status", rig->daemon);
    g_autofree char *text = NULL;
    ck_assert(g_file_get_contents(path, &text, NULL, NULL));
    const char *line = strstr(text, "VmHWM:");
    ck_assert_ptr_nonnull(line);
    return strtol(line + strlen("VmHWM:"), NULL, 10);
}

/* As if nothing had happened. */
static void expect_well(Rig *rig, int manager)
{
    const char *const status[] = {"status", NULL};
    g_free(ask(rig, status));
    await_watchdog(manager, 2);
    long kib = memory_kib(rig);
    ck_assert_msg(kib < MEMORY_MAX_KIB, "the daemon took %ld KiB", kib);
    printf("at most %ld KiB\n", kib);
}

static void expect_printable(const char *what, const char *text)
{
    ck_assert_msg(g_utf8_validate(text, -1, NULL), "%s is not UTF-8", what);
    for (const char *c = text; *c != '\0'; c++)
        ck_assert_msg(*c == '\n' || !iscntrl((unsigned char)*c), "%s has a character %d: %s", what,
                      *c, text);
}

/* Each line is one of the log's own: it begins with a date. */
static void expect_log_intact(const Rig *rig)
{
    expect_printable("the log", rig->log->str);
    g_auto(GStrv) lines = g_strsplit(rig->log->str, "\n", -1);
    for (char **line = lines; *line != NULL; line++)
        ck_assert_msg(**line == '\0' || g_regex_match_simple("^\\d{4}-\\d\\d-\\d\\d ", *line, 0, 0),
                      "not a line of the log: %s", *line);
}

static char *hostile_program(const Rig *rig, const char *name)
{
    g_autofree char *content = NULL;
    gsize length = 0;
    char *path = rig_path(rig, name);
    ck_assert(g_file_get_contents(g_getenv("PRELOAD_HOSTILE"), &content, &length, NULL));
    ck_assert(g_file_set_contents_full(path, content, (gssize)length, G_FILE_SET_CONTENTS_DURABLE,
                                       0755, NULL));
    return path;
}

static App launch(const char *program, const char *what, const char *argument)
{
    char *argv[] = {(char *)program, (char *)what, (char *)argument, NULL};
    App app = rig_spawn(argv);
    rig_await_word(&app);
    return app;
}

/* Of a newline, of sequences that paint, ring and turn around, of what HTML, JSON and labels of
 * metrics quote. */
#define NAME "e\n2026-01-01 00:00:00 x\033[31m\007\t\"<b>&\\\xe2\x80\xae"

static const struct {
    const char *words[5]; /* NAME stands for the program */
} questions[] = {
    {{"status"}},
    {{"--json", "status"}},
    {{"stats"}},
    {{"stats", "--by", "exe"}},
    {{"--json", "stats", "--by", "exe"}},
    {{"predict"}},
    {{"--json", "predict"}},
    {{"explain", NAME}},
    {{"--json", "explain", NAME}},
    {{"show", NAME}},
    {{"--json", "show", NAME}},
    {{"promote", NAME}},
    {{"pins"}},
    {{"metrics"}},
    {{"report"}},
};

START_TEST(names_do_not_reach_a_terminal)
{
    g_autorig rig = rig_new("promote = *");
    g_autofree char *program = rig_program(rig, NAME);
    g_autofree char *file = rig_file(rig, "f" NAME "\xff", 1);
    rig_start(rig);
    rig_expect(rig, "known, ");
    App app = rig_launch(program, file);
    rig_expect_learnt(rig, "e?2026-01-01 00:00:00 x?[31m");
    rig_close(&app);
    rig_expect(rig, "ended: e?");
    g_free(rig_dump(rig));
    for (gsize i = 0; i < G_N_ELEMENTS(questions); i++) {
        const char *words[G_N_ELEMENTS(questions[i].words) + 1] = {0};
        for (gsize j = 0; j < G_N_ELEMENTS(questions[i].words); j++)
            words[j] =
                g_strcmp0(questions[i].words[j], NAME) == 0 ? program : questions[i].words[j];
        g_autofree char *answer = ask(rig, words);
        expect_printable(words[0], answer);
        ck_assert_msg(strcmp(words[0], "report") != 0 || strstr(answer, "\"<b>&") == NULL,
                      "a name is markup: %s", answer);
        ck_assert_msg(strcmp(words[0], "--json") != 0 || strstr(answer, "\t\"<b>") == NULL,
                      "a name is not quoted: %s", answer);
    }
    g_free(rig_saved(rig));
    rig_stop(rig);
    expect_log_intact(rig);
    rig_start(rig); /* and it comes back from the state */
    rig_expect(rig, "loaded 1 program");
    rig_expect(rig, "known, ");
    rig_stop(rig);
    expect_log_intact(rig);
}
END_TEST

START_TEST(a_process_renames_itself)
{
    g_autorig rig = rig_new(NULL);
    int manager = listen_as_manager(rig);
    g_autofree char *program = hostile_program(rig, "application");
    rig_start(rig);
    rig_expect(rig, "known, ");
    App app = launch(program, "name", NULL);
    g_free(rig_await_dump(rig, "/application: running, launched 1 time"));
    expect_well(rig, manager);
    rig_close(&app);
    rig_stop(rig);
    expect_log_intact(rig);
    (void)close(manager);
}
END_TEST

/* Some of them at once, each with all regions that the kernel grants: 65,530 by default. */
START_TEST(processes_map_a_great_many_regions)
{
    enum { PROCESSES = 8 };
    g_autorig rig = rig_new(NULL);
    int manager = listen_as_manager(rig);
    g_autofree char *file = rig_file(rig, "data", 1);
    App apps[PROCESSES];
    rig_start(rig);
    rig_expect(rig, "known, ");
    for (int i = 0; i < PROCESSES; i++) {
        g_autofree char *name = g_strdup_printf("application-%d", i);
        g_autofree char *program = hostile_program(rig, name);
        apps[i] = launch(program, "regions", file);
    }
    g_free(rig_await_dump(rig, "/application-7: running, launched 1 time"));
    expect_well(rig, manager);
    for (int i = 0; i < PROCESSES; i++)
        rig_close(&apps[i]);
    g_free(rig_await_dump(rig, "/application-7: not running"));
    expect_well(rig, manager);
    rig_stop(rig);
    (void)close(manager);
}
END_TEST

START_TEST(a_process_execs_in_a_loop)
{
    g_autorig rig = rig_new(NULL);
    int manager = listen_as_manager(rig);
    g_autofree char *storm = hostile_program(rig, "storm");
    g_autofree char *program = rig_program(rig, "application");
    g_autofree char *file = rig_file(rig, "data", 1);
    rig_start(rig);
    rig_expect(rig, "known, ");
    App app = launch(storm, "storm", "3000");
    expect_well(rig, manager);
    App other = rig_launch(program, file); /* which is learnt as ever */
    g_free(rig_await_dump(rig, "/application: running, launched 1 time"));
    rig_close(&other);
    rig_close(&app);
    rig_stop(rig);
    (void)close(manager);
}
END_TEST

START_TEST(a_process_opens_what_is_no_file)
{
    g_autorig rig = rig_new(NULL);
    int manager = listen_as_manager(rig);
    g_autofree char *program = hostile_program(rig, "application");
    g_autofree char *fifo = rig_path(rig, "fifo");
    ck_assert_int_eq(mkfifo(fifo, 0600), 0);
    rig_start(rig);
    rig_expect(rig, "known, ");
    App app = launch(program, "odd", fifo);
    g_free(rig_await_dump(rig, "/application: running, launched 1 time"));
    rig_close(&app);
    g_free(rig_await_dump(rig, "/application: not running"));
    expect_well(rig, manager);
    g_autofree char *state = rig_saved(rig);
    ck_assert_ptr_nonnull(strstr(state, "/application\n"));
    ck_assert_ptr_null(strstr(state, "/fifo"));
    ck_assert_ptr_null(strstr(state, "/dev/"));
    rig_stop(rig);
    (void)close(manager);
}
END_TEST

/* The file of that name becomes a link, a FIFO, a device, a directory and a file again, as fast as
 * can be, until it is told to stop. */
typedef struct {
    const Rig *rig;
    const char *path;
    const char *secret;
    int stop; /* g_atomic_int */
    guint n_swaps;
} Swapping;

typedef bool (*Maker)(const Swapping *swapping, const char *path);

static bool make_link(const Swapping *swapping, const char *path)
{
    return symlink(swapping->secret, path) == 0;
}

static bool make_fifo(const Swapping *swapping, const char *path)
{
    return mkfifo(path, 0644) == 0;
}

/* A loop that never ends: not a device's to be opened by chance. Only root makes devices. */
static bool make_device(const Swapping *swapping, const char *path)
{
    return mknod(path, S_IFCHR | 0644, makedev(1, 5)) == 0 || mkfifo(path, 0644) == 0;
}

static bool make_file(const Swapping *swapping, const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    bool made = fd >= 0 && ftruncate(fd, 1 << 20) == 0;
    (void)close(fd);
    return made;
}

static gpointer swap(gpointer data)
{
    static const Maker makers[] = {make_link, make_file,   make_fifo,
                                   make_file, make_device, make_file};
    Swapping *swapping = data;
    g_autofree char *other = rig_path(swapping->rig, "other");
    for (gsize i = 0; g_atomic_int_get(&swapping->stop) == 0; i++) {
        if (!makers[i % G_N_ELEMENTS(makers)](swapping, other) ||
            rename(other, swapping->path) != 0)
            break;
        swapping->n_swaps++;
    }
    return NULL;
}

/* What the daemon has open now. */
static void expect_nothing_odd_open(const Rig *rig)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/fd", rig->daemon);
    g_autoptr(GDir) fds = g_dir_open(path, 0, NULL);
    for (const char *fd = NULL; fds != NULL && (fd = g_dir_read_name(fds)) != NULL;) {
        g_autofree char *link = g_build_filename(path, fd, NULL);
        struct stat st;
        if (stat(link, &st) < 0)
            continue; /* closed meanwhile */
        ck_assert_msg(!S_ISCHR(st.st_mode) || st.st_rdev == makedev(1, 3), "a device is open");
        g_autofree char *target = g_file_read_link(link, NULL);
        ck_assert(target == NULL || !S_ISFIFO(st.st_mode) || g_str_has_prefix(target, "pipe:"));
    }
}

START_TEST(a_file_is_swapped_while_it_is_read)
{
    enum { LOOKS = 20 };
    g_autorig rig = rig_new("promote = application");
    int manager = listen_as_manager(rig);
    g_autofree char *secret = rig_file(rig, "secret", 1);
    rig_start_learnt(rig, 1);
    g_autofree char *file = rig_path(rig, "data");
    rig_drop(secret);
    Swapping swapping = {.rig = rig, .path = file, .secret = secret};
    GThread *thread = g_thread_new("swap", swap, &swapping);
    for (int i = 0; i < LOOKS; i++) {
        await_watchdog(manager, 1);
        expect_nothing_odd_open(rig);
    }
    g_atomic_int_set(&swapping.stop, 1);
    (void)g_thread_join(thread);
    ck_assert_uint_gt(swapping.n_swaps, 100);
    ck_assert_double_eq(rig_resident(secret), 0); /* no link was followed */
    expect_well(rig, manager);
    rig_stop(rig);
    (void)close(manager);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("hostile");
    UNIT_ADD(suite, names_do_not_reach_a_terminal);
    UNIT_ADD(suite, a_process_renames_itself);
    UNIT_ADD(suite, processes_map_a_great_many_regions);
    UNIT_ADD(suite, a_process_execs_in_a_loop);
    UNIT_ADD(suite, a_process_opens_what_is_no_file);
    UNIT_ADD(suite, a_file_is_swapped_while_it_is_read);
    return suite;
}
