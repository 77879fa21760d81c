/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "base/fd.h"
#include "service/notify.h"
#include "unit.h"
#include <inttypes.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* The service manager: a datagram socket and its address in the environment. */
typedef struct {
    char *directory;
    int fd;
} Manager;

/* "@name": an abstract one. */
static Manager manager_at(char *directory, const char *name)
{
    Manager manager = {directory, socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    ck_assert_int_ge(manager.fd, 0);
    ck_assert_uint_lt(g_strlcpy(address.sun_path, name, sizeof address.sun_path),
                      sizeof address.sun_path);
    if (name[0] == '@')
        address.sun_path[0] = '\0';
    socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));
    ck_assert_int_eq(bind(manager.fd, (const struct sockaddr *)&address, length), 0);
    g_setenv("NOTIFY_SOCKET", name, TRUE);
    g_unsetenv("WATCHDOG_USEC");
    g_unsetenv("WATCHDOG_PID");
    return manager;
}

static Manager manager_start(void)
{
    char *directory = unit_mkdir();
    g_autofree char *path = g_build_filename(directory, "notify", NULL);
    return manager_at(directory, path);
}

static void manager_stop(Manager *manager)
{
    g_unsetenv("NOTIFY_SOCKET");
    fd_close(&manager->fd);
    unit_rmdir(manager->directory);
}

/* What the manager was told next; "" if nothing. A local datagram is there once sent. */
static char *manager_heard(const Manager *manager)
{
    char text[512] = "";
    ssize_t length = recv(manager->fd, text, sizeof text - 1, 0);
    return g_strndup(text, length > 0 ? (gsize)length : 0);
}

static Notify *notify_to(void)
{
    g_autoptr(GError) error = NULL;
    Notify *notify = notify_new(&error);
    ck_assert_msg(error == NULL, "%s", error != NULL ? error->message : "");
    return notify;
}

START_TEST(without_a_manager_nothing_happens)
{
    g_autoptr(GError) error = NULL;
    g_unsetenv("NOTIFY_SOCKET");
    g_setenv("WATCHDOG_USEC", "1000000", TRUE);
    g_autoptr(Notify) notify = notify_new(&error);
    ck_assert_ptr_null(error);
    ck_assert_uint_eq(notify_watchdog_usec(notify), 0);
    notify_ready(notify);
    notify_reloading(notify);
    notify_status(notify, "%d", 1);
    notify_watchdog(notify);
    notify_stopping(notify);
}
END_TEST

START_TEST(no_manager_no_library)
{
    g_unsetenv("NOTIFY_SOCKET");
    g_autoptr(Notify) notify = notify_to();
    g_autofree char *maps = NULL;
    notify_ready(notify);
    ck_assert(g_file_get_contents("/proc/self/maps", &maps, NULL, NULL));
    ck_assert_ptr_null(strstr(maps, "libsystemd"));
}
END_TEST

static const char *const bad_addresses[] = {"relative", "/", "@", "vsock:2:1234",
                                            "/nowhere/at/all"};

START_TEST(an_address_that_cannot_be_told_is_an_error)
{
    g_autoptr(GError) error = NULL;
    g_setenv("NOTIFY_SOCKET", bad_addresses[_i], TRUE);
    g_autoptr(Notify) notify = notify_new(&error);
    g_unsetenv("NOTIFY_SOCKET");
    ck_assert_ptr_nonnull(error);
    ck_assert_ptr_nonnull(strstr(error->message, bad_addresses[_i]));
    ck_assert(!notify_managed(notify));
    notify_ready(notify);
}
END_TEST

START_TEST(ready_stopping_and_watchdog_arrive)
{
    const struct {
        void (*tell)(Notify *notify);
        const char *heard;
    } rows[] = {
        {notify_ready, "READY=1"},
        {notify_stopping, "STOPPING=1"},
        {notify_watchdog, "WATCHDOG=1"},
    };
    Manager manager = manager_start();
    g_autoptr(Notify) notify = notify_to();
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        rows[i].tell(notify);
        g_autofree char *heard = manager_heard(&manager);
        ck_assert_str_eq(heard, rows[i].heard);
    }
    manager_stop(&manager);
}
END_TEST

START_TEST(an_abstract_address_is_told)
{
    g_autofree char *name = g_strdup_printf("@preload-test-%d", (int)getpid());
    Manager manager = manager_at(unit_mkdir(), name);
    g_autoptr(Notify) notify = notify_to();
    notify_ready(notify);
    g_autofree char *heard = manager_heard(&manager);
    ck_assert_str_eq(heard, "READY=1");
    manager_stop(&manager);
}
END_TEST

START_TEST(reloading_has_the_time)
{
    Manager manager = manager_start();
    g_autoptr(Notify) notify = notify_to();
    gint64 before = g_get_monotonic_time();
    notify_reloading(notify);
    gint64 after = g_get_monotonic_time();
    g_autofree char *heard = manager_heard(&manager);
    g_auto(GStrv) lines = g_strsplit(heard, "\n", -1);
    ck_assert_uint_eq(g_strv_length(lines), 2);
    ck_assert_str_eq(lines[0], "RELOADING=1");
    ck_assert(g_str_has_prefix(lines[1], "MONOTONIC_USEC="));
    gint64 said = g_ascii_strtoll(lines[1] + strlen("MONOTONIC_USEC="), NULL, 10);
    ck_assert_int_ge(said, before);
    ck_assert_int_le(said, after);
    manager_stop(&manager);
}
END_TEST

START_TEST(a_status_is_one_line_whatever_it_names)
{
    Manager manager = manager_start();
    g_autoptr(Notify) notify = notify_to();
    notify_status(notify, "%d MiB for %s", 12, "evil\nMAINPID=1");
    g_autofree char *heard = manager_heard(&manager);
    ck_assert_str_eq(heard, "STATUS=12 MiB for evil?MAINPID=1");
    manager_stop(&manager);
}
END_TEST

START_TEST(a_manager_that_is_gone_is_no_matter)
{
    Manager manager = manager_start();
    g_autoptr(Notify) notify = notify_to();
    manager_stop(&manager);
    notify_ready(notify);
}
END_TEST

/* Nobody reads, and more is said than any queue holds. What matters is said when there is room. */
START_TEST(a_manager_that_does_not_read_holds_nobody_up)
{
    enum { MORE_THAN_QUEUED = 5000 };
    Manager manager = manager_start();
    g_autoptr(Notify) notify = notify_to();
    for (int i = 0; i < MORE_THAN_QUEUED; i++)
        notify_watchdog(notify);
    notify_ready(notify);
    guint n_read = 0;
    for (;; n_read++) {
        g_autofree char *heard = manager_heard(&manager);
        if (*heard == '\0')
            break;
        ck_assert_str_eq(heard, "WATCHDOG=1");
    }
    ck_assert_uint_gt(n_read, 0);
    ck_assert_uint_lt(n_read, MORE_THAN_QUEUED);
    notify_watchdog(notify);
    g_autofree char *first = manager_heard(&manager);
    g_autofree char *second = manager_heard(&manager);
    ck_assert_str_eq(first, "READY=1");
    ck_assert_str_eq(second, "WATCHDOG=1");
    manager_stop(&manager);
}
END_TEST

static const struct {
    const char *usec;
    const char *pid; /* "self", NULL: not set */
    uint64_t expected_usec;
} watchdog_rows[] = {
    {NULL, NULL, 0},
    {"20000000", NULL, 10000000},
    {"20000000", "self", 10000000},
    {"20000000", "1", 0},
    {"20000000", "x", 0},
    {"20000000", "", 0},
    {"0", "self", 0},
    {"", "self", 0},
    {"-5", "self", 0},
    {"12s", "self", 0},
    {"18446744073709551615", "self", 0}, /* USEC_INFINITY */
    {"18446744073709551616", "self", 0},
    {"18446744073709551614", "self", 9223372036854775807},
};

START_TEST(the_watchdog_is_fed_at_half_its_time)
{
    Manager manager = manager_start();
    g_autofree char *self = g_strdup_printf("%d", (int)getpid());
    const char *pid = watchdog_rows[_i].pid;
    if (watchdog_rows[_i].usec != NULL)
        g_setenv("WATCHDOG_USEC", watchdog_rows[_i].usec, TRUE);
    if (pid != NULL)
        g_setenv("WATCHDOG_PID", strcmp(pid, "self") == 0 ? self : pid, TRUE);
    g_autoptr(Notify) notify = notify_to();
    ck_assert_uint_eq(notify_watchdog_usec(notify), watchdog_rows[_i].expected_usec);
    manager_stop(&manager);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("notify");
    UNIT_ADD(suite, without_a_manager_nothing_happens);
    UNIT_ADD(suite, no_manager_no_library);
    UNIT_ADD_ROWS(suite, an_address_that_cannot_be_told_is_an_error, bad_addresses);
    UNIT_ADD(suite, an_abstract_address_is_told);
    UNIT_ADD(suite, ready_stopping_and_watchdog_arrive);
    UNIT_ADD(suite, reloading_has_the_time);
    UNIT_ADD(suite, a_status_is_one_line_whatever_it_names);
    UNIT_ADD(suite, a_manager_that_is_gone_is_no_matter);
    UNIT_ADD(suite, a_manager_that_does_not_read_holds_nobody_up);
    UNIT_ADD_ROWS(suite, the_watchdog_is_fed_at_half_its_time, watchdog_rows);
    return suite;
}
