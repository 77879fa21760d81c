/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
/* What an administrator does with the daemon: signals, configuration, one instance, a full disk's
 * like. */
#include "manager.h"
#include "rig.h"
#include "unit.h"
#include <glib/gstdio.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* A daemon that has learnt one program, which has ended. */
static Rig *given_learnt(const char *settings)
{
    Rig *rig = rig_new(settings);
    rig_start_learnt(rig, 4);
    return rig;
}

START_TEST(usr1_shows_the_model_and_usr2_saves_it)
{
    g_autorig rig = given_learnt(NULL);
    g_autofree char *dump = rig_dump(rig);
    ck_assert_ptr_nonnull(strstr(dump, "cycle = 1"));
    ck_assert_ptr_nonnull(strstr(dump, "/application: not running, launched 1 time, "));
    rig_signal(rig, SIGUSR2);
    rig_expect(rig, "saved 1 program");
    struct stat st;
    ck_assert_int_eq(stat(rig->state, &st), 0);
    ck_assert_int_eq(st.st_mode & 07777, 0600);
    rig_stop(rig);
}
END_TEST

START_TEST(hup_swaps_a_valid_configuration)
{
    g_autorig rig = given_learnt(NULL);
    rig_configure(rig, "exeprefix = !/");
    rig_signal(rig, SIGHUP);
    rig_expect(rig, "configuration reloaded; ");
    rig_expect(rig, "saved 1 program");
    rig_expect(rig, "0 programs known");
    rig_configure(rig, NULL);
    rig_signal(rig, SIGHUP);
    rig_expect(rig, "configuration reloaded; ");
    g_autofree char *program = rig_path(rig, "application");
    g_autofree char *file = rig_path(rig, "data");
    App app = rig_launch(program, file);
    rig_expect_learnt(rig, "application");
    rig_close(&app);
    rig_stop(rig);
}
END_TEST

START_TEST(a_pause_in_scanning_is_no_stop)
{
    g_autorig rig = rig_new(NULL);
    g_autofree char *program = rig_program(rig, "application");
    g_autofree char *file = rig_file(rig, "data", 4);
    rig_start(rig);
    App app = rig_launch(program, file);
    rig_expect_learnt(rig, "application");
    rig_configure(rig, "doscan = false");
    rig_signal(rig, SIGHUP);
    rig_expect(rig, "configuration reloaded; ");
    g_autofree char *paused = rig_dump(rig);
    ck_assert_ptr_nonnull(strstr(paused, "/application: not running, launched 1 time, "));
    rig_configure(rig, NULL);
    rig_signal(rig, SIGHUP);
    rig_expect(rig, "1 program known, 1 running");
    g_autofree char *dump = rig_dump(rig);
    ck_assert_ptr_nonnull(strstr(dump, "/application: running, launched 1 time, "));
    rig_close(&app);
    rig_expect(rig, "ended: application");
    rig_stop(rig);
}
END_TEST

START_TEST(hup_with_a_broken_configuration_changes_nothing)
{
    g_autorig rig = given_learnt(NULL);
    ck_assert(g_file_set_contents(rig->conf, "[model\ncycle = 5\n", -1, NULL));
    rig_signal(rig, SIGHUP);
    rig_expect(rig, "the configuration stays as it was");
    rig_expect(rig, "1 program known");
    g_autofree char *dump = rig_dump(rig);
    ck_assert_ptr_nonnull(strstr(dump, "cycle = 1"));
    rig_stop(rig);
}
END_TEST

START_TEST(one_instance_a_state_file)
{
    g_autorig rig = given_learnt(NULL);
    rig_signal(rig, SIGUSR2); /* so that the first one surely has the lock */
    rig_expect(rig, "saved");
    g_autorig second = rig_new(NULL);
    g_free(second->args->pdata[second->args->len - 1]);
    second->args->pdata[second->args->len - 1] = g_strdup(rig->state);
    rig_start(second);
    rig_expect(second, "preload: ");
    int status = rig_wait(second);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 1);
    ck_assert_uint_eq(rig_count(second, "\n"), 1); /* one clear line */
    rig_stop(rig);
}
END_TEST

START_TEST(a_damaged_state_is_set_aside_and_the_last_good_one_loaded)
{
    g_autorig rig = given_learnt(NULL);
    rig_signal(rig, SIGUSR2);
    rig_expect(rig, "saved 1 program");
    rig_stop(rig); /* saves again: now there is a generation before */
    g_autofree char *text = NULL;
    gsize length = 0;
    ck_assert(g_file_get_contents(rig->state, &text, &length, NULL));
    text[length / 2] ^= 4;
    ck_assert(g_file_set_contents(rig->state, text, (gssize)length, NULL));
    rig_start(rig);
    rig_expect(rig, "set aside as ");
    rig_expect(rig, "loaded 1 program");
    rig_expect(rig, "1 program known");
    rig_stop(rig);
    g_autofree char *dir = g_path_get_dirname(rig->state);
    g_autoptr(GDir) listing = g_dir_open(dir, 0, NULL);
    guint n_bad = 0;
    for (const char *name = NULL; (name = g_dir_read_name(listing)) != NULL;)
        n_bad += strstr(name, ".bad-") != NULL;
    ck_assert_uint_eq(n_bad, 1);
}
END_TEST

START_TEST(a_state_that_cannot_be_written_is_one_line_and_the_rest_goes_on)
{
    g_autorig rig = rig_new(NULL);
    g_free(rig->args->pdata[rig->args->len - 1]);
    rig->args->pdata[rig->args->len - 1] = g_strdup("/proc/nowhere/preload.state");
    rig_start(rig);
    rig_expect(rig, "programs known");
    ck_assert_uint_eq(rig_count(rig, "lost when preload ends"), 1);
    rig_stop(rig);
}
END_TEST

START_TEST(a_later_versions_state_is_left_untouched)
{
    g_autorig rig = rig_new(NULL);
    const char *later = "PRELOAD-STATE\t99\tsomething new\n";
    ck_assert(g_file_set_contents(rig->state, later, -1, NULL));
    rig_start(rig);
    rig_expect(rig, "left untouched");
    rig_expect(rig, "programs known");
    rig_stop(rig);
    g_autofree char *after = NULL;
    ck_assert(g_file_get_contents(rig->state, &after, NULL, NULL));
    ck_assert_str_eq(after, later);
}
END_TEST

START_TEST(a_state_of_0_6_4_is_imported_and_kept)
{
    g_autorig rig = rig_new(NULL);
    const char *old = "PRELOAD\t0.6.4\t1000\n"
                      "MAP\t1\t5\t0\t4096\t-1\tfile:///nowhere/lib\n"
                      "EXE\t1\t5\t100\t-1\tfile:///nowhere/exe\n"
                      "EXEMAP\t1\t1\t1\n"
                      "nonsense\n";
    ck_assert(g_file_set_contents(rig->state, old, -1, NULL));
    rig_start(rig);
    rig_expect(rig, "1 MAP, 1 EXE, 1 EXEMAP, 0 MARKOV lines; 1 line could not be used, the first "
                    "is line 5");
    rig_expect(rig, "programs known");
    rig_stop(rig);
    g_autofree char *kept = g_strconcat(rig->state, ".before-1.0", NULL);
    g_autofree char *text = NULL;
    ck_assert(g_file_get_contents(kept, &text, NULL, NULL));
    ck_assert_str_eq(text, old);
    g_free(g_steal_pointer(&text));
    ck_assert(g_file_get_contents(rig->state, &text, NULL, NULL));
    ck_assert(g_str_has_prefix(text, "PRELOAD-STATE\t3\t"));
}
END_TEST

START_TEST(a_configuration_that_cannot_be_used_ends_the_start)
{
    g_autorig rig = rig_new(NULL);
    ck_assert(g_file_set_contents(rig->conf, "no key file", -1, NULL));
    rig_start(rig);
    int status = rig_wait(rig);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 78);
}
END_TEST

START_TEST(the_service_manager_is_told)
{
    char *dir = unit_mkdir();
    g_autofree char *path = g_build_filename(dir, "notify", NULL);
    int fd = manager_listen(path, "400000");
    g_autorig rig = rig_new(NULL);
    rig_start(rig);
    rig_expect(rig, "preload ");
    manager_await(fd, "READY=1");
    manager_await(fd, "WATCHDOG=1");
    manager_await(fd, "STATUS=0 programs known");
    rig_signal(rig, SIGHUP);
    manager_await(fd, "RELOADING=1");
    manager_await(fd, "READY=1");
    rig_signal(rig, SIGTERM);
    manager_await(fd, "STOPPING=1");
    ck_assert_int_eq(rig_wait(rig), 0);
    (void)close(fd);
    unit_rmdir(dir);
}
END_TEST

/* It has more to say of its configuration than its log takes: until that is read, it is still
 * starting. */
START_TEST(an_end_while_it_starts_is_a_clean_one)
{
    enum { LOG_ROOM_BYTES = 4096, MISTAKES = 100 };
    g_autoptr(GString) mistakes = g_string_new(NULL);
    for (int i = 0; i < MISTAKES; i++)
        g_string_append_printf(mistakes, "no-key-of-that-name-%d = 1\n", i);
    g_autorig rig = rig_new(mistakes->str);
    rig->log_room_bytes = LOG_ROOM_BYTES;
    rig_start(rig);
    struct pollfd said = {rig->log_fd, POLLIN, 0};
    ck_assert_int_eq(poll(&said, 1, -1), 1);
    rig_stop(rig);
    ck_assert_uint_eq(rig_count(rig, "preload stopped"), 1);
}
END_TEST

START_TEST(as_a_daemon_it_goes_to_the_background)
{
    g_autorig rig = rig_new(NULL);
    g_autofree char *log = rig_path(rig, "log");
    g_ptr_array_remove_index(rig->args, 1); /* -f */
    g_free(rig->args->pdata[2]);
    rig->args->pdata[2] = g_strdup(log); /* -l */
    rig_start(rig);
    int status = rig_wait(rig);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    /* the one in the background holds the lock: a second one is refused until it ends */
    g_autofree char *text = NULL;
    for (int i = 0; i < 600 && (text == NULL || strstr(text, "started") == NULL); i++) {
        g_free(g_steal_pointer(&text));
        (void)g_file_get_contents(log, &text, NULL, NULL);
        g_usleep(10000);
    }
    ck_assert_ptr_nonnull(strstr(text, "started"));
    struct stat st;
    ck_assert_int_eq(stat(log, &st), 0);
    ck_assert_int_eq(st.st_mode & 07777, 0600);
    g_autofree char *quoted = g_shell_quote(rig->conf);
    g_autofree char *command = g_strdup_printf("pkill -TERM -f -- %s", quoted);
    ck_assert(g_spawn_command_line_sync(command, NULL, NULL, NULL, NULL));
}
END_TEST

/* Field 19 of /proc/PID/task/TID/stat, counted from behind the name (proc_pid_stat(5)). */
static int nice_of(const char *task)
{
    g_autofree char *path = g_build_filename(task, "stat", NULL);
    g_autofree char *text = NULL;
    ck_assert(g_file_get_contents(path, &text, NULL, NULL));
    g_auto(GStrv) fields = g_strsplit(strrchr(text, ')') + 2, " ", 20);
    return atoi(fields[16]);
}

/* How many threads of that name there are, each with that nice value and I/O class. */
static int count_threads(pid_t pid, const char *name, int nice, int class)
{
    g_autofree char *tasks = g_strdup_printf("/proc/%d/task", pid);
    g_autoptr(GDir) dir = g_dir_open(tasks, 0, NULL);
    ck_assert_ptr_nonnull(dir);
    int found = 0;
    for (const char *tid = NULL; (tid = g_dir_read_name(dir)) != NULL;) {
        g_autofree char *task = g_build_filename(tasks, tid, NULL);
        g_autofree char *path = g_build_filename(task, "comm", NULL);
        g_autofree char *comm = NULL;
        ck_assert(g_file_get_contents(path, &comm, NULL, NULL));
        if (strcmp(g_strchomp(comm), name) != 0)
            continue;
        found++;
        ck_assert_int_eq(nice_of(task), nice);
        ck_assert_int_eq(syscall(SYS_ioprio_get, 1, atoi(tid)) >> 13, class);
    }
    return found;
}

/* A thread gives itself its name, when it first runs. */
static void check_threads(pid_t pid, const char *name, int n, int nice, int class)
{
    int found = count_threads(pid, name, nice, class);
    for (int i = 0; i < 600 && found < n; i++) {
        g_usleep(10000);
        found = count_threads(pid, name, nice, class);
    }
    ck_assert_int_eq(found, n);
}

START_TEST(threads_that_a_launch_waits_for_have_normal_priority)
{
    enum { CLASS_IDLE = 3 }; /* ioprio_get(2): in the upper three of 16 bits */
    int ours = getpriority(PRIO_PROCESS, 0);
    int class = (int)syscall(SYS_ioprio_get, 1, 0) >> 13;
    if (ours >= 15)
        unit_skip("runs at a nice value of 15 or more itself");
    g_autorig rig = rig_new(NULL);
    rig_start(rig);
    rig_expect(rig, "0 programs known"); /* a cycle, for which the reader was up */
    check_threads(rig->daemon, "observer", 1, ours, class);
    check_threads(rig->daemon, "assistant", 3, ours, class);
    check_threads(rig->daemon, "preload", 1, ours, class); /* hands launches over */
    check_threads(rig->daemon, "saver", 1, 15, class);
    check_threads(rig->daemon, "reader", 1, 15, CLASS_IDLE);
    rig_stop(rig);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("operate");
    UNIT_ADD(suite, usr1_shows_the_model_and_usr2_saves_it);
    UNIT_ADD(suite, hup_swaps_a_valid_configuration);
    UNIT_ADD(suite, a_pause_in_scanning_is_no_stop);
    UNIT_ADD(suite, hup_with_a_broken_configuration_changes_nothing);
    UNIT_ADD(suite, one_instance_a_state_file);
    UNIT_ADD(suite, a_damaged_state_is_set_aside_and_the_last_good_one_loaded);
    UNIT_ADD(suite, a_state_that_cannot_be_written_is_one_line_and_the_rest_goes_on);
    UNIT_ADD(suite, a_later_versions_state_is_left_untouched);
    UNIT_ADD(suite, a_state_of_0_6_4_is_imported_and_kept);
    UNIT_ADD(suite, a_configuration_that_cannot_be_used_ends_the_start);
    UNIT_ADD(suite, the_service_manager_is_told);
    UNIT_ADD(suite, an_end_while_it_starts_is_a_clean_one);
    UNIT_ADD(suite, as_a_daemon_it_goes_to_the_background);
    UNIT_ADD(suite, threads_that_a_launch_waits_for_have_normal_priority);
    return suite;
}
