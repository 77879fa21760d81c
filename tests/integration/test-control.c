/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
/* The control object and preloadctl, by the real daemon's socket: what each command says, who may
 * do what, and what hostile clients can do, which is nothing. */
#include "base/fd.h"
#include "ctl.h"
#include "rig.h"
#include "unit.h"
#include <errno.h>
#include <gio/gio.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* A sanitizer keeps for a while what was freed: then the daemon's memory says nothing. */
#ifndef __has_feature
#define __has_feature(feature) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#define INSTRUMENTED 1
#else
#define INSTRUMENTED 0
#endif

static char *ctl(const Rig *rig, int status, const char *words)
{
    return ctl_as(rig, NULL, status, words);
}

static void expect_ctl(const Rig *rig, GSpawnChildSetupFunc who, int status, const char *words,
                       const char *said)
{
    g_autofree char *out = ctl_as(rig, who, status, words);
    ck_assert_msg(strstr(out, said) != NULL, "'%s' did not say '%s', but: %s", words, said, out);
}

static const struct {
    const char *words;
    int status;
    const char *said;
} commands[] = {
    {"status", 0, "preload 1.0.0: "},
    {"status", 0, "1 program, "},
    {"status --json", 0, "\"programs\" : 1"},
    {"stats", 0, "in all"},
    {"stats --by exe", 0, "application"},
    {"stats --by exe --json", 0, "/application\""},
    {"stats --by day", 0, "in memory"},
    {"predict", 0, "application"},
    {"predict --json", 0, "\"chance\" : "},
    {"explain application", 0, "launched 1 time ("},
    {"explain application --json", 0, "\"reasons\" : ["},
    {"show application", 0, "/data"},
    {"show application --json", 0, "\"files\" : ["},
    {"show no-such", 1, "no program 'no-such' is known"},
    {"pause 2h", 0, "paused for 2 h: nothing is read ahead until then"},
    {"pause 2h --json", 0, "\"done\" : true"},
    {"pause 0", 64, "takes a time"},
    {"pause 8d", 64, "takes a time"},
    {"resume", 0, "reading ahead"},
    {"promote application", 0, "application is read ahead before others"},
    {"demote application", 0, "application is read ahead after others"},
    {"ignore /no/such/program", 0, "program is ignored"},
    {"ignore no-such", 1, "no program 'no-such' is known"},
    {"dump", 0, "in the log"},
    {"save", 0, "is being saved"},
    {"reload", 0, "was read again"},
    {"metrics", 0, "\npreload_programs 1\n"},
    {"metrics", 0, "# EOF\n"},
    {"metrics --json", 0, "\"totals\" : ["},
    {"report", 0, "<!DOCTYPE html>"},
    {"report", 0, "<bdi>application</bdi>"},
    {"report --json", 0, "\"launches\" : ["},
    {"top", 1, "needs a terminal"},
    {"frobnicate", 64, "there is no command 'frobnicate'"},
    {"forget application", 0, "application is forgotten"},
    {"show application", 1, "no program 'application' is known"},
    {"ignore application", 1, "no program 'application' is known"},
};

/* In this order, of one daemon. */
START_TEST(each_command_answers)
{
    g_autorig rig = rig_new(NULL);
    rig_start_learnt(rig, 1);
    for (gsize i = 0; i < G_N_ELEMENTS(commands); i++)
        expect_ctl(rig, NULL, commands[i].status, commands[i].words, commands[i].said);
    rig_stop(rig);
}
END_TEST

/* Of a file that everybody could read, too: it says what people run. */
START_TEST(a_report_is_for_its_owner)
{
    g_autorig rig = rig_new(NULL);
    rig_start_learnt(rig, 1);
    g_autofree char *path = unit_write(rig->dir, "report.html", "old", -1);
    ck_assert_int_eq(chmod(path, 0644), 0);
    g_autofree char *words = g_strdup_printf("report --output %s", path);
    g_free(ctl(rig, 0, words));
    struct stat st;
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_int_eq(st.st_mode & 0777, 0600);
    g_autofree char *page = NULL;
    ck_assert(g_file_get_contents(path, &page, NULL, NULL));
    ck_assert(g_str_has_suffix(page, "</html>\n"));
    ck_assert_ptr_nonnull(strstr(page, "application"));
    rig_stop(rig);
}
END_TEST

START_TEST(health_tells_by_its_status_too)
{
    g_autorig rig = rig_new("assist = false");
    rig_start(rig);
    rig_expect(rig, "known, ");
    expect_ctl(rig, NULL, 1, "health", "set assist = true");
    rig_configure(rig, "dopredict = false");
    g_free(ctl(rig, 0, "reload"));
    expect_ctl(rig, NULL, 2, "health", "set dopredict = true");
    rig_stop(rig);
    expect_ctl(rig, NULL, 2, "health", "does not answer");
    expect_ctl(rig, NULL, 69, "status", "does not answer");
    expect_ctl(rig, NULL, 69, "metrics", "preload_up 0");
    ck_assert_int_ne(access(rig->socket, F_OK), 0);
}
END_TEST

START_TEST(a_broken_configuration_is_refused)
{
    g_autorig rig = rig_new(NULL);
    rig_start(rig);
    rig_expect(rig, "known, ");
    ck_assert(g_file_set_contents(rig->conf, "nonsense", -1, NULL));
    expect_ctl(rig, NULL, 1, "reload", "the configuration stays as it was");
    rig_stop(rig);
}
END_TEST

START_TEST(a_pause_reads_nothing_and_learns)
{
    g_autorig rig = rig_new(NULL);
    rig_start_learnt(rig, 4);
    g_free(ctl(rig, 0, "pause 1h"));
    rig_expect(rig, "paused for 3600 s by user ");
    expect_ctl(rig, NULL, 0, "status", "paused: learning only (for 1 h)");
    rig_expect(rig, "; paused");
    g_autofree char *program = rig_path(rig, "application");
    g_autofree char *file = rig_path(rig, "data");
    App app = rig_launch(program, file);
    rig_expect(rig, "started: application");
    rig_close(&app);
    rig_expect(rig, "ended: application");
    ck_assert_uint_eq(rig_count(rig, "application starts: "), 0);
    g_free(ctl(rig, 0, "resume"));
    rig_expect(rig, "resumed by user ");
    g_free(ctl(rig, 0, "pause 1s"));
    rig_expect(rig, "the pause is over");
    rig_stop(rig);
}
END_TEST

START_TEST(what_was_said_is_kept)
{
    g_autorig rig = rig_new(NULL);
    rig_start_learnt(rig, 1);
    g_free(ctl(rig, 0, "promote application"));
    rig_expect(rig, "is promoted, says user ");
    g_free(ctl(rig, 0, "save"));
    rig_expect(rig, "saved 1 program");
    g_autofree char *state = NULL;
    ck_assert(g_file_get_contents(rig->state, &state, NULL, NULL));
    ck_assert_ptr_nonnull(strstr(state, "WORD\tpromote\t-\t"));
    g_free(ctl(rig, 0, "ignore application"));
    expect_ctl(rig, NULL, 1, "show application", "no program");
    rig_stop(rig);
}
END_TEST

static const struct {
    const char *words;
    int status;
    const char *said;
} unprivileged[] = {
    {"status", 0, "preload 1.0.0: "},
    {"stats", 0, "in all"},
    {"stats --by day", 0, "in memory"},
    {"metrics", 0, "preload_programs 1"},
    {"report", 0, "is shown to root only"},
    {"stats --by exe", 1, "is shown to root only"},
    {"predict", 1, "is shown to root only"},
    {"explain application", 1, "is shown to root only"},
    {"show application", 1, "is shown to root only"},
    {"pause 1h", 1, "only root may change that"},
    {"resume", 1, "only root may change that"},
    {"promote application", 1, "only root may change that"},
    {"demote application", 1, "only root may change that"},
    {"ignore application", 1, "only root may change that"},
    {"forget application", 1, "only root may change that"},
    {"dump", 1, "only root may change that"},
    {"save", 1, "only root may change that"},
    {"reload", 1, "only root may change that"},
    {"pins", 1, "is shown to root only"},
    {"pin /etc/passwd", 1, "only root may change that"},
    {"unpin /etc/passwd", 1, "only root may change that"},
    {"warm --queue /etc/shadow", 1, "Permission denied"}, /* what he may open, he may have read */
};

START_TEST(others_read_numbers_and_change_nothing)
{
    if (geteuid() != 0)
        unit_skip("not root, so nobody else to be");
    g_autorig rig = rig_new(NULL);
    rig_start_learnt(rig, 1);
    g_free(rig_dump(rig));
    for (gsize i = 0; i < G_N_ELEMENTS(unprivileged); i++) {
        g_autofree char *said =
            ctl_as(rig, ctl_become_nobody, unprivileged[i].status, unprivileged[i].words);
        ck_assert_msg(strstr(said, unprivileged[i].said) != NULL, "'%s' said: %s",
                      unprivileged[i].words, said);
        ck_assert_ptr_null(strstr(said, rig->dir));
    }
    ck_assert_uint_eq(rig_count(rig, "paused for"), 0);
    ck_assert_uint_eq(rig_count(rig, "saved "), 0);
    ck_assert_uint_eq(rig_count(rig, "reloaded"), 0);
    ck_assert_uint_eq(rig_count(rig, "says user"), 0);
    rig_stop(rig);
}
END_TEST

START_TEST(watch_tells_of_a_launch)
{
    g_autorig rig = rig_new(NULL);
    if (!rig_start_told(rig)) {
        rig_stop(rig);
        unit_skip("events are not permitted");
    }
    g_autofree char *program = rig_program(rig, "application");
    g_autofree char *file = rig_file(rig, "data", 1);
    App app = rig_launch(program, file);
    rig_expect_learnt(rig, "application");
    rig_close(&app);
    rig_expect(rig, "ended: application");
    char *argv[] = {(char *)g_getenv("PRELOAD_CTL"),
                    (char *)"--socket",
                    rig->socket,
                    (char *)"watch",
                    (char *)"--json",
                    NULL};
    App watch = rig_spawn(argv);
    /* The first line is that of a cycle, and says that it watches. */
    FILE *words = fdopen(dup(watch.words_fd), "r");
    char line[1024];
    ck_assert_ptr_nonnull(fgets(line, sizeof line, words));
    app = rig_launch(program, file);
    do
        ck_assert_ptr_nonnull(fgets(line, sizeof line, words));
    while (strstr(line, "\"event\":\"Launched\",\"values\":[\"application\",") == NULL);
    rig_close(&app);
    ck_assert_int_eq(kill(watch.pid, SIGTERM), 0);
    (void)fclose(words);
    rig_reap(&watch);
    rig_stop(rig);
}
END_TEST

static int connect_raw(const Rig *rig)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    ck_assert_uint_lt(g_strlcpy(address.sun_path, rig->socket, sizeof address.sun_path),
                      sizeof address.sun_path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static gulong rss_kib(const Rig *rig)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/status", (int)rig->daemon);
    g_autofree char *text = NULL;
    ck_assert(g_file_get_contents(path, &text, NULL, NULL));
    return strtoul(strstr(text, "VmRSS:") + strlen("VmRSS:"), NULL, 10);
}

/* More than there may be, of which none says a word. */
START_TEST(silent_clients_are_in_nobodys_way)
{
    g_autorig rig = rig_new(NULL);
    rig_start(rig);
    rig_expect(rig, "known, ");
    int fds[100];
    for (gsize i = 0; i < G_N_ELEMENTS(fds); i++)
        fds[i] = connect_raw(rig);
    expect_ctl(rig, NULL, 0, "status", "preload 1.0.0: ");
    for (gsize i = 0; i < G_N_ELEMENTS(fds); i++)
        (void)close(fds[i]);
    expect_ctl(rig, NULL, 0, "status", "preload 1.0.0: ");
    rig_stop(rig);
}
END_TEST

static void send_all(int fd, const char *bytes, gsize length)
{
    /* The daemon may hang up at any time. */
    (void)send(fd, bytes, length, MSG_NOSIGNAL);
}

static void send_garbage(const Rig *rig, GRand *rand)
{
    static const char greeting[] = "\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n";
    char bytes[2048];
    for (gsize i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)g_rand_int_range(rand, 0, 256);
    autofd fd = connect_raw(rig);
    if (g_rand_boolean(rand))
        send_all(fd, greeting, sizeof greeting - 1);
    if (g_rand_boolean(rand)) { /* as if it were the header of a message */
        bytes[0] = g_rand_boolean(rand) ? 'l' : 'B';
        bytes[1] = 1;
        bytes[3] = 1;
        memset(bytes + 5, 0, 3);
        memset(bytes + 13, 0, 3);
    }
    send_all(fd, bytes, (gsize)g_rand_int_range(rand, 1, sizeof bytes));
}

START_TEST(garbage_does_nothing)
{
    g_autorig rig = rig_new(NULL);
    g_autoptr(GRand) rand = g_rand_new_with_seed(6);
    rig_start(rig);
    rig_expect(rig, "known, ");
    for (int i = 0; i < 100; i++)
        send_garbage(rig, rand);
    g_free(ctl(rig, 0, "status"));
    gulong before = rss_kib(rig);
    for (int i = 0; i < 2000; i++)
        send_garbage(rig, rand);
    g_free(ctl(rig, 0, "status"));
    if (!INSTRUMENTED)
        ck_assert_uint_lt(rss_kib(rig), before + 4096);
    rig_stop(rig);
}
END_TEST

/* Each as a process of its own, all at once; who comes after them is answered as ever. */
static void ask_at_once(const Rig *rig)
{
    GPid pids[100];
    char *argv[] = {(char *)g_getenv("PRELOAD_CTL"), (char *)"--socket", rig->socket,
                    (char *)"status", NULL};
    for (gsize i = 0; i < G_N_ELEMENTS(pids); i++)
        ck_assert(g_spawn_async(NULL, argv, NULL,
                                G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL |
                                    G_SPAWN_STDERR_TO_DEV_NULL,
                                NULL, NULL, &pids[i], NULL));
    guint n_answered = 0;
    for (gsize i = 0; i < G_N_ELEMENTS(pids); i++) {
        int status = 0;
        ck_assert_int_eq(waitpid(pids[i], &status, 0), pids[i]);
        n_answered += WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 1 : 0;
    }
    ck_assert_uint_gt(n_answered, 0);
    expect_ctl(rig, NULL, 0, "status", "preload 1.0.0: ");
}

START_TEST(a_hundred_ask_at_once)
{
    g_autorig rig = rig_new(NULL);
    rig_start(rig);
    rig_expect(rig, "known, ");
    ask_at_once(rig);
    ask_at_once(rig);
    gulong before = rss_kib(rig);
    for (int i = 0; i < 4; i++)
        ask_at_once(rig);
    if (!INSTRUMENTED)
        ck_assert_uint_lt(rss_kib(rig), before + 1024);
    rig_stop(rig);
}
END_TEST

/* Asks for long answers, and takes none of them. */
START_TEST(who_does_not_listen_is_hung_up_on)
{
    static const char greeting[] = "\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n";
    /* Introspect of the object, as "dbus-send" writes it. */
    static const char call[] = "l\1\0\1\0\0\0\0\1\0\0\0\x63\0\0\0"
                               "\1\1o\0\x14\0\0\0/org/preload/Daemon1\0\0\0\0"
                               "\2\1s\0\x23\0\0\0org.freedesktop.DBus.Introspectable\0\0\0\0\0"
                               "\3\1s\0\x0a\0\0\0Introspect\0\0\0\0\0\0";
    g_autorig rig = rig_new(NULL);
    rig_start(rig);
    rig_expect(rig, "known, ");
    autofd fd = connect_raw(rig);
    send_all(fd, greeting, sizeof greeting - 1);
    const struct timeval patience = {20, 0};
    ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience), 0);
    ssize_t n = 1;
    for (int i = 0; n > 0 && i < 1000000; i++)
        n = send(fd, call, sizeof call - 1, MSG_NOSIGNAL);
    ck_assert_int_lt(n, 0);
    ck_assert_msg(errno == EPIPE || errno == ECONNRESET, "%s", g_strerror(errno));
    expect_ctl(rig, NULL, 0, "status", "preload 1.0.0: ");
    rig_stop(rig);
}
END_TEST

START_TEST(a_dead_daemons_socket_is_taken_over_and_a_living_ones_is_not)
{
    g_autorig rig = rig_new(NULL);
    rig_start(rig);
    rig_expect(rig, "known, ");
    rig_signal(rig, SIGKILL);
    (void)rig_wait(rig);
    ck_assert_int_eq(access(rig->socket, F_OK), 0);
    rig_start(rig);
    rig_expect(rig, "known, ");
    g_autorig other = rig_new(NULL);
    g_ptr_array_add(other->args, g_strdup("--socket"));
    g_ptr_array_add(other->args, g_strdup(rig->socket));
    rig_start(other);
    rig_expect(other, "another process listens on it");
    rig_stop(other);
    expect_ctl(rig, NULL, 0, "status", "preload 1.0.0: ");
    rig_stop(rig);
}
END_TEST

/* A connection of that user's; who we are is told by the kernel when it is made. */
static GDBusConnection *connect_as(const Rig *rig, uid_t uid)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *address = g_strdup_printf("unix:path=%s", rig->socket);
    uid_t before = geteuid();
    ck_assert_int_eq(seteuid(uid), 0);
    GDBusConnection *connection = g_dbus_connection_new_for_address_sync(
        address, G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT, NULL, NULL, &error);
    ck_assert_int_eq(seteuid(before), 0);
    ck_assert_msg(connection != NULL, "%s", error != NULL ? error->message : "");
    return connection;
}

static GVariant *call(GDBusConnection *connection, const char *interface, const char *method,
                      GError **error)
{
    return g_dbus_connection_call_sync(connection, NULL, "/org/preload/Daemon1", interface, method,
                                       NULL, NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, error);
}

/* Whoever asks for more than his share is told so, and takes nothing from others. */
START_TEST(one_user_does_not_get_all_answers)
{
    if (geteuid() != 0)
        unit_skip("not root, so nobody else to be");
    g_autorig rig = rig_new(NULL);
    rig_start(rig);
    rig_expect(rig, "known, ");
    g_autoptr(GDBusConnection) greedy = connect_as(rig, 65534);
    g_autoptr(GDBusConnection) root = connect_as(rig, 0);
    g_autoptr(GError) error = NULL;
    guint n_answers = 0;
    for (; error == NULL && n_answers < 5000; n_answers++) {
        G_GNUC_UNUSED g_autoptr(GVariant) answer =
            call(greedy, "org.preload.Daemon1", "Status", &error);
    }
    ck_assert_msg(error != NULL, "%u calls were answered", n_answers);
    ck_assert(g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_LIMITS_EXCEEDED));
    ck_assert_uint_gt(n_answers, 10);
    for (guint i = 0; i < n_answers; i++) {
        g_autoptr(GVariant) answer = call(root, "org.preload.Daemon1", "Status", NULL);
        ck_assert_ptr_nonnull(answer);
    }
    rig_stop(rig);
}
END_TEST

static void on_changed(GDBusConnection *connection, const char *sender, const char *path,
                       const char *interface, const char *signal, GVariant *body, gpointer data)
{
    g_autoptr(GVariant) changed = g_variant_get_child_value(body, 1);
    (void)g_variant_lookup(changed, "Paused", "b", data); /* else it is not said */
}

START_TEST(what_is_there_is_described_and_changes_are_told)
{
    g_autorig rig = rig_new(NULL);
    rig_start(rig);
    rig_expect(rig, "known, ");
    gboolean paused = FALSE;
    g_autoptr(GDBusConnection) connection = connect_as(rig, geteuid());
    g_autoptr(GVariant) answer =
        call(connection, "org.freedesktop.DBus.Introspectable", "Introspect", NULL);
    ck_assert_ptr_nonnull(answer);
    const char *description = NULL;
    g_variant_get(answer, "(&s)", &description);
    ck_assert_ptr_nonnull(strstr(description, "<property name=\"Paused\" type=\"b\""));
    (void)g_dbus_connection_signal_subscribe(connection, NULL, "org.freedesktop.DBus.Properties",
                                             "PropertiesChanged", "/org/preload/Daemon1", NULL,
                                             G_DBUS_SIGNAL_FLAGS_NONE, on_changed, &paused, NULL);
    expect_ctl(rig, NULL, 0, "pause 1h", "paused for 1 h");
    while (!paused)
        (void)g_main_context_iteration(NULL, TRUE);
    expect_ctl(rig, NULL, 0, "resume", "reading ahead");
    while (paused)
        (void)g_main_context_iteration(NULL, TRUE);
    rig_stop(rig);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("control");
    UNIT_ADD(suite, each_command_answers);
    UNIT_ADD(suite, a_report_is_for_its_owner);
    UNIT_ADD(suite, health_tells_by_its_status_too);
    UNIT_ADD(suite, a_broken_configuration_is_refused);
    UNIT_ADD(suite, a_pause_reads_nothing_and_learns);
    UNIT_ADD(suite, what_was_said_is_kept);
    UNIT_ADD(suite, others_read_numbers_and_change_nothing);
    UNIT_ADD(suite, watch_tells_of_a_launch);
    UNIT_ADD(suite, a_hundred_ask_at_once);
    UNIT_ADD(suite, silent_clients_are_in_nobodys_way);
    UNIT_ADD(suite, garbage_does_nothing);
    UNIT_ADD(suite, who_does_not_listen_is_hung_up_on);
    UNIT_ADD(suite, one_user_does_not_get_all_answers);
    UNIT_ADD(suite, what_is_there_is_described_and_changes_are_told);
    UNIT_ADD(suite, a_dead_daemons_socket_is_taken_over_and_a_living_ones_is_not);
    return suite;
}
