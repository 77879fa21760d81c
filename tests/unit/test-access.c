/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "base/fd.h"
#include "observe/access.h"
#include "observe/broker-message.h"
#include "unit.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* Opens are for root, so that as somebody else we need the broker. Each test is a process. */
enum { NOBODY = 12345 };

typedef struct {
    char *directory;
    char *path;
    int listener;
    GMainContext *context;
    guint n_granted;
    AccessGrant grant;
} Fixture;

static void granted(AccessGrant *grant, gpointer data)
{
    Fixture *f = data;
    f->n_granted++;
    f->grant = *grant;
}

/* False if we cannot be somebody else. */
static bool fixture_init(Fixture *f)
{
    *f = (Fixture){.directory = unit_mkdir(), .context = g_main_context_new()};
    f->path = g_build_filename(f->directory, "socket", NULL);
    f->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (geteuid() == 0)
        ck_assert_int_eq(chown(f->directory, NOBODY, NOBODY), 0);
    if (geteuid() == 0 && setresuid(NOBODY, NOBODY, NOBODY) != 0)
        return false;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    g_strlcpy(address.sun_path, f->path, sizeof address.sun_path);
    ck_assert_int_eq(bind(f->listener, (const struct sockaddr *)&address, sizeof address), 0);
    ck_assert_int_eq(listen(f->listener, 4), 0);
    return true;
}

static void fixture_clear(Fixture *f)
{
    if (f->grant.execs != NULL)
        execs_free(f->grant.execs);
    if (f->grant.opens != NULL)
        opens_free(f->grant.opens);
    fd_close(&f->listener);
    g_main_context_unref(f->context);
    g_free(f->path);
    unit_rmdir(f->directory);
}

typedef enum { GREETS, HANGS_UP, IS_MAD } Manner;

/* What the broker does, and what comes of it; the errors 1: as without a broker. */
static const struct {
    Manner manner;
    int execs_error;
    int opens_error;
} brokers[] = {
    {GREETS, 0, 0},           {GREETS, 0, -ENOSYS},
    {GREETS, -EOPNOTSUPP, 0}, {GREETS, -EOPNOTSUPP, -ENOSYS},
    {HANGS_UP, 1, 1},         {IS_MAD, 1, 1},
};

static void greet(int fd, int execs_error, int opens_error)
{
    const BrokerMessage hello = {.version = BROKER_VERSION,
                                 .kind = BROKER_HELLO,
                                 .execs_error = execs_error,
                                 .opens_error = opens_error};
    int fds[2];
    gsize n_fds = 0;
    if (execs_error == 0)
        fds[n_fds++] = open("/dev/null", O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (opens_error == 0)
        fds[n_fds++] = open("/dev/zero", O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ck_assert_int_eq(broker_message_send(fd, &hello, fds, n_fds), 0);
    for (gsize i = 0; i < n_fds; i++)
        (void)close(fds[i]);
}

static void behave(int *client, Manner manner, int execs_error, int opens_error)
{
    switch (manner) {
    case GREETS:
        greet(*client, execs_error, opens_error);
        break;
    case HANGS_UP:
        fd_close(client);
        break;
    case IS_MAD:
        ck_assert_int_eq(send(*client, "mad", 3, MSG_NOSIGNAL), 3);
        break;
    }
}

static bool leads_to(int fd, const char *path)
{
    g_autofree char *link = g_strdup_printf("/proc/self/fd/%d", fd);
    g_autofree char *target = g_file_read_link(link, NULL);
    return g_strcmp0(target, path) == 0;
}

/* What anybody may open for himself: execs since Linux 6.6. */
static int own_execs_error(void)
{
    int error = 0;
    Execs *execs = execs_open(&error);
    execs_free(execs);
    return execs != NULL ? 0 : error;
}

static void check_own(const Fixture *f)
{
    ck_assert_uint_eq(f->n_granted, 1);
    ck_assert_ptr_null(f->grant.opens);
    ck_assert_int_eq(f->grant.opens_error, -EPERM);
    ck_assert_int_eq(f->grant.execs == NULL, own_execs_error() != 0);
    ck_assert(f->grant.execs != NULL || f->grant.execs_error < 0);
}

static void check_given(const Fixture *f, int execs_error, int opens_error)
{
    /* what the broker has not, we may have */
    bool own_execs = execs_error != 0 && own_execs_error() == 0;
    ck_assert_int_eq(f->grant.execs_error, own_execs ? 0 : execs_error);
    ck_assert_int_eq(f->grant.opens_error, opens_error);
    ck_assert_int_eq(f->grant.execs != NULL, execs_error == 0 || own_execs);
    ck_assert_int_eq(f->grant.opens != NULL, opens_error == 0);
    ck_assert(execs_error != 0 || leads_to(execs_fd(f->grant.execs), "/dev/null"));
    ck_assert(opens_error != 0 || leads_to(opens_fd(f->grant.opens), "/dev/zero"));
}

START_TEST(from_the_broker)
{
    Fixture f;
    if (!fixture_init(&f))
        unit_skip("cannot be somebody else");
    Access *access = access_open(f.path, f.context, granted, &f);
    ck_assert_uint_eq(f.n_granted, 0); /* nothing is waited for in the call */
    while (g_main_context_iteration(f.context, FALSE))
        ;
    ck_assert_uint_eq(f.n_granted, 0);
    int client = accept4(f.listener, NULL, NULL, SOCK_CLOEXEC);
    behave(&client, brokers[_i].manner, brokers[_i].execs_error, brokers[_i].opens_error);
    while (f.n_granted == 0)
        (void)g_main_context_iteration(f.context, TRUE);
    while (g_main_context_iteration(f.context, FALSE))
        ;
    ck_assert_uint_eq(f.n_granted, 1);
    if (brokers[_i].manner == GREETS)
        check_given(&f, brokers[_i].execs_error, brokers[_i].opens_error);
    else
        check_own(&f);
    g_clear_pointer(&f.grant.opens, opens_free); /* before the access */
    access_free(access);
    fd_close(&client);
    fixture_clear(&f);
}
END_TEST

static const char *const nowhere[] = {NULL, "/nonexistent/socket"};

START_TEST(without_a_broker)
{
    Fixture f;
    if (!fixture_init(&f))
        unit_skip("cannot be somebody else");
    Access *access = access_open(nowhere[_i], f.context, granted, &f);
    check_own(&f);
    access_free(access);
    fixture_clear(&f);
}
END_TEST

/* Given that it is let go while the broker is waited for; then nothing is granted. */
START_TEST(let_go)
{
    Fixture f;
    if (!fixture_init(&f))
        unit_skip("cannot be somebody else");
    Access *access = access_open(f.path, f.context, granted, &f);
    int client = accept4(f.listener, NULL, NULL, SOCK_CLOEXEC);
    greet(client, 0, 0);
    access_free(access);
    while (g_main_context_iteration(f.context, FALSE))
        ;
    ck_assert_uint_eq(f.n_granted, 0);
    access_free(NULL);
    fd_close(&client);
    fixture_clear(&f);
}
END_TEST

/* Who may do it himself asks nobody. */
START_TEST(by_root)
{
    Fixture f = {.context = g_main_context_new()};
    int error = 0;
    Opens *opens = opens_new(&error);
    if (opens == NULL || own_execs_error() != 0)
        unit_skip("this machine does not let us: %d, %d", error, own_execs_error());
    opens_free(opens);
    Access *access = access_open("/nonexistent/socket", f.context, granted, &f);
    ck_assert_uint_eq(f.n_granted, 1);
    ck_assert_ptr_nonnull(f.grant.execs);
    ck_assert_ptr_nonnull(f.grant.opens);
    ck_assert_int_eq(f.grant.execs_error | f.grant.opens_error, 0);
    opens_free(f.grant.opens);
    execs_free(f.grant.execs);
    access_free(access);
    g_main_context_unref(f.context);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("access");
    UNIT_ADD_ROWS(suite, from_the_broker, brokers);
    UNIT_ADD_ROWS(suite, without_a_broker, nowhere);
    UNIT_ADD(suite, let_go);
    UNIT_ADD(suite, by_root);
    return suite;
}
