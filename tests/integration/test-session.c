/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
/* What a session does to prediction: nothing is read while it is still starting, then the few most
 * likely programs are. There is no logind in the rig: a user's first program begins the session. */
#include "rig.h"
#include "unit.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* In a process that is called like a compositor, whose child is the user's. */
static void be_compositor(const char *program, const char *file)
{
    (void)prctl(PR_SET_NAME, "i3");
    pid_t child = fork();
    if (child == 0) {
        (void)execl(program, program, file, NULL);
        _exit(1);
    }
    int status = 1;
    (void)waitpid(child, &status, 0);
    _exit(status == 0 ? 0 : 1);
}

static App launch_as_user(const char *program, const char *file)
{
    int to[2];
    int from[2];
    ck_assert_int_eq(pipe2(to, O_CLOEXEC), 0);
    ck_assert_int_eq(pipe2(from, O_CLOEXEC), 0);
    App app = {.pid = fork(), .control_fd = to[1], .words_fd = from[0]};
    if (app.pid == 0) {
        (void)close(to[1]);
        (void)dup2(to[0], STDIN_FILENO);
        (void)dup2(from[1], STDOUT_FILENO);
        be_compositor(program, file);
    }
    (void)close(to[0]);
    (void)close(from[1]);
    rig_await_word(&app);
    return app;
}

/* The daemon has learnt "application", and then a user's "desktop" began a session. */
static App given_session(Rig *rig)
{
    rig_start_learnt(rig, 16);
    g_autofree char *program = rig_program(rig, "desktop");
    g_autofree char *file = rig_file(rig, "desktop-data", 1);
    App app = launch_as_user(program, file);
    rig_expect(rig, "started: desktop");
    return app;
}

START_TEST(a_session_that_starts_is_left_alone_and_then_served)
{
    /* What is busy depends on the machine: here it is so at any pressure, and then at none. */
    g_autorig rig =
        rig_new("sessionapart = 0\nsessionwindow = 3600\nbusypressure = 0\nbusyload = 0");
    App app = given_session(rig);
    g_autofree char *file = rig_path(rig, "data");
    rig_drop(file);
    g_free(rig_await_dump(rig, "state: quiet: the session is still starting ("));
    rig_expect(rig, "quiet: the session is still starting (");
    ck_assert_double_eq(rig_resident(file), 0);
    rig_configure(rig, "sessionapart = 0\nsessionwindow = 3600\nsessionmemory = 0\nsessiontop = 1\n"
                       "busypressure = 101\nbusyload = 100000");
    rig_signal(rig, SIGHUP);
    rig_expect(rig, "prediction: session began ");
    g_autofree char *line = rig_await(rig, "read from");
    ck_assert_msg(strstr(line, "s ago: the 1 most likely program in any case; ") != NULL, "%s",
                  line);
    ck_assert_double_eq(rig_resident(file), 1.0);
    rig_close(&app);
    rig_stop(rig);
}
END_TEST

START_TEST(the_window_is_not_longer_than_it_is)
{
    g_autorig rig = rig_new("sessionapart = 0\nsessionwindow = 1\nbusypressure = 0\nbusyload = 0");
    App app = given_session(rig);
    g_autofree char *file = rig_path(rig, "data");
    rig_drop(file);
    rig_expect(rig, "read from");
    g_free(rig_await_dump(rig, "state: as usual"));
    rig_close(&app);
    rig_stop(rig);
}
END_TEST

START_TEST(there_is_a_word_on_logins)
{
    g_autorig rig = rig_new(NULL);
    rig_start(rig);
    rig_expect(rig, "no logins are told of: not started by a service manager; ");
    rig_stop(rig);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("session");
    UNIT_ADD(suite, a_session_that_starts_is_left_alone_and_then_served);
    UNIT_ADD(suite, the_window_is_not_longer_than_it_is);
    UNIT_ADD(suite, there_is_a_word_on_logins);
    return suite;
}
