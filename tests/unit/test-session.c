/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "fake-logind.h"
#include "given-prophet.h"

#define APART_SEC 600 /* the default of sessionapart */
#include "service/session.h"

/* As much of a daemon as a session needs. */
typedef struct {
    char *directory;
    char *log_path;
    uint64_t awake_usec;
    uint64_t slept_usec;
    Clock clock;
    Daemon daemon;
    Session *session;
} Fixture;

static uint64_t awake_of(void *data)
{
    return ((const Fixture *)data)->awake_usec;
}

static uint64_t lasting_of(void *data)
{
    const Fixture *f = data;
    return f->awake_usec + f->slept_usec;
}

static Fixture *fixture_new(uint64_t uptime_sec, bool logind)
{
    Fixture *f = g_new0(Fixture, 1);
    f->directory = unit_mkdir();
    f->log_path = g_build_filename(f->directory, "log", NULL);
    f->awake_usec = uptime_sec * SEC;
    f->clock = (Clock){.awake_usec = awake_of, .lasting_usec = lasting_of, .data = f};
    f->daemon.clock = &f->clock;
    f->daemon.config = config_load("", NULL, NULL);
    f->daemon.log = log_new(f->log_path, LEVEL_INFO, NULL);
    ck_assert(f->daemon.config != NULL && f->daemon.log != NULL);
    f->daemon.model = given_three();
    f->daemon.prophet = prophet_new(f->daemon.model, &given_rules);
    const QueueSetup setup = {.sys_path = "/sys", .mountinfo_path = "/proc/self/mountinfo"};
    f->daemon.queue = queue_new(&setup);
    f->daemon.residency = residency_new();
    f->session = session_new(&f->daemon, logind ? fake_logins() : NULL);
    return f;
}

static void fixture_free(Fixture *f)
{
    session_free(f->session);
    queue_free(f->daemon.queue);
    residency_free(f->daemon.residency);
    prophet_free(f->daemon.prophet);
    model_free(f->daemon.model);
    log_free(f->daemon.log);
    config_unref(f->daemon.config);
    unit_rmdir(f->directory);
    g_free(f->log_path);
    g_free(f);
    ck_assert_int_eq(fake.n_monitors, 0);
}

static uint32_t sessions_of(const Fixture *f)
{
    return f->daemon.model->launches.session;
}

static bool is_logged(const Fixture *f, const char *text)
{
    g_autofree char *log = NULL;
    ck_assert(g_file_get_contents(f->log_path, &log, NULL, NULL));
    return strstr(log, text) != NULL;
}

/* The stance that a pass of that much disk pressure leads to. */
static StanceKind stance_at(Fixture *f, double io_percent)
{
    g_autoptr(Observation) pass = given_pass("", "");
    pass->memory = (Meminfo){.total_bytes = 1000 * MIB, .available_bytes = 500 * MIB};
    pass->memory_known = true;
    pass->pressure.told[PRESSURE_IO] = true;
    pass->pressure.some_percent[PRESSURE_IO] = io_percent;
    return session_stance(f->session, pass).kind;
}

static void later(Fixture *f, uint64_t sec)
{
    f->awake_usec += sec * SEC;
}

START_TEST(a_boot_begins_a_session_and_a_restart_does_not)
{
    Fixture *booted = fixture_new(60, true);
    ck_assert_uint_eq(sessions_of(booted), 1);
    ck_assert_int_eq(stance_at(booted, 50), STANCE_QUIET);
    ck_assert_int_eq(stance_at(booted, 0), STANCE_WINDOW);
    later(booted, 180);
    ck_assert_int_eq(stance_at(booted, 50), STANCE_NORMAL);
    fixture_free(booted);
    Fixture *late = fixture_new(180, true); /* when most of it is over, so is the window */
    ck_assert_uint_eq(sessions_of(late), 1);
    ck_assert_int_eq(stance_at(late, 50), STANCE_NORMAL);
    fixture_free(late);
    Fixture *restarted = fixture_new(600, true);
    ck_assert_uint_eq(sessions_of(restarted), 0);
    ck_assert_int_eq(stance_at(restarted, 50), STANCE_NORMAL);
    fixture_free(restarted);
}
END_TEST

START_TEST(a_login_begins_a_session)
{
    Fixture *f = fixture_new(3600, true);
    session_look(f->session);
    ck_assert_uint_eq(sessions_of(f), 0);
    fake_begin("7\x1b", "user", "wayland", 0);
    session_look(f->session);
    ck_assert_uint_eq(sessions_of(f), 1);
    ck_assert(is_logged(f, "user 1000 logged in (session 7?, graphical)"));
    later(f, 20);
    ck_assert_int_eq(stance_at(f, 0), STANCE_WINDOW);
    g_autofree char *state = session_describe(f->session);
    ck_assert_str_eq(state,
                     "state: session began 20 s ago: the 5 most likely programs in any case");
    ck_assert(
        is_logged(f, "prediction: session began 20 s ago: the 5 most likely programs in any case"));
    later(f, 160);
    ck_assert_int_eq(stance_at(f, 0), STANCE_NORMAL);
    ck_assert(is_logged(f, "prediction: as usual"));
    fixture_free(f);
}
END_TEST

START_TEST(who_logs_in_again_and_again_begins_one_session)
{
    static const char *const ids[] = {"1", "2", "3", "4", "5"};
    Fixture *f = fixture_new(60, true);
    for (guint i = 0; i < G_N_ELEMENTS(ids); i++) {
        fake_begin(ids[i], "user", "tty", 0);
        session_look(f->session);
        ck_assert_uint_eq(sessions_of(f), 2); /* after that of the boot */
        later(f, 100);
    }
    ck_assert_int_eq(stance_at(f, 0), STANCE_NORMAL);
    later(f, APART_SEC - 500);
    fake_begin("6", "user", "tty", 0);
    session_look(f->session);
    ck_assert_uint_eq(sessions_of(f), 3);
    fixture_free(f);
}
END_TEST

START_TEST(logind_wakes_the_main_loop)
{
    Fixture *f = fixture_new(3600, true);
    fake_begin("1", "user", "x11", 0);
    while (sessions_of(f) == 0) /* or the test's time runs out */
        (void)g_main_context_iteration(NULL, TRUE);
    ck_assert_int_eq(fake.n_flushed, 1);
    fixture_free(f);
}
END_TEST

START_TEST(a_look_that_is_due_ends_with_the_session)
{
    Fixture *f = fixture_new(3600, true);
    fake_begin("1", "user", "x11", 0);
    while (fake.n_flushed == 0)
        (void)g_main_context_iteration(NULL, TRUE);
    fixture_free(f);
}
END_TEST

/* What is ours of /a.data, and how long the machine sleeps. */
static void given_ours(Fixture *f)
{
    BlockSet blocks = BLOCK_SET_NULL;
    (void)block_set_add_run(&blocks, 0, 16);
    metrics_note_read(f->daemon.model, "/a.data", &blocks);
    block_set_clear(&blocks);
    ck_assert_uint_eq(model_find_map(f->daemon.model, "/a.data")->ours.n_runs, 1);
}

static void when_looked(Fixture *f)
{
    session_look(f->session);
    while (queue_busy(f->daemon.queue))
        (void)g_main_context_iteration(NULL, TRUE);
}

START_TEST(after_sleep_what_was_lost_is_noticed)
{
    Fixture *f = fixture_new(3600, true);
    given_ours(f);
    f->slept_usec += 7200 * SEC;
    later(f, 3);
    when_looked(f);
    ck_assert(is_logged(
        f, "the machine slept for 7200 s: of 1.0 MiB that had been read ahead 1.0 MiB were lost"));
    ck_assert_uint_eq(model_find_map(f->daemon.model, "/a.data")->ours.n_runs, 0);
    ck_assert_uint_eq(f->daemon.model->metrics.wasted_bytes, 0);
    ck_assert_uint_eq(sessions_of(f), 0); /* it goes on */
    ck_assert_int_eq(stance_at(f, 50), STANCE_QUIET);
    ck_assert_int_eq(stance_at(f, 0), STANCE_NORMAL);
    later(f, 180);
    ck_assert_int_eq(stance_at(f, 50), STANCE_NORMAL);
    fixture_free(f);
}
END_TEST

START_TEST(clocks_that_drift_are_no_sleep)
{
    Fixture *f = fixture_new(3600, true);
    given_ours(f);
    for (int i = 0; i < 10; i++) {
        f->slept_usec += 900000;
        when_looked(f);
    }
    ck_assert(!is_logged(f, "slept"));
    ck_assert_uint_eq(model_find_map(f->daemon.model, "/a.data")->ours.n_runs, 1);
    f->slept_usec = 0; /* backwards */
    when_looked(f);
    ck_assert(!is_logged(f, "slept"));
    fixture_free(f);
}
END_TEST

static void when_started(Fixture *f, const char *path, Origin origin)
{
    g_autoptr(ExeKey) key = exe_key_new(path, NULL);
    g_autoptr(Observation) observation = observation_new();
    observation_add_started(observation, key, origin);
    session_note_started(f->session, observation);
    model_observe(f->daemon.model, observation);
}

static void when_stopped(Fixture *f, const char *path)
{
    g_autoptr(Observation) observation = given_pass("", path);
    session_note_started(f->session, observation);
    model_observe(f->daemon.model, observation);
}

static const uint64_t uptimes_sec[] = {30, 3600};

START_TEST(without_logind_the_first_program_of_a_user_begins_a_session)
{
    Fixture *f = fixture_new(uptimes_sec[_i], false);
    uint32_t before = sessions_of(f);
    when_started(f, "/c", ORIGIN_AUTOMATED);
    ck_assert_uint_eq(sessions_of(f), before);
    if (uptimes_sec[_i] >= APART_SEC)
        later(f, APART_SEC); /* a session might have been under way */
    when_started(f, "/a", ORIGIN_USER);
    ck_assert_uint_eq(sessions_of(f), before + 1);
    later(f, 100000);
    when_started(f, "/b", ORIGIN_USER); /* /a runs */
    ck_assert_uint_eq(sessions_of(f), before + 1);
    when_stopped(f, "/a");
    when_stopped(f, "/b");
    later(f, APART_SEC - 1);
    when_started(f, "/b", ORIGIN_USER); /* just a pause */
    ck_assert_uint_eq(sessions_of(f), before + 1);
    when_stopped(f, "/b");
    later(f, APART_SEC);
    when_started(f, "/a", ORIGIN_USER);
    ck_assert_uint_eq(sessions_of(f), before + 2);
    fixture_free(f);
}
END_TEST

START_TEST(a_restart_in_a_session_begins_none)
{
    Fixture *f = fixture_new(3600, false);
    when_started(f, "/a", ORIGIN_USER);
    ck_assert_uint_eq(sessions_of(f), 0);
    fixture_free(f);
}
END_TEST

START_TEST(with_logind_programs_begin_none)
{
    Fixture *f = fixture_new(3600, true);
    when_started(f, "/a", ORIGIN_USER);
    ck_assert_uint_eq(sessions_of(f), 0);
    fixture_free(f);
}
END_TEST

START_TEST(a_battery_is_told_once)
{
    Fixture *f = fixture_new(3600, true);
    g_autoptr(Observation) pass = given_pass("", "");
    pass->on_battery = true;
    ck_assert(session_stance(f->session, pass).reduced);
    ck_assert(is_logged(f, "prediction: on battery, reduced"));
    ck_assert(session_stance(f->session, pass).reduced);
    g_autofree char *log = NULL;
    ck_assert(g_file_get_contents(f->log_path, &log, NULL, NULL));
    ck_assert_ptr_null(strstr(strstr(log, "on battery") + 1, "on battery"));
    pass->on_battery = false;
    ck_assert(!session_stance(f->session, pass).reduced);
    ck_assert(is_logged(f, "prediction: as usual"));
    fixture_free(f);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("session");
    UNIT_ADD(suite, a_boot_begins_a_session_and_a_restart_does_not);
    UNIT_ADD(suite, a_login_begins_a_session);
    UNIT_ADD(suite, who_logs_in_again_and_again_begins_one_session);
    UNIT_ADD(suite, logind_wakes_the_main_loop);
    UNIT_ADD(suite, a_look_that_is_due_ends_with_the_session);
    UNIT_ADD(suite, after_sleep_what_was_lost_is_noticed);
    UNIT_ADD(suite, clocks_that_drift_are_no_sleep);
    UNIT_ADD_ROWS(suite, without_logind_the_first_program_of_a_user_begins_a_session, uptimes_sec);
    UNIT_ADD(suite, a_restart_in_a_session_begins_none);
    UNIT_ADD(suite, with_logind_programs_begin_none);
    UNIT_ADD(suite, a_battery_is_told_once);
    return suite;
}
