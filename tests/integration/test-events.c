/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */

/*
 * preload-events as a process, started as its socket unit starts it, and a client that has what the
 * daemon has: descriptors that were handed over, and no rights.
 */
#include "base/fd.h"
#include "observe/broker.h"
#include "observe/execs.h"
#include "unit.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/fanotify.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

static const uint32_t long_wait_msec = 30000;

typedef struct {
    char *dir;
    char *path;
    int listener;
    pid_t pid;
} Service;

static int listen_at(const char *path)
{
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    g_strlcpy(address.sun_path, path, sizeof address.sun_path);
    ck_assert_int_eq(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    ck_assert_int_eq(listen(fd, 4), 0);
    return fd;
}

/* Becomes the program, with the socket as descriptor 3 (sd_listen_fds(3)). */
static _Noreturn void become(int listener, char *const *argv)
{
    g_autofree char *pid = g_strdup_printf("%d", getpid());
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails leaves nothing behind */
    if (listener >= 0) {
        if (listener == 3)
            (void)fcntl(3, F_SETFD, 0);
        else if (dup2(listener, 3) < 0)
            _exit(126);
        g_setenv("LISTEN_PID", pid, TRUE);
        g_setenv("LISTEN_FDS", "1", TRUE);
    }
    execvp(argv[0], argv);
    _exit(127);
}

/* rights: of a nobody, by setpriv(1): ",+sys_admin,+net_admin"; NULL: started as we are. */
static Service service_start(const char *rights)
{
    Service service = {.dir = unit_mkdir()};
    service.path = g_build_filename(service.dir, "socket", NULL);
    service.listener = listen_at(service.path);
    ck_assert_int_eq(chmod(service.dir, 0755), 0);
    const char *program = g_getenv("PRELOAD_EVENTS");
    ck_assert_ptr_nonnull(program);
    g_autoptr(GPtrArray) argv = g_ptr_array_new_with_free_func(g_free);
    if (rights != NULL) {
        const char *const words[] = {"setpriv", "--reuid=12345", "--regid=12345", "--clear-groups",
                                     "--no-new-privs"};
        for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
            g_ptr_array_add(argv, g_strdup(words[i]));
        g_ptr_array_add(argv, g_strdup_printf("--inh-caps=-all%s", rights));
        g_ptr_array_add(argv, g_strdup_printf("--ambient-caps=-all%s", rights));
    }
    g_ptr_array_add(argv, g_strdup(program));
    g_ptr_array_add(argv, NULL);
    service.pid = fork();
    if (service.pid == 0)
        become(service.listener, (char *const *)argv->pdata);
    ck_assert_int_gt(service.pid, 0);
    return service;
}

/* The status with which it ends. */
static int service_end(Service *service)
{
    int status = -1;
    ck_assert_int_eq(waitpid(service->pid, &status, 0), service->pid);
    fd_close(&service->listener);
    g_free(service->path);
    unit_rmdir(service->dir);
    ck_assert(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static Broker *connect_to(const Service *service)
{
    int error = 0;
    Broker *broker = broker_connect(service->path, &error);
    ck_assert_msg(broker != NULL, "%s", g_strerror(-error));
    ck_assert_int_eq(broker_await(broker, long_wait_msec), 0);
    return broker;
}

static pid_t run_true(void)
{
    pid_t pid = fork();
    if (pid == 0) {
        execl("/bin/true", "true", NULL);
        _exit(127);
    }
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
    return pid;
}

static void await_readable(int fd)
{
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
    ck_assert_int_eq(poll(&poll_fd, 1, (int)long_wait_msec), 1);
}

static void expect_exit(Execs *execs, pid_t pid)
{
    g_autoptr(GArray) events = g_array_new(FALSE, FALSE, sizeof(ExecEvent));
    for (guint i = 0;; i++) {
        while (i >= events->len) {
            await_readable(execs_fd(execs));
            ck_assert_int_le(execs_read(execs, events), EXECS_MORE);
        }
        const ExecEvent *event = &g_array_index(events, ExecEvent, i);
        if (event->kind == EXEC_EXIT && event->pid == (uint32_t)pid)
            return;
    }
}

typedef struct {
    const char *path;
    uint32_t pid; /* 0: not yet */
} Sought;

static bool want_all(uint32_t pid, gpointer data)
{
    return true;
}

static void seek(const OpenEvent *event, gpointer data)
{
    Sought *sought = data;
    if (g_str_equal(event->path, sought->path))
        sought->pid = event->pid;
}

static pid_t open_elsewhere(const char *path)
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(open(path, O_RDONLY | O_CLOEXEC) >= 0 ? 0 : 1);
    int status = -1;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
    return pid;
}

/* The program's own file: it is on a disk, unlike, maybe, a temporary one. */
static void expect_open(Opens *opens)
{
    g_autofree char *path = realpath(g_getenv("PRELOAD_EVENTS"), NULL);
    Sought sought = {path, 0};
    const OpensSink sink = {want_all, seek, &sought};
    const uint32_t pid = (uint32_t)open_elsewhere(path);
    while (sought.pid != pid) {
        await_readable(opens_fd(opens));
        ck_assert_int_lt(opens_read(opens, &sink), OPENS_OVERFLOW);
    }
}

/* Whether the kernel has marks for the group (fs/notify/fdinfo.c). */
static bool has_marks(int fd)
{
    g_autofree char *path = g_strdup_printf("/proc/self/fdinfo/%d", fd);
    g_autofree char *text = NULL;
    ck_assert(g_file_get_contents(path, &text, NULL, NULL));
    return strstr(text, "sdev:") != NULL;
}

/* As systemd/preload-events.service has it. */
static const char *const rights_rows[] = {NULL, ",+net_admin,+sys_admin,+dac_read_search"};

/* Given the broker with its rights; then who has none sees what runs and what is opened, as long as
 * it is armed; and when he hangs up, the broker ends and takes its marks along. */
START_TEST(test_serves)
{
    if (geteuid() != 0)
        unit_skip("needs root");
    g_autofree char *setpriv = g_find_program_in_path("setpriv");
    if (rights_rows[_i] != NULL && setpriv == NULL)
        unit_skip("needs setpriv");
    Service service = service_start(rights_rows[_i]);
    Broker *broker = connect_to(&service);
    int execs_fd_ = broker_take_execs(broker);
    autofd group = broker_take_opens(broker);
    if (execs_fd_ < 0 || group < 0) {
        broker_free(broker);
        (void)service_end(&service);
        unit_skip("this machine does not let us: %d, %d", execs_fd_, group);
    }
    g_autoptr(Execs) execs = execs_adopt(execs_fd_);
    expect_exit(execs, run_true());
    const OpensMarker marker = broker_marker(broker);
    Opens *opens = opens_adopt(dup(group), &marker);
    ck_assert(!has_marks(group));
    for (guint i = 0; i < 2; i++) {
        const char *why = NULL;
        ck_assert_uint_ge(opens_arm(opens, NULL), 1);
        ck_assert_msg(opens_unmarked(opens, &why) == 0 || why != NULL, "no reason");
        ck_assert(has_marks(group));
        expect_open(opens);
        if (i == 0)
            opens_disarm(opens);
    }
    ck_assert_int_eq(shutdown(broker_fd(broker), SHUT_RDWR), 0); /* as if we had died */
    ck_assert_int_eq(service_end(&service), EXIT_SUCCESS);
    ck_assert(!has_marks(group));
    opens_free(opens);
    broker_free(broker);
}
END_TEST

/* Given a broker without rights; then it says what it could not have, and serves. */
START_TEST(test_without_rights)
{
    g_autofree char *setpriv = g_find_program_in_path("setpriv");
    if (geteuid() != 0 || setpriv == NULL)
        unit_skip("needs root and setpriv");
    Service service = service_start("");
    Broker *broker = connect_to(&service);
    ck_assert_int_eq(broker_take_opens(broker), -EPERM);
    BrokerMarks marks;
    ck_assert_int_eq(broker_arm(broker, &marks), -EPERM);
    broker_free(broker);
    ck_assert_int_eq(service_end(&service), EXIT_SUCCESS);
}
END_TEST

/* Given a broker that died; then the client knows, and what it was given goes on to work. */
START_TEST(test_killed)
{
    if (geteuid() != 0)
        unit_skip("needs root");
    Service service = service_start(NULL);
    g_autoptr(Broker) broker = connect_to(&service);
    int fd = broker_take_execs(broker);
    ck_assert_int_eq(kill(service.pid, SIGKILL), 0);
    int status = 0;
    ck_assert_int_eq(waitpid(service.pid, &status, 0), service.pid);
    await_readable(broker_fd(broker));
    ck_assert_int_eq(broker_await(broker, 0), -EPIPE);
    if (fd >= 0) {
        g_autoptr(Execs) execs = execs_adopt(fd);
        expect_exit(execs, run_true());
    }
    service.pid = fork();
    if (service.pid == 0)
        _exit(0);
    (void)service_end(&service);
}
END_TEST

/* Given a client that is mad; then the broker ends, and says so. */
START_TEST(test_mad_client)
{
    Service service = service_start(NULL);
    g_autoptr(Broker) broker = connect_to(&service);
    ck_assert_int_eq(send(broker_fd(broker), "mad", 3, MSG_NOSIGNAL), 3);
    ck_assert_int_eq(service_end(&service), EXIT_FAILURE);
}
END_TEST

/* Started by hand it says how it is meant. */
START_TEST(test_by_hand)
{
    const char *const argv[] = {g_getenv("PRELOAD_EVENTS"), NULL};
    pid_t pid = fork();
    if (pid == 0)
        become(-1, (char *const *)argv);
    int status = 0;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(WEXITSTATUS(status), EX_USAGE);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("events");
    UNIT_ADD_ROWS(suite, test_serves, rights_rows);
    UNIT_ADD(suite, test_without_rights);
    UNIT_ADD(suite, test_killed);
    UNIT_ADD(suite, test_mad_client);
    UNIT_ADD(suite, test_by_hand);
    return suite;
}
